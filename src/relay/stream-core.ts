import type { StreamedText, StreamTap, Told } from '../dialects/stream-tap.js';
import { GatewayError } from '../errors/gateway-error.js';
import { CATCH_UP_MS, hasBacklog, nextReadOn, type ReadOnStage } from './read-on.js';
import { type LastBytes, NO_STEP, type RelayCore, type Step } from './relay-core.js';
import { answerTooLong, type DisconnectDrain, type RelayStatus, statusOf } from './relay-outcome.js';

const NOTHING = Buffer.alloc(0);
const NO_DRAIN: DisconnectDrain = { withinMs: 0, maxBytes: 0 };
const END_OF_EVENT = Buffer.from('\n\n');

export interface StreamCoreRules {
  /** one line that readers pass over, for times when the upstream is silent */
  readonly comment: string;
  /** What a failure means that the upstream told before its first word. */
  failureError(failure: Told): GatewayError;
  /** The dialect's error event, as bytes that stand alone between events, with its number where events have numbers. */
  encodeError(error: GatewayError, sequence?: number): Buffer;
  /** of the stream, as plain bytes; a longer one is ended */
  readonly maxBytes: number;
  readonly disconnectDrain: DisconnectDrain;
}

/**
 * Relays server-sent events byte for byte. From the first byte on, a failure is the dialect's error event and a broken
 * connection, never a clean end (decision D7).
 */
export class StreamCore implements RelayCore {
  over = false;
  begun = false;
  /** the head of the answer went out: with the first bytes, or with a keep-alive */
  private sent = false;
  private received = 0;
  /** null while the caller gets what is read */
  private stage: ReadOnStage | null = null;
  /** bytes that were read in this stage */
  private readOnBytes = 0;
  private catchUps = 0;
  /** of `readOnBytes`, when the last time of catching up began */
  private bytesBefore = 0;
  /** what an answer that ends gets to say its usage */
  private drain: DisconnectDrain;
  /** why we ended it ourselves; null where the caller left */
  private cutOffBy: GatewayError | null = null;

  constructor(
    private readonly tap: StreamTap,
    private readonly rules: StreamCoreRules,
  ) {
    this.drain = rules.disconnectDrain;
  }

  get spoke(): boolean {
    return this.tap.spoke;
  }

  text(): StreamedText {
    return this.tap.streamedText();
  }

  data(chunk: Buffer): Step {
    if (this.over) return NO_STEP;
    const { tap } = this;
    if (this.stage !== null) {
      this.readOnBytes += chunk.length;
      tap.push(chunk);
      return this.readOn(false);
    }
    this.received += chunk.length;
    const bytes = tap.push(chunk);
    const failure = this.failureAtOnce();
    if (failure !== null) return this.failed(failure);
    if (bytes.length > 0) this.begun = true;
    // The answer is whole. Some upstreams keep the connection open after it; the caller need not wait for that.
    if (tap.done && tap.atEventBoundary && !tap.malformed && !tap.stopped) return this.complete(bytes);
    const send = bytes.length > 0 ? bytes : null;
    if (send !== null) this.sent = true;
    const fault = this.fault();
    if (fault !== null) return { ...this.failed(fault), send };
    return send === null ? NO_STEP : sending(send);
  }

  end(): Step {
    if (this.over) return NO_STEP;
    const { complete, tail } = this.tap.end();
    if (this.stage !== null) return this.endReading(null);
    const failure = this.failureAtOnce();
    if (failure !== null) return this.failed(failure);
    // The failure itself came last.
    if (!complete && this.tap.failed && tail.length > 0) return this.finish('upstream_error', 'abort', broken(tail));
    if (complete && tail.length > 0) this.begun = true;
    if (!complete || !this.begun) return this.failed(new GatewayError('upstream_truncated'));
    return this.complete(tail);
  }

  failed(error: GatewayError): Step {
    if (this.over) return NO_STEP;
    if (this.stage !== null) return this.endReading('abort');
    // All that is missing of the answer is the blank line behind its last event, which no reader waits for.
    if (this.tap.done) return this.complete(NOTHING);
    return this.breakOff(error);
  }

  /** A stream is never asked for whole. */
  rewritten(): Step {
    return NO_STEP;
  }

  /** Says that we are still here. Only between lines: a comment within one would break it. */
  quiet(): Step {
    if (this.over || this.stage !== null) return NO_STEP;
    const betweenEvents = !this.sent || this.tap.atEventBoundary;
    if (!betweenEvents && !this.tap.atLineStart) return NO_STEP;
    this.sent = true;
    return sending(Buffer.from(`${this.rules.comment}${betweenEvents ? '\n\n' : '\n'}`));
  }

