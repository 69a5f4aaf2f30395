import { ApiProperty } from '@nestjs/swagger';
import { SEALED_KINDS, type SealedKind } from './wrapped-secret.repository.js';

export class SealedSecretCount {
  @ApiProperty({ enum: SEALED_KINDS, description: 'what the secrets belong to' })
  kind!: SealedKind;

  @ApiProperty({ example: 3, description: 'sealed under BOUGH_MASTER_KEY' })
  current!: number;

  @ApiProperty({ example: 0, description: 'sealed under another key that is known here, or in a former form' })
  older!: number;

  @ApiProperty({ example: 0, description: 'that no key opens which is known here' })
  unreadable!: number;
}

export class UnreadableSecret {
  @ApiProperty({ enum: SEALED_KINDS })
  kind!: SealedKind;

  @ApiProperty({ example: 'up_0123456789abcdefghij' })
  id!: string;
}

export class SealedSecrets {
  @ApiProperty({ type: () => [SealedSecretCount] })
  secrets!: SealedSecretCount[];

  @ApiProperty({ type: () => [UnreadableSecret], description: 'the first 100 that no key opens' })
  unreadable!: UnreadableSecret[];
}

export class ResealedSecrets extends SealedSecrets {
  @ApiProperty({ example: 3, description: 'how many were sealed anew just now' })
  resealed!: number;
}
