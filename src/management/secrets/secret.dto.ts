import { ApiProperty } from '@nestjs/swagger';
import { SECRET_KINDS, type SecretKind } from './secret.repository.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

export class EncryptedSecretCount {
  @Audited()
  @ApiProperty({ enum: SECRET_KINDS, description: 'what the secrets belong to' })
  kind!: SecretKind;

  @Audited()
  @ApiProperty({ example: 3, description: 'encrypted under BOUGH_MASTER_KEY' })
  current!: number;

  @Audited()
  @ApiProperty({ example: 0, description: 'encrypted under another key that is known here, or in a former form' })
  older!: number;

  @Audited()
  @ApiProperty({ example: 0, description: 'that no key opens which is known here' })
  unreadable!: number;
}

export class UnreadableSecret {
  @Audited()
  @ApiProperty({ enum: SECRET_KINDS })
  kind!: SecretKind;

  @Audited()
  @ApiProperty({ example: 'up_0123456789abcdefghij' })
  id!: string;
}

export class EncryptedSecrets {
  @Audited()
  @ApiProperty({ type: () => [EncryptedSecretCount] })
  secrets!: EncryptedSecretCount[];

  @Audited()
  @ApiProperty({ type: () => [UnreadableSecret], description: 'the first 100 that no key opens' })
  unreadable!: UnreadableSecret[];
}

export class RewrappedSecrets extends EncryptedSecrets {
  @Audited()
  @ApiProperty({ example: 3, description: 'how many were encrypted anew just now' })
  rewrapped!: number;
}
