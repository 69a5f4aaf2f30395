import type { Loss } from '../dialects/neutral/neutral.types.js';
import type { GatewayError } from '../errors/gateway-error.js';
import type { Circuit } from '../routing/circuit.js';
import type { Passage } from '../routing/circuits.service.js';
import type { Target } from '../routing/target.types.js';
import type { Reach, TargetCall } from '../upstream/upstream.service.js';

/** A request as one target is asked it, and what of it that target could not be told, by field. */
export interface PreparedCall {
  readonly call: TargetCall;
  readonly losses: readonly Loss[];
}

/** How an attempt ended. `error` is null where the target answered, and where the caller left before it did. */
export interface AttemptOutcome {
  readonly kind: 'answer' | 'failure' | 'aborted';
  readonly reach: Reach;
  readonly error: GatewayError | null;
}

/** One target that was tried for a request. The list of them says what happened, in order. */
export class Attempt implements Passage {
  /** null while the request is prepared for the target, and where that failed */
  prepared: PreparedCall | null = null;
  /** null while it runs */
  outcome: AttemptOutcome | null = null;
  /** monotonic milliseconds of the outcome */
  endedAt: number | null = null;
  /** of the upstream's answer; null where none came */
  status: number | null = null;
  circuit: Circuit | null = null;
  ticket = 0;

  /** @param startedAt monotonic milliseconds */
  constructor(
    readonly target: Target,
    readonly startedAt: number,
  ) {}

  /** @param status of the upstream's answer, where one came */
  end(outcome: AttemptOutcome, status: number | null = outcome.error?.upstreamStatus ?? null): void {
    this.outcome = outcome;
    this.status = status;
    this.endedAt = performance.now();
  }

  /** Whether its provider was sent anything. */
  get wasSent(): boolean {
    return this.outcome === null ? this.prepared !== null : this.outcome.reach !== 'unsent';
  }

  /** Whether its provider may be, or have been, at work: then the work is paid (decision 17). */
  get mayHaveWorked(): boolean {
    return this.outcome === null ? this.prepared !== null : this.outcome.reach === 'taken';
  }
}

/** The last attempt whose provider was sent the request; null where none was. */
export function lastSent(attempts: readonly Attempt[]): Attempt | null {
  for (let index = attempts.length - 1; index >= 0; index -= 1) {
    const attempt = attempts[index];
    if (attempt?.wasSent === true) return attempt;
  }
  return null;
}
