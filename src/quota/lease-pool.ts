import type { CounterReport } from './lease.types.js';
import type { LimitWindow } from './limit-window.js';

/** Of what is left for everybody, the part that a replica may keep at hand while nobody asks it. */
const KEPT_PART = 1 / 16;
/** With less left than this nobody keeps anything at hand that another could use. */
const FEW = 64;

/** What a counter is, besides its window: the same for every window. */
export interface CounterIdentity {
  readonly key: string;
  readonly mayExceed: boolean;
  readonly spender: readonly [string, string, string] | null;
}

/**
 * This replica's part of one counter in one window. `free` may be taken without asking anybody; `reserved` belongs to
 * requests that run; `settled` was used and is not reported yet. All three together are this replica's lease.
 */
export class LeasePool {
  free = 0;
  reserved = 0;
  private settled = 0;
  private pins = 0;
  /** the store may think something else of it than we do, until a report of ours is known to be taken */
  private dirty = false;
  /** its free part was given up while a call was under way */
  private recalled = false;
  private quietLooks = 0;
  /** what a report whose outcome is not known yet said was used: it is sent again as it was, until it is known */
  private reported = 0;
  /** what was left for everybody, when the store was last asked; null before */
  left: number | null = null;
  /** since the last look: the most that was reserved at once, and what was used; they size the next block */
  private peak = 0;
  private usedLately = 0;
  private pace = 0;
  /** until then the store need not be asked again for more than this */
  private denied: { readonly above: number; readonly until: number } | null = null;

  constructor(
    readonly identity: CounterIdentity,
    readonly window: LimitWindow,
    public cap: number,
  ) {}

  /** Takes from what is at hand, or nothing. What came back under a cap that was lowered since is not at hand. */
  take(amount: number): boolean {
    if (amount > this.free || this.left === null || this.left < 0) return false;
    this.free -= amount;
    this.reserve(amount);
    return true;
  }

  /** A part that the store granted to a request. */
  reserve(amount: number): void {
    this.reserved += amount;
    this.peak = Math.max(this.peak, this.reserved);
  }

  /** What was reserved and did not come to use. */
  giveBack(amount: number): void {
    this.reserved -= amount;
    this.free += amount;
    this.denied = null;
  }

  /** The truth in place of the reservation. What is beyond it comes from what is at hand, and is owed where that is less. */
  settle(reserved: number, used: number): void {
    this.reserved -= reserved;
    this.settled += used;
    this.usedLately += used;
    this.free += reserved - used;
    if (used < reserved) this.denied = null;
  }

  /** For everybody, as far as this replica knows. */
  remaining(): number {
    return this.left === null ? this.cap - this.settled - this.reserved : Math.max(0, this.left + this.free);
  }

  isDenied(amount: number, now: number): boolean {
    return this.denied !== null && now < this.denied.until && amount > this.denied.above;
  }

  deny(until: number): void {
    // What is at hand goes back with the next question, so it would count too.
    this.denied = { above: Math.max(0, this.left ?? 0) + Math.max(0, this.free), until };
  }

  forgetDenial(): void {
    this.denied = null;
  }

  /** Whether the store should know now: something is owed, more is wanted, or others could use what lies here. */
  get restless(): boolean {
    return this.dirty || this.reported !== 0 || this.free < 0 || this.free > this.keep() || this.thirsty;
  }

  /** Whether the store does not know all yet. That may wait: what was used is part of the lease until it is told. */
  get untold(): boolean {
    return this.settled !== 0 || this.restless;
  }

  /** Somebody speaks with the store about it, so it must not be forgotten though nothing was taken of it yet. */
  pin(): void {
    this.pins += 1;
  }

  unpin(): void {
    this.pins -= 1;
  }

  get pinned(): boolean {
    return this.pins > 0;
  }

  get idle(): boolean {
    return (
      !this.pinned && !this.dirty && this.settled === 0 && this.reported === 0 && this.reserved === 0 && this.free === 0
    );
  }

  /** The next window begins as busy as this one was. */
  inheritPace({ pace }: LeasePool): void {
    this.pace = pace;
  }

  /** Looked at in regular steps: what was needed at once in one, and what was used for good. */
  measurePace(): void {
    const { lately } = this;
    this.quietLooks = lately === 0 ? this.quietLooks + 1 : 0;
    this.pace = this.quietLooks > 1 ? 0 : Math.max(lately, Math.floor(this.pace / 2));
    this.peak = this.reserved;
    this.usedLately = 0;
  }

  private get lately(): number {
    return this.peak + this.usedLately;
  }

  /** Whether it will be used up before it is looked at again. */
  get thirsty(): boolean {
    return this.pace > 0 && this.left !== null && this.left >= FEW && this.free < this.pace;
  }

  /**
   * What to tell the store. A pool for which a request asks (`asked`, else null) gives all that is free into the call, so
   * that the store judges with the whole. Another keeps what it needs, and asks for more when that is little.
   */
  report(asked: number | null, repeated: boolean): CounterReport {
    if (!repeated) {
      this.reported = this.settled;
      this.settled = 0;
    }
    const { thirsty } = this;
    this.recalled = false;
    // A debt is covered by the settled amount: the counter shows it as used at once.
    this.free = asked === null ? Math.min(Math.max(0, this.free), this.keep()) : 0;
    return {
      ...this.identity,
      begin: this.window.begin,
      end: this.window.end,
      used: this.reported,
      // What was used and is not part of this report, because it repeats an older one, is held until it is told.
      held: this.reserved + this.free + this.settled,
      cap: asked !== null || thirsty ? this.cap : null,
      // Twice what was needed lately; as much again as is asked for, so that the next request finds something at hand.
      wanted: Math.max(0, 2 * Math.max(this.pace, this.lately) - this.free, asked ?? 0),
    };
  }

  /** The store has taken the report; `repeated` tells that it may have been an older one, which says less. */
  confirm(granted: number, left: number | null, repeated: boolean): void {
    this.reported = 0;
    this.dirty = repeated;
    this.free += granted;
    if (left !== null) this.left = left;
  }

  /** What the store thinks of it is not known for sure: it is told again. */
  doubt(): void {
    this.dirty = true;
  }

  /** Gives up what is free: it holds no longer, or another cap does. */
  recall(cap: number): void {
    this.cap = cap;
    this.recalled = true;
    this.giveUp();
  }

  /** Behind a call: what it granted beyond its requests under a cap that was changed meanwhile is given up too. */
  endCall(): void {
    if (this.recalled) this.giveUp();
  }

  private giveUp(): void {
    this.dirty = true;
    this.left = null;
    this.denied = null;
    this.free = Math.min(this.free, 0);
  }

  private keep(): number {
    const left = this.left ?? 0;
    return this.pace === 0 || left < FEW ? 0 : Math.floor(Math.min(left, Math.max(2 * this.pace, left * KEPT_PART)));
  }
}