  /** An answer that still goes on is cancelled, so that it costs no more; one that ends may say what it cost. */
  left(paused: boolean): Step {
    return this.over || this.stage !== null ? NO_STEP : this.readOn(paused);
  }

  /** What a slow caller kept from being read was made all the same, and counts. */
  cutOff(error: GatewayError, paused: boolean): Step {
    if (this.over) return NO_STEP;
    if (this.stage !== null || !paused || this.tap.done) return this.failed(error);
    this.cutOffBy = error;
    this.drain = NO_DRAIN;
    return this.readOn(true);
  }

  timeUp(paused: boolean): Step {
    if (this.over) return NO_STEP;
    if (this.stage === null) return this.cutOff(new GatewayError('upstream_timeout'), paused);
    if (this.stage === 'drain' || !hasBacklog(this.catchUps, this.readOnBytes - this.bytesBefore)) {
      return this.endReading('abort');
    }
    this.catchUps += 1;
    this.bytesBefore = this.readOnBytes;
    return { ...NO_STEP, timerMs: CATCH_UP_MS };
  }

  /** A failure that was told before anything else is a status, and no event of a stream of 200. */
  private failureAtOnce(): GatewayError | null {
    const { tap } = this;
    if (this.sent || !tap.failed || tap.spoke || tap.failure === null) return null;
    return this.rules.failureError(tap.failure);
  }

  private fault(): GatewayError | null {
    const { tap } = this;
    if (tap.malformed) {
      return new GatewayError('upstream_invalid_response', { internal: 'the stream is not of this dialect' });
    }
    if (tap.stopped) return new GatewayError('upstream_truncated');
    return this.received > this.rules.maxBytes ? answerTooLong() : null;
  }

  private readOn(paused: boolean): Step {
    const { stage, readOnBytes: bytes, drain } = this;
    const step = nextReadOn(this.tap, { stage, paused, bytes, drain });
    if (step === 'abandon') return this.endReading('abort');
    if (step === 'settle') return this.endReading('leave');
    return step === stage ? NO_STEP : this.enter(step);
  }

  private enter(stage: ReadOnStage): Step {
    this.stage = stage;
    this.readOnBytes = 0;
    this.catchUps = 1;
    this.bytesBefore = 0;
    return { ...NO_STEP, timerMs: stage === 'catch_up' ? CATCH_UP_MS : this.drain.withinMs, upstream: 'resume' };
  }

  /** Nothing more of it is read. */
  private endReading(upstream: 'leave' | 'abort' | null): Step {
    if (this.cutOffBy !== null) return this.breakOff(this.cutOffBy);
    return this.finish('client_disconnected', upstream, null);
  }

  /** `last` are the last bytes of the answer. */
  private complete(last: Buffer): Step {
    return this.finish('completed', 'leave', { how: 'end', bytes: last });
  }

  private breakOff(error: GatewayError): Step {
    if (!this.sent) return this.finish(statusOf(error), 'abort', null, error);
    const sentAll = this.stage === null;
    // The upstream has said itself what went wrong; a second error would only hide it.
    if (this.tap.failed && sentAll) return this.finish('upstream_error', 'abort', broken(END_OF_EVENT));
    const event = this.rules.encodeError(error, this.tap.nextSequence);
    const standsAlone = this.tap.atEventBoundary && sentAll;
    return this.finish(brokenOff(error), 'abort', broken(standsAlone ? event : Buffer.concat([END_OF_EVENT, event])));
  }

  private finish(
    status: RelayStatus,
    upstream: 'leave' | 'abort' | null,
    last: LastBytes,
    error: GatewayError | null = null,
  ): Step {
    this.over = true;
    const { usage, usageFinal } = this.tap;
    return { ...NO_STEP, upstream, ending: { status, usage, usageFinal, whole: status === 'completed', last, error } };
  }
}

const sending = (send: Buffer): Step => ({ timerMs: null, send, rewrite: null, upstream: null, ending: null });

const broken = (bytes: Buffer): LastBytes => ({ how: 'break', bytes });

/** A stream that was seen to begin: what was not its dialect is told apart from what ended too soon. */
function brokenOff(error: GatewayError): RelayStatus {
  if (error.code === 'upstream_timeout') return 'upstream_timeout';
  return error.code === 'upstream_invalid_response' ? 'upstream_error' : 'truncated';
}
