import type { StreamTap, Told } from '../dialects/stream-tap.js';
import type { GatewayError } from '../errors/gateway-error.js';
import type { DisconnectDrain, Settle } from './relay-outcome.js';

export interface StreamRelayTimes {
  /** of the total time, what is left */
  readonly totalMs: number;
  readonly keepAliveCommentMs: number;
  /** when the upstream was asked, in monotonic milliseconds */
  readonly askedAt: number;
  readonly disconnectDrain: DisconnectDrain;
}

export interface StreamRelayRules {
  readonly contentType: string;
  /** one line that readers pass over, for times when the upstream is silent */
  readonly comment: string;
  createTap(): StreamTap;
  /** What a failure means that the upstream told before its first word. */
  failureError(failure: Told): GatewayError;
  /** The dialect's error event, as bytes that stand alone between events, with its number where events have numbers. */
  encodeError(error: GatewayError, sequence?: number): Buffer;
  headers(): readonly (readonly [string, string])[];
  /** of the stream, as plain bytes; a longer one is ended */
  readonly maxBytes: number;
  readonly settle: Settle;
}
