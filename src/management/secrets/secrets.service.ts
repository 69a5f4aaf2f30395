import { Injectable } from '@nestjs/common';
import { SecretBox } from '../../platform/secrets.js';
import type { RewrappedSecrets, EncryptedSecretCount, EncryptedSecrets, UnreadableSecret } from './secret.dto.js';
import { SECRET_KINDS, type SecretKind, type EncryptedSecret, SecretRepository } from './secret.repository.js';

const PAGE = 200;
const NAMED_AT_MOST = 100;

/** What the master key encrypts, counted by the key that does, and brought under today's key (decision 15). */
@Injectable()
export class SecretsService {
  constructor(
    private readonly repository: SecretRepository,
    private readonly secrets: SecretBox,
  ) {}

  async count(): Promise<EncryptedSecrets> {
    const unreadable: UnreadableSecret[] = [];
    const secrets: EncryptedSecretCount[] = [];
    for (const kind of SECRET_KINDS) {
      const sum: EncryptedSecretCount = { kind, current: 0, older: 0, unreadable: 0 };
      for await (const { id, context, encrypted } of this.all(kind)) {
        const state = this.secrets.stateOf(encrypted, context);
        sum[state] += 1;
        if (state === 'unreadable' && unreadable.length < NAMED_AT_MOST) unreadable.push({ kind, id });
      }
      secrets.push(sum);
    }
    return { secrets, unreadable };
  }

  /** Safe beside others that do the same, and beside changes: what was changed meanwhile is left as it is. */
  async rewrap(): Promise<RewrappedSecrets> {
    let rewrapped = 0;
    for (const kind of SECRET_KINDS) {
      for await (const secret of this.all(kind)) {
        const { context, encrypted } = secret;
        if (this.secrets.stateOf(encrypted, context) !== 'older') continue;
        const anew = this.secrets.encrypt(this.secrets.decrypt(encrypted, context), context);
        if (await this.repository.replace(kind, secret, anew)) rewrapped += 1;
      }
    }
    return { ...(await this.count()), rewrapped };
  }

  private async *all(kind: SecretKind): AsyncGenerator<EncryptedSecret> {
    for (let after = ''; ;) {
      const page = await this.repository.list(kind, after, PAGE);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || kind === 'setting') return;
      after = last.id;
    }
  }
}
