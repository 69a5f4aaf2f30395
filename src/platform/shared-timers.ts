/** From here on a duration is rounded up, so that what is left of the same total time is the same duration. */
const LONG_MS = 10_000;
const LONG_STEP_MS = 1_000;

/** Timers of one duration, in the order in which they end. */
class DurationList {
  first: SharedTimer | null = null;
  last: SharedTimer | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(readonly ms: number) {}

  append(timer: SharedTimer): void {
    timer.before = this.last;
    if (this.last === null) this.first = timer;
    else this.last.behind = timer;
    this.last = timer;
    this.timer ??= this.arm(this.ms);
  }

  remove(timer: SharedTimer): void {
    const { before, behind } = timer;
    if (before === null) this.first = behind;
    else before.behind = behind;
    if (behind === null) this.last = before;
    else behind.before = before;
    timer.before = timer.behind = null;
  }

  private arm(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.fire(), ms).unref();
  }

  /** Those that were cancelled meanwhile are gone from the list: then there is nothing to do but to wait for the next one. */
  private fire(): void {
    const now = performance.now();
    try {
      for (let { first } = this; first !== null && first.at <= now; { first } = this) first.fire(now);
    } finally {
      this.timer = this.first === null ? null : this.arm(Math.max(1, Math.ceil(this.first.at - now)));
      if (this.timer === null) LISTS.delete(this.ms);
    }
  }
}

const LISTS = new Map<number, DurationList>();

/**
 * A timer that costs a tenth of Node's where many of the same duration are set, and nearly all of them are cancelled: they
 * share one of Node's. It keeps no process alive. A long one may come up to a second late.
 */
export class SharedTimer {
  /** monotonic milliseconds */
  at = 0;
  before: SharedTimer | null = null;
  behind: SharedTimer | null = null;
  private list: DurationList | null = null;

  private constructor(
    private readonly callback: () => void,
    private readonly ms: number,
    private readonly repeats: boolean,
  ) {}

  /** Calls back once. @param ms from now */
  static after(ms: number, callback: () => void): SharedTimer {
    return new SharedTimer(callback, rounded(ms), false).start(performance.now());
  }

  /** Calls back again and again. */
  static every(ms: number, callback: () => void): SharedTimer {
    return new SharedTimer(callback, rounded(ms), true).start(performance.now());
  }

  /** How many wait. */
  static get waiting(): number {
    let count = 0;
    for (const list of LISTS.values()) for (let timer = list.first; timer !== null; timer = timer.behind) count += 1;
    return count;
  }

  /** Forgets all of them: for tests, whose clocks come and go. */
  static forgetAll(): void {
    LISTS.clear();
  }

  cancel(): void {
    this.list?.remove(this);
    this.list = null;
  }

  /** Begins anew, with its whole duration. */
  refresh(): void {
    this.list?.remove(this);
    this.start(performance.now());
  }

  /** For its list alone. */
  fire(now: number): void {
    this.cancel();
    if (this.repeats) this.start(now);
    this.callback();
  }

  private start(now: number): this {
    const { ms } = this;
    let list = LISTS.get(ms);
    if (list === undefined) LISTS.set(ms, (list = new DurationList(ms)));
    this.at = now + ms;
    this.list = list;
    list.append(this);
    return this;
  }
}

function rounded(ms: number): number {
  return ms < LONG_MS ? Math.max(1, Math.ceil(ms)) : Math.ceil(ms / LONG_STEP_MS) * LONG_STEP_MS;
}
