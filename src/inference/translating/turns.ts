import { GatewayError } from '../../errors/gateway-error.js';
import type { Abortable } from '../../upstream/abort-signal.js';
import { ExchangeAborted } from '../../upstream/exchange.js';

export interface TurnRules {
  /** how many may wait at most, and of them how many of one owner */
  readonly maxWaiting: number;
  readonly maxWaitingOfOne: number;
  readonly waitMs: number;
}

interface Waiter {
  readonly owner: string;
  readonly resolve: () => void;
}

/** One at a time, in the order in which they came, but no owner twice in a row while another waits. */
export class Turns {
  private taken = false;
  private lastOwner: string | null = null;
  private readonly waiting: Waiter[] = [];

  constructor(private readonly rules: TurnRules) {}

  get waiters(): number {
    return this.waiting.length;
  }

  /**
   * Resolves when it is the owner's turn, which lasts until `end` is called.
   * @throws {GatewayError} gateway_busy when too many wait or it takes too long; {ExchangeAborted} when the caller leaves
   */
  take(owner: string, signal: Abortable): Promise<void> {
    if (signal.aborted) return Promise.reject(new ExchangeAborted('the caller left'));
    if (!this.taken) {
      this.taken = true;
      this.lastOwner = owner;
      return Promise.resolve();
    }
    const ofOwner = this.waiting.filter(waiter => waiter.owner === owner).length;
    const { maxWaiting, maxWaitingOfOne, waitMs } = this.rules;
    if (this.waiting.length >= maxWaiting || ofOwner >= maxWaitingOfOne) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', left);
      };
      const waiter: Waiter = {
        owner,
        resolve: () => {
          stop();
          resolve();
        },
      };
      const giveUp = (error: Error) => {
        stop();
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(error);
      };
      const left = () => giveUp(new ExchangeAborted('the caller left'));
      const timer = setTimeout(() => giveUp(busy()), waitMs);
      signal.addEventListener('abort', left, { once: true });
      this.waiting.push(waiter);
    });
  }

  end(): void {
    const other = this.waiting.findIndex(({ owner }) => owner !== this.lastOwner);
    const [next] = this.waiting.splice(Math.max(0, other), 1);
    this.taken = next !== undefined;
    this.lastOwner = next?.owner ?? null;
    next?.resolve();
  }
}

export function busy(): GatewayError {
  return new GatewayError('gateway_busy', {
    publicMessage: 'too many large requests wait for their translation into another dialect. Retry later',
    retryAfterSeconds: 5,
  });
}
