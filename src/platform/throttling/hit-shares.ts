import type { Question } from '../siblings/channel.js';

/** A window of a throttler's key. */
export interface HitWindow {
  readonly throttler: string;
  readonly key: string;
  /** milliseconds since 1970 UTC */
  readonly endsAt: number;
}

export interface HitRequest extends HitWindow {
  readonly limit: number;
  /** hits that wait for an answer */
  readonly wanted: number;
}

export interface HitGrant {
  /** hits that the asking process may let pass; fewer than wanted where nobody has more */
  readonly granted: number;
  /** hits that no process has been granted yet */
  readonly left: number;
}

/** A process asks for hits of a window. */
export const TAKE_HITS: Question<HitRequest, HitGrant> = { topic: 'take-hits' };
/** A process is asked for the hits that it was granted and has not used. It gives them back by its answer. */
export const RETURN_HITS: Question<HitWindow, number> = { topic: 'return-hits' };

/** More windows than this are not remembered: the oldest are forgotten first. */
const MAX_WINDOWS = 100_000;

interface Account {
  readonly endsAt: number;
  left: number;
  /** processes that may have unused hits */
  readonly holders: Set<number>;
  /** one request is judged after the other */
  turn: Promise<unknown>;
}

/**
 * Divides the hits of each window among the processes of one gateway, so that the sum is the limit, exactly: what is granted
 * is taken off, and nobody is refused while another process has unused hits. A process gets a part in advance, so that most
 * requests need no question; the part shrinks with what is left. What a dead process had is lost until the window ends.
 */
export class HitShares {
  private readonly accounts = new Map<string, Account>();
  private newestEnd = 0;

  /**
   * @param processes how many share
   * @param recall asks a process for its unused hits of a window; 0 where it does not answer
   */
  constructor(
    private readonly processes: number,
    private readonly recall: (process: number, window: HitWindow) => Promise<number>,
  ) {}

  take(process: number, request: HitRequest): Promise<HitGrant> {
    const account = this.accountOf(request);
    const answer = account.turn.then(() => this.judge(account, process, request));
    account.turn = answer;
    return answer;
  }

  /** The process is gone, and what it had with it. */
  forget(process: number): void {
    for (const { holders } of this.accounts.values()) holders.delete(process);
  }

  private async judge(account: Account, process: number, request: HitRequest): Promise<HitGrant> {
    const { throttler, key, endsAt, wanted } = request;
    if (account.left < wanted) {
      const others = [...account.holders].filter(holder => holder !== process);
      const returned = await Promise.all(others.map(holder => this.recall(holder, { throttler, key, endsAt })));
      for (const hits of returned) account.left += hits;
      for (const holder of others) account.holders.delete(holder);
    }
    const part = Math.floor(account.left / (2 * this.processes));
    const granted = Math.min(account.left, Math.max(wanted, part));
    account.left -= granted;
    account.holders.add(process);
    return { granted, left: account.left };
  }

  private accountOf({ throttler, key, endsAt, limit }: HitRequest): Account {
    const name = `${throttler} ${endsAt} ${key}`;
    const known = this.accounts.get(name);
    if (known !== undefined) return known;
    this.forgetOld(endsAt);
    const account = { endsAt, left: limit, holders: new Set<number>(), turn: Promise.resolve() };
    this.accounts.set(name, account);
    return account;
  }

  /** A process whose clock is a moment behind may still ask for the window before the newest. */
  private forgetOld(endsAt: number): void {
    if (endsAt > this.newestEnd) {
      for (const [name, account] of this.accounts) {
        if (account.endsAt < this.newestEnd) this.accounts.delete(name);
      }
      this.newestEnd = endsAt;
    }
    if (this.accounts.size < MAX_WINDOWS) return;
    const [oldest] = this.accounts.keys();
    if (oldest !== undefined) this.accounts.delete(oldest);
  }
}
