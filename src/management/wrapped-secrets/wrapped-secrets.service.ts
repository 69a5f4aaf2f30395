import { Injectable } from '@nestjs/common';
import { SecretBox } from '../../platform/secrets.js';
import type { ResealedSecrets, SealedSecretCount, SealedSecrets, UnreadableSecret } from './wrapped-secret.dto.js';
import {
  SEALED_KINDS,
  type SealedKind,
  type SealedSecret,
  SealedSecretRepository,
} from './wrapped-secret.repository.js';

const PAGE = 200;
const NAMED_AT_MOST = 100;

/** What the master key seals, counted by the key that does, and brought under today's key (decision 15). */
@Injectable()
export class SealedSecretsService {
  constructor(
    private readonly repository: SealedSecretRepository,
    private readonly secrets: SecretBox,
  ) {}

  async count(): Promise<SealedSecrets> {
    const unreadable: UnreadableSecret[] = [];
    const secrets: SealedSecretCount[] = [];
    for (const kind of SEALED_KINDS) {
      const sum: SealedSecretCount = { kind, current: 0, older: 0, unreadable: 0 };
      for await (const { id, context, sealed } of this.all(kind)) {
        const state = this.secrets.stateOf(sealed, context);
        sum[state] += 1;
        if (state === 'unreadable' && unreadable.length < NAMED_AT_MOST) unreadable.push({ kind, id });
      }
      secrets.push(sum);
    }
    return { secrets, unreadable };
  }

  /** Safe beside others that do the same, and beside changes: what was changed meanwhile is left as it is. */
  async reseal(): Promise<ResealedSecrets> {
    let resealed = 0;
    for (const kind of SEALED_KINDS) {
      for await (const secret of this.all(kind)) {
        const { context, sealed } = secret;
        if (this.secrets.stateOf(sealed, context) !== 'older') continue;
        const anew = this.secrets.seal(this.secrets.open(sealed, context), context);
        if (await this.repository.replace(kind, secret, anew)) resealed += 1;
      }
    }
    return { ...(await this.count()), resealed };
  }

  private async *all(kind: SealedKind): AsyncGenerator<SealedSecret> {
    for (let after = ''; ;) {
      const page = await this.repository.list(kind, after, PAGE);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || kind === 'setting') return;
      after = last.id;
    }
  }
}
