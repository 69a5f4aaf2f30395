import type { AnswerState } from '../dialects/descriptor.js';
import type { GatewayError } from '../errors/gateway-error.js';
import type { UsageRules } from './json-usage.js';
import type { DisconnectDrain, Settle } from './relay-outcome.js';

export interface JsonRelayTimes {
  /** of the total time, what is left */
  readonly totalMs: number;
  readonly disconnectDrain: DisconnectDrain;
}

/** The memory that one answer takes until it is over. */
export interface AnswerHold {
  /** Null where there is room for so many bytes more; else the error that the caller is told. */
  take(bytes: number): GatewayError | null;
  release(): void;
}

export interface JsonRelayRules extends UsageRules {
  /**
   * Makes the caller's answer of the upstream's, of a large one later; null where the bytes stay as they came.
   * @throws {GatewayError} where it cannot be done
   */
  readonly rewrite: ((body: Buffer) => Buffer | Promise<Buffer>) | null;
  /** where an answer that is rewritten is counted while it is held */
  readonly hold: AnswerHold | null;
  /** The bytes of a whole answer without what its caller must not see: the same object where there is nothing to hide. */
  scrub(bytes: Buffer): Buffer;
  /** What an answer says of the work behind it, in a dialect that says so; it may be cut off behind its beginning. */
  readonly readState: ((body: Buffer) => AnswerState) | null;
  /** What is wrong with a whole answer that is an error for all its status of 200; null for an answer. */
  readFailure(body: Buffer): GatewayError | null;
  /** Headers of ours for this answer, asked for at the last moment: a whole answer is settled by then. */
  headers(): readonly (readonly [string, string])[];
  /** of the answer, as plain bytes; a longer one is ended */
  readonly maxBytes: number;
  readonly settle: Settle;
}
