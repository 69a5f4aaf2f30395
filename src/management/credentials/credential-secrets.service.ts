import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { IssuedToken } from '../../identity/token.js';
import { IdSource } from '../../platform/id-source.js';
import { SecretBox, sha256 } from '../../platform/secrets.js';
import type { CredentialSecrets } from './credential.dto.js';
import type { KeptSecrets } from './credential.repository.js';

const S3_SECRET_BYTES = 32;

/** Makes a credential's secrets, and keeps of them what the operator wants kept. */
@Injectable()
export class CredentialSecretsService {
  constructor(
    private readonly config: AppConfig,
    private readonly box: SecretBox,
    private readonly ids: IdSource,
  ) {}

  make({ tokenId, apiToken }: IssuedToken): { shown: CredentialSecrets; kept: KeptSecrets } {
    const s3Secret = `nsk_live_${this.ids.hex(S3_SECRET_BYTES)}`;
    const shown = { token_id: tokenId, api_token: apiToken, s3_secret_access_key: s3Secret };
    const encryptedSecrets = this.config.keepsCredentialSecrets
      ? this.box.encrypt(JSON.stringify([apiToken, s3Secret]), credentialContext(tokenId))
      : null;
    return { shown, kept: { secretHash: sha256(apiToken), encryptedSecrets } };
  }

  /** @throws {Error} when the master key is not the one that encrypted them */
  decrypt(tokenId: string, encrypted: Uint8Array): CredentialSecrets {
    const [apiToken, s3Secret] = JSON.parse(this.box.decrypt(encrypted, credentialContext(tokenId))) as [
      string,
      string,
    ];
    return { token_id: tokenId, api_token: apiToken, s3_secret_access_key: s3Secret };
  }
}

/** Binds encrypted secrets to their row: copied to another one they do not open. */
export function credentialContext(tokenId: string): string {
  return `credential:${tokenId}`;
}
