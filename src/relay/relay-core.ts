import type { StreamedText } from '../dialects/stream-tap.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import type { GatewayError } from '../errors/gateway-error.js';
import type { RelayStatus } from './relay-outcome.js';

/** What is done with the upstream's answer: read on, though nobody may take it; left to end by itself; or cut off. */
export type UpstreamAction = 'resume' | 'leave' | 'abort';

/**
 * How the caller's connection ends. `end`: with these bytes, as a whole answer. `break`: with these bytes, and then broken,
 * so that nobody takes it for one. `destroy`: broken at once. Null: there is nothing more to send.
 */
export type LastBytes = { readonly how: 'end' | 'break'; readonly bytes: Buffer } | { readonly how: 'destroy' } | null;

/** How a relayed answer ends. */
export interface Ending {
  readonly status: RelayStatus;
  readonly usage: TokenCounts | null;
  readonly usageFinal: boolean;
  readonly whole: boolean;
  readonly last: LastBytes;
  /** what the caller is told in the place of an answer */
  readonly error: GatewayError | null;
}

/** What is to be done about one event, in this order. */
export interface Step {
  /** the one timer of the phase begins anew: so many milliseconds until `timeUp` */
  readonly timerMs: number | null;
  /** bytes for the caller */
  readonly send: Buffer | null;
  /** a whole answer, of which the caller's is to be made: told by `rewritten`, or by `failed` */
  readonly rewrite: Buffer | null;
  readonly upstream: UpstreamAction | null;
  /** the answer is over: no event does anything any more */
  readonly ending: Ending | null;
}

export const NO_STEP: Step = { timerMs: null, send: null, rewrite: null, upstream: null, ending: null };

/**
 * What a relay does, without a timer, a socket or a promise: every event gives the step to take. After an ending there
 * are no more steps.
 */
export interface RelayCore {
  readonly over: boolean;
  /** bytes of the provider's own go to the caller: a keep-alive is none */
  readonly begun: boolean;
  /** the model's first word came */
  readonly spoke: boolean;
  data(chunk: Buffer): Step;
  /** The upstream's clean end. */
  end(): Step;
  /** The upstream's answer is broken, or cannot be used. */
  failed(error: GatewayError): Step;
  /** What `Step.rewrite` asked for. */
  rewritten(bytes: Buffer): Step;
  /** Nothing came from the upstream for a while. */
  quiet(): Step;
  /** The caller left. @param paused the upstream had been stopped for a caller who reads too slowly */
  left(paused: boolean): Step;
  /** The gateway ends an answer that may go on. */
  cutOff(error: GatewayError, paused: boolean): Step;
  /** The timer of the phase has run out. */
  timeUp(paused: boolean): Step;
  /** the text that came, for an estimate where the usage did not */
  text(): StreamedText;
}
