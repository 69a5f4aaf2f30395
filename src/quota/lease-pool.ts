import { LeaseDemand } from './lease-demand.js';
import type { CounterReport } from './lease.types.js';
import { kindOfCounter } from './limit-kinds.js';
import type { LimitWindow } from './limit-window.js';

/** Of what is left for everybody, the part that a replica may keep in reserve while nobody asks it. */
const KEPT_PART = 1 / 16;
/** With less left than this nobody keeps anything in reserve that another could use. */
const FEW = 64;

/** Below that part of what an outage would take, more is asked for. */
const REFILL_PART = 7 / 8;

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
  /** places among running requests: those of a replica that is taken for dead are free at once */
  readonly isPlaces: boolean;
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
  /** what should be free, so that an outage of the database is not seen */
  private horizon = 0;
  /** its window is over: what comes back to it goes on to the store */
  private retired = false;
  /** until then the store need not be asked again for more than this */
  private denied: { readonly above: number; readonly until: number } | null = null;

  constructor(
    readonly identity: CounterIdentity,
    readonly window: LimitWindow,
    public cap: number,
    readonly demand: LeaseDemand = new LeaseDemand(),
  ) {
    this.isPlaces = kindOfCounter(identity.key)?.takes === 'place';
  }

  /** Takes from what is in reserve, or nothing. What came back under a cap that was lowered since is not in reserve. */
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
    this.demand.noteTaken(amount);
  }

  /** What was reserved and did not come to use. */
  giveBack(amount: number): void {
    this.reserved -= amount;
    this.free += amount;
    this.denied = null;
  }

  /** The truth in place of the reservation. What is beyond it comes from what is in reserve, and is owed where that is less. */
  settle(reserved: number, used: number): void {
    this.reserved -= reserved;
    this.settled += used;
    this.usedLately += used;
    this.demand.noteUsed(used);
    this.free += reserved - used;
    if (used < reserved) this.denied = null;
  }

  /** For everybody, as far as this replica knows. */
  remaining(): number {
    return this.left === null ? this.cap - this.settled - this.reserved : Math.max(0, this.left + this.free);
  }

  /** Whether a request that the store refused would pass with what is free here, too. */
  mayHelp(amount: number): boolean {
    if (this.free <= 0 || this.left === null) return false;
    return amount <= this.left + this.free || (this.identity.mayExceed && amount > this.cap);
  }

  isDenied(amount: number, now: number): boolean {
    return this.denied !== null && now < this.denied.until && amount > this.denied.above;
  }

  deny(until: number): void {
    // What is in reserve goes back with the next question, so it would count too.
    this.denied = { above: Math.max(0, this.left ?? 0) + Math.max(0, this.free), until };
  }

  /**
   * Whether the store should know now: something is owed, more is wanted, others could use what lies here, or the window is
   * over and nobody will ask for it again.
   */
  get needsReport(): boolean {
    if (this.retired && this.settled !== 0) return true;
    return this.dirty || this.reported !== 0 || this.free < 0 || this.free > this.keep() || this.needsRefill;
  }

  /**
   * Whether there is anything to say in a call that is made anyway: what was used is part of the lease until it is told,
   * and who holds something should know what is left for the others.
   */
  get hasUnreported(): boolean {
    return this.settled !== 0 || this.free > 0 || this.needsReport;
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
    this.retired = false;
  }

  /** Looked at in regular steps: what was needed at once in one, what was used for good, and what an outage would take. */
  measure(now: number, horizonMs: number, memoryMs: number): void {
    const { lately } = this;
    this.quietLooks = lately === 0 ? this.quietLooks + 1 : 0;
    this.pace = this.quietLooks > 1 ? 0 : Math.max(lately, Math.floor(this.pace / 2));
    this.demand.look(now, this.peak, memoryMs);
    // Where requests are larger than the whole limit, each needs it untouched.
    const oversized = this.identity.mayExceed && this.demand.largestRequest > this.cap;
    this.horizon = oversized ? 0 : this.demand.wanted(now, horizonMs, this.reserved);
    this.peak = this.reserved;
    this.usedLately = 0;
  }

  /** Whether requests are expected, in this window or the next. */
  get isWanted(): boolean {
    return this.horizon > 0;
  }

  private get lately(): number {
    return this.peak + this.usedLately;
  }

  /** Whether it will be used up before it is looked at again, or in an outage. */
  get needsRefill(): boolean {
    if (this.left === null) return this.horizon > 0;
    if (this.pace > 0 && this.left >= FEW && this.free < this.pace) return true;
    return this.free < this.horizon * REFILL_PART && isFar(this.horizon - this.free, this.left);
  }

  /**
   * What to tell the store. What is free stays in reserve, so that a call which fails costs nothing; only where a request was
   * refused that it could help (`whole`), it goes into the call and is judged together with what others left. A pool for
   * which no request asks (`asked` is null) keeps what it needs.
   */
  report(asked: number | null, whole: boolean, repeated: boolean): CounterReport {
    if (!repeated) {
      this.reported = this.settled;
      this.settled = 0;
    }
    this.recalled = false;
    // A debt is covered by the settled amount: the counter shows it as used at once.
    this.free = whole ? 0 : Math.max(0, this.free);
    // While the store does not answer, what is in reserve is all there is.
    if (asked === null && !repeated) this.free = Math.min(this.free, this.keep());
    return {
      ...this.identity,
      begin: this.window.begin,
      end: this.window.end,
      used: this.reported,
      // What was used and is not part of this report, because it repeats an older one, is held until it is told.
      held: this.reserved + this.free + this.settled,
      cap: asked !== null || (!this.retired && (this.free > 0 || this.needsRefill)) ? this.cap : null,
      // Twice what was needed lately; as much again as is asked for, so that the next request finds something in reserve.
      wanted: Math.max(0, 2 * Math.max(this.pace, this.lately) - this.free, asked ?? 0),
      horizon: Math.max(0, this.horizon - this.free),
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

  /** No request is expected any more, so nothing is kept for one. */
  retire(): void {
    this.retired = true;
    this.pace = 0;
    this.horizon = 0;
  }

  /** Nobody keeps more than is left for all others. */
  private keep(): number {
    const left = this.left ?? 0;
    const forPace = this.pace === 0 || left < FEW ? 0 : Math.max(2 * this.pace, left * KEPT_PART);
    const forHorizon = this.horizon * (left < FEW ? 2 : 1) <= left ? this.horizon : 0;
    return Math.floor(Math.min(left, Math.max(forPace, forHorizon)));
  }
}

/** Whether the store grants anything for an outage: only where enough is left for others. */
function isFar(wanted: number, left: number): boolean {
  return wanted * (left < FEW ? 4 : 2) <= left;
}
