export type CircuitState = 'closed' | 'half_open' | 'open';

/** Why a circuit opened. */
export type CircuitCause = 'failure_share' | 'retry_after' | 'no_first_byte' | 'probe_failed';

export interface CircuitRules {
  /** the share of failures at which it opens, above 0 and up to 1 */
  readonly failureShare: number;
  /** how long it is open at first; each probe that fails doubles it */
  readonly openMs: number;
}

/** What came of a request that failed, as far as the target is to blame for it. */
export interface CircuitFailure {
  /** nothing came within the time for a connection or a first byte */
  readonly silent: boolean;
  /** how long the target wants to be left alone; 0 where it did not say */
  readonly retryAfterMs: number;
}

/** Over so much time failures and requests are counted. */
export const WINDOW_MS = 30_000;
/** Fewer requests than these say nothing about a share. */
export const MIN_REQUESTS = 5;
/** No circuit is open for longer, whatever a target asks for. */
export const MAX_OPEN_MS = 300_000;

/** What `enter` answers where the target is to be skipped. */
export const SKIPPED = 0;

/**
 * Whether a target is worth asking: closed while it answers, open while it keeps failing, half open while one request, the
 * probe, finds out. It has no clock: times are monotonic milliseconds that its user tells.
 *
 * Each request that enters gets a ticket and brings it back with what came of it. A ticket is the number of the phase in which it was
 * given, negative where the target was asked though it should have been skipped: what began before the last change of the
 * state says nothing about what is now, and is not counted.
 */
export class Circuit {
  state: CircuitState = 'closed';
  /** when it got into this state */
  since = 0;
  /** until when it is open */
  until = 0;
  /** why it opened last */
  cause: CircuitCause = 'failure_share';
  private phase = 1;
  private probing = false;
  /** how often it opened without a quiet time between */
  private openings = 0;
  private closedAt = Number.NEGATIVE_INFINITY;
  /** when the latest of the requests began that were answered */
  private answeredSince = Number.NEGATIVE_INFINITY;
  private readonly window = new SlidingWindow();

  constructor(private readonly rules: CircuitRules) {}

  /** @returns a ticket, or `SKIPPED`. Once the open time is over the first to come gets the probe's. */
  enter(now: number): number {
    if (this.state === 'closed') return this.phase;
    if (this.state === 'open') {
      if (now < this.until) return SKIPPED;
      this.begin('half_open', now);
    } else if (this.probing) return SKIPPED;
    this.probing = true;
    return this.phase;
  }

  /** @returns a ticket for a request that nobody else could take: it goes there, open or not */
  insist(): number {
    return this.state === 'closed' ? this.phase : -this.phase;
  }

  /** The target answered. @param startedAt when it was asked */
  succeeded(ticket: number, startedAt: number, now: number): void {
    if (!this.isCurrent(ticket)) return;
    this.answeredSince = Math.max(this.answeredSince, startedAt);
    if (this.state === 'closed') this.window.add(now, 1, 0);
    else this.close(now);
  }

  /** The target failed, and its caller is not to blame. @param startedAt when it was asked */
  failed(ticket: number, failure: CircuitFailure, startedAt: number, now: number): void {
    if (!this.isCurrent(ticket)) return;
    if (ticket < 0) this.prolong(failure, now);
    else if (this.state === 'half_open') this.reopen(failure, now);
    else this.count(1, failure, startedAt, now);
  }

  /** What came of it says nothing: the caller left, or was to blame. A probe's place is free again. */
  released(ticket: number): void {
    if (ticket === this.phase && this.state === 'half_open') this.probing = false;
  }

  /** An answer that counted as a success turned out to be a failure before anybody had read of it. */
  takenBack(ticket: number, failure: CircuitFailure, startedAt: number, now: number): void {
    if (this.state !== 'closed') return;
    // The answer to a probe closed it, and so began the phase that lasts.
    if (Math.abs(ticket) === this.phase - 1) this.reopen(failure, now);
    else if (ticket === this.phase) this.count(0, failure, startedAt, now);
  }

  private isCurrent(ticket: number): boolean {
    return Math.abs(ticket) === this.phase;
  }

  private count(requests: number, failure: CircuitFailure, startedAt: number, now: number): void {
    const { window } = this;
    window.add(now, requests, 1);
    // One that is slow among others that are answered is no target that hangs.
    const hangs = failure.silent && this.answeredSince < startedAt;
    if (failure.retryAfterMs > 0) this.open('retry_after', failure.retryAfterMs, now);
    else if (hangs) this.open('no_first_byte', this.backOffMs(now), now);
    else if (window.requests >= MIN_REQUESTS && window.failures >= this.rules.failureShare * window.requests) {
      this.open('failure_share', this.backOffMs(now), now);
    }
  }

  /** The target says itself for how long, but one that was believed and failed again waits no less than any other. */
  private reopen({ retryAfterMs }: CircuitFailure, now: number): void {
    this.open('probe_failed', Math.max(retryAfterMs, this.backOffMs(now)), now);
  }

  /** Being asked though it is open, because nothing else was left, does not make it wait longer, unless it says so. */
  private prolong({ retryAfterMs }: CircuitFailure, now: number): void {
    if (this.state === 'open') this.until = Math.max(this.until, now + Math.min(retryAfterMs, MAX_OPEN_MS));
  }

  private backOffMs(now: number): number {
    if (this.state === 'closed' && now - this.closedAt > WINDOW_MS) this.openings = 0;
    return this.rules.openMs * 2 ** this.openings;
  }

  private open(cause: CircuitCause, forMs: number, now: number): void {
    this.cause = cause;
    this.until = now + Math.min(forMs, MAX_OPEN_MS);
    this.openings += 1;
    this.begin('open', now);
  }

  private close(now: number): void {
    this.closedAt = now;
    this.window.clear();
    this.begin('closed', now);
  }

  private begin(state: CircuitState, now: number): void {
    this.state = state;
    this.since = now;
    this.phase += 1;
  }
}

const SLOTS = 10;
const SLOT_MS = WINDOW_MS / SLOTS;

/** Requests and failures of the last half minute, in tenths of it. */
class SlidingWindow {
  requests = 0;
  failures = 0;
  private newest = 0;
  private readonly requestsIn = new Int32Array(SLOTS);
  private readonly failuresIn = new Int32Array(SLOTS);

  /** What began earlier than another that was added counts as of that one's time. */
  add(now: number, requests: number, failures: number): void {
    const slot = Math.floor(now / SLOT_MS);
    if (slot > this.newest) this.forgetUntil(slot);
    const index = this.newest % SLOTS;
    this.requestsIn[index] = (this.requestsIn[index] ?? 0) + requests;
    this.failuresIn[index] = (this.failuresIn[index] ?? 0) + failures;
    this.requests += requests;
    this.failures += failures;
  }

  clear(): void {
    this.requestsIn.fill(0);
    this.failuresIn.fill(0);
    this.requests = 0;
    this.failures = 0;
  }

  private forgetUntil(slot: number): void {
    for (let passed = Math.max(this.newest + 1, slot - SLOTS + 1); passed <= slot; passed += 1) {
      const index = passed % SLOTS;
      this.requests -= this.requestsIn[index] ?? 0;
      this.failures -= this.failuresIn[index] ?? 0;
      this.requestsIn[index] = 0;
      this.failuresIn[index] = 0;
    }
    this.newest = slot;
  }
}
