import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { GatewayError } from '../../../errors/gateway-error.js';
import { Clock } from '../../../platform/clock.js';
import { describeCause, Log } from '../../../platform/logging.js';
import { SecretBox } from '../../../platform/secrets.js';
import { IdempotencyRepository, type KnownRequest, type RequestKey } from './idempotency.repository.js';

const HOLD_MS = 86_400_000;
/** A request that has not ended by then was cut off, as by a kill. */
const CUT_OFF_MS = 600_000;

const CLEANUP_MS = 600_000;
const BATCH = 1_000;
const MAX_BATCHES = 20;

export interface KeptAnswer {
  readonly status: number;
  /** undefined where the answer has no body */
  readonly body: unknown;
}

/** Remembers for a day what was answered under a key. Answers may hold secrets that are shown once: they are encrypted. */
@Injectable()
export class IdempotencyService implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly repository: IdempotencyRepository,
    private readonly secrets: SecretBox,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.clean(), CLEANUP_MS).unref();
  }

  onModuleDestroy(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  /**
   * The first answer to the same request; null where this request is the first, and is to be done now.
   * @param wanted what the request asks for; it may hold a secret, so only a digest is kept
   * @throws {GatewayError} idempotency_key_reused for another request, idempotency_key_in_use while the first one runs
   */
  async begin(requestKey: RequestKey, wanted: string): Promise<KeptAnswer | null> {
    const now = this.clock.now();
    const fingerprint = this.secrets.digest(wanted, contextOf(requestKey));
    const known = await this.repository.claim(requestKey, fingerprint, new Date(now), new Date(now + HOLD_MS));
    if (known === null) return null;
    if (!this.secrets.isDigestOf(known.fingerprint, wanted, contextOf(requestKey)))
      throw new GatewayError('idempotency_key_reused');
    if (known.answer === null) throw inUse(known, now);
    const { status, encrypted } = known.answer;
    const { body } = JSON.parse(this.secrets.decrypt(encrypted, contextOf(requestKey))) as { body?: unknown };
    return { status, body };
  }

  /** Never rejects: the answer is owed to anyone who waits for it, also where it cannot be kept. */
  async settle(requestKey: RequestKey, { status, body }: KeptAnswer): Promise<void> {
    const encrypted = this.secrets.encrypt(JSON.stringify({ body }), contextOf(requestKey));
    await this.repository.settle(requestKey, status, encrypted).catch(error => this.tell(error));
  }

  /** Never rejects. Where it fails the key stays taken. */
  async release(requestKey: RequestKey): Promise<void> {
    await this.repository.release(requestKey).catch(error => this.tell(error));
  }

  /** Forgets keys whose day is over, a bounded number at a time. Never rejects: what is left waits for the next time. */
  async clean(): Promise<void> {
    try {
      for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
        if ((await this.repository.deleteExpired(new Date(this.clock.now()), BATCH)) < BATCH) return;
      }
    } catch (error) {
      this.log.warn('idempotency keys could not be cleaned up yet', { cause: describeCause(error) });
    }
  }

  private tell(error: unknown): void {
    this.log.warn('what came of a request with an idempotency key was not written', { cause: describeCause(error) });
  }
}

/** Binds an answer to its row. */
export function contextOf({ actorId, key }: RequestKey): string {
  return `idempotency:${JSON.stringify([actorId, key])}`;
}

function inUse({ createdAt }: KnownRequest, now: number): GatewayError {
  if (now - createdAt.getTime() < CUT_OFF_MS) {
    return new GatewayError('idempotency_key_in_use', { retryAfterSeconds: 1 });
  }
  const publicMessage =
    'the first request with this Idempotency-Key was cut off: look what came of it, then use another key';
  return new GatewayError('conflict', { publicMessage });
}
