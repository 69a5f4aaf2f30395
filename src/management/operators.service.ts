import { Injectable } from '@nestjs/common';
import type { Operator } from '../identity/identity.types.js';
import { Clock } from '../platform/clock.js';
import { describeCause, Log } from '../platform/logging.js';
import { sha256 } from '../platform/secrets.js';
import { type KeyHolder, ManagementKeyRepository } from './management-key.repository.js';
import { looksLikeManagementKey } from './management-keys.js';

/** How exactly the last use of a key is known: a request in between writes nothing. */
const USE_MS = 60_000;

/** Who manages, by what they present. */
@Injectable()
export class OperatorsService {
  constructor(
    private readonly keys: ManagementKeyRepository,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Null for what is no valid key; what cannot be one costs no query. */
  async find(presented: string): Promise<Operator | null> {
    if (!looksLikeManagementKey(presented)) return null;
    const holder = await this.keys.findHolder(sha256(presented));
    if (holder === null) return null;
    this.noteUse(holder);
    return holder.operator;
  }

  /** Nobody waits for it, and nothing fails with it. */
  private noteUse({ operator: { keyId }, lastUsedAt }: KeyHolder): void {
    const now = this.clock.now();
    if (lastUsedAt !== null && now - lastUsedAt.getTime() < USE_MS) return;
    this.keys.setLastUsed(keyId, new Date(now)).catch((error: unknown) => {
      this.log.debug('the last use of a management key was not written', { keyId, cause: describeCause(error) });
    });
  }
}
