import { ApiProperty } from '@nestjs/swagger';
import { SECRET_KINDS, type SecretKind } from './secret.repository.js';

export class EncryptedSecretCount {
  @ApiProperty({ enum: SECRET_KINDS, description: 'what the secrets belong to' })
  kind!: SecretKind;

  @ApiProperty({ example: 3, description: 'encrypted under BOUGH_MASTER_KEY' })
  current!: number;

  @ApiProperty({ example: 0, description: 'encrypted under another key that is known here, or in a former form' })
  older!: number;

  @ApiProperty({ example: 0, description: 'that no key opens which is known here' })
  unreadable!: number;
}

export class UnreadableSecret {
  @ApiProperty({ enum: SECRET_KINDS })
  kind!: SecretKind;

  @ApiProperty({ example: 'up_0123456789abcdefghij' })
  id!: string;
}

export class EncryptedSecrets {
  @ApiProperty({ type: () => [EncryptedSecretCount] })
  secrets!: EncryptedSecretCount[];

  @ApiProperty({ type: () => [UnreadableSecret], description: 'the first 100 that no key opens' })
  unreadable!: UnreadableSecret[];
}

export class RewrappedSecrets extends EncryptedSecrets {
  @ApiProperty({ example: 3, description: 'how many were encrypted anew just now' })
  rewrapped!: number;
}
