import { GatewayError } from '../../errors/gateway-error.js';
import type { Siblings } from '../siblings/siblings.js';
import { type HitWindow, RETURN_HITS, TAKE_HITS } from './hit-shares.js';

const ANSWER_MS = 5_000;
/** More keys than this are not remembered; what was granted to one that is forgotten is lost until its window ends. */
const MAX_KEYS = 100_000;

interface Share extends HitWindow {
  readonly limit: number;
  /** granted to this process and not used */
  unused: number;
  /** as far as this process knows, granted to nobody yet */
  left: number;
  waiting: number;
  /** nobody has any more: the window is over for everyone */
  exhausted: boolean;
  asking: Promise<void> | null;
}

/** This process's part of the hits that several processes share (see `HitShares`). */
export class GrantedHits {
  private readonly shares = new Map<string, Share>();

  constructor(private readonly siblings: Siblings) {
    siblings.onAsked(RETURN_HITS, window => this.giveBack(window));
  }

  /**
   * Takes one hit of a window.
   * @returns how many are left behind it, as far as this process knows; -1 when there was none. A promise where the primary
   *   has to be asked
   * @throws {GatewayError} gateway_busy (503 with Retry-After) where it does not answer
   */
  take(window: HitWindow, limit: number): number | Promise<number> {
    const share = this.shareOf(window, limit);
    return this.takeAtHand(share) ?? this.takeAfterAsking(share);
  }

  private takeAtHand(share: Share): number | null {
    if (share.unused > 0) {
      share.unused -= 1;
      return share.unused + share.left;
    }
    return share.exhausted ? -1 : null;
  }

  private async takeAfterAsking(share: Share): Promise<number> {
    share.waiting += 1;
    try {
      for (;;) {
        share.asking ??= this.ask(share);
        await share.asking;
        const taken = this.takeAtHand(share);
        if (taken !== null) return taken;
      }
    } finally {
      share.waiting -= 1;
    }
  }

  private async ask(share: Share): Promise<void> {
    try {
      // What comes in this turn of the loop goes with it.
      await Promise.resolve();
      const { throttler, key, endsAt, limit, waiting: wanted } = share;
      const request = { throttler, key, endsAt, limit, wanted };
      const { granted, left } = await this.siblings.ask(TAKE_HITS, request, ANSWER_MS).catch(refuse);
      share.unused += granted;
      share.left = left;
      share.exhausted = granted < wanted;
    } finally {
      share.asking = null;
    }
  }

  /** Another process would be refused otherwise. */
  private giveBack({ throttler, key, endsAt }: HitWindow): number {
    const share = this.shares.get(`${throttler} ${key}`);
    if (share?.endsAt !== endsAt) return 0;
    const { unused } = share;
    share.unused = 0;
    share.left = 0;
    return unused;
  }

  private shareOf(window: HitWindow, limit: number): Share {
    const name = `${window.throttler} ${window.key}`;
    const known = this.shares.get(name);
    if (known?.endsAt === window.endsAt) return known;
    this.shares.delete(name);
    const [oldest] = this.shares.keys();
    if (this.shares.size >= MAX_KEYS && oldest !== undefined) this.shares.delete(oldest);
    const share = { ...window, limit, unused: 0, left: 0, waiting: 0, exhausted: false, asking: null };
    this.shares.set(name, share);
    return share;
  }
}

function refuse(cause: unknown): never {
  throw new GatewayError('gateway_busy', {
    publicMessage: 'the gateway could not count this request. Retry later',
    retryAfterSeconds: 1,
    cause,
  });
}
