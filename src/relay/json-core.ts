import type { AnswerState } from '../dialects/descriptor.js';
import type { StreamedText } from '../dialects/stream-tap.js';
import { TextSample } from '../dialects/text-sample.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { ScrubbedPieces } from '../platform/known-secrets.js';
import type { AnswerHold } from './json-relay-rules.js';
import { usageIn, type UsageRules } from './json-usage.js';
import { LargeAnswer } from './large-answer.js';
import { type LastBytes, NO_STEP, type RelayCore, type Step } from './relay-core.js';
import { answerTooLong, type DisconnectDrain, type RelayStatus, statusOf } from './relay-outcome.js';

/** Up to here an answer is held until it is whole, so that a broken one becomes an honest 502. */
export const WHOLE_UP_TO_BYTES = 4_194_304;
/** A rewritten answer is held whole, however long; beyond this it is no answer. */
export const REWRITTEN_UP_TO_BYTES = 67_108_864;

export interface JsonCoreRules extends UsageRules {
  /** the caller's answer is made of the whole one of the upstream */
  readonly rewritten: boolean;
  /** where an answer that is rewritten is counted while it is held */
  readonly hold: Pick<AnswerHold, 'take'> | null;
  readonly readState: ((body: Buffer) => AnswerState) | null;
  /** What is wrong with a whole answer that is an error for all its status of 200; null for an answer. */
  readFailure(body: Buffer): GatewayError | null;
  /** of the answer, as plain bytes; a longer one is ended */
  readonly maxBytes: number;
  readonly disconnectDrain: DisconnectDrain;
}

/** Relays an answer that is not streamed: whole when it is small, as it arrives when it is large. */
export class JsonCore implements RelayCore {
  over = false;
  begun = false;
  readonly spoke = false;
  private held: Buffer[] = [];
  private size = 0;
  /** set once it is too long to be held */
  private large: LargeAnswer | null = null;
  private state: AnswerState = 'ended';
  private usage: TokenCounts | null = null;
  /** bytes that were read since the caller left; null while the caller is here */
  private drained: number | null = null;

  /** @param pieces takes what the caller must not see out of an answer that is sent as it arrives */
  constructor(
    private readonly rules: JsonCoreRules,
    private readonly pieces: Pick<ScrubbedPieces, 'push' | 'end'>,
  ) {}

  data(chunk: Buffer): Step {
    if (this.over) return NO_STEP;
    const { maxBytes, disconnectDrain, rewritten } = this.rules;
    this.size += chunk.length;
    if (this.drained !== null && (this.drained += chunk.length) > disconnectDrain.maxBytes) return this.abandon();
    if (this.size > maxBytes) return this.failed(answerTooLong());
    if (this.large !== null) {
      this.large.add(chunk);
      return this.sending(chunk);
    }
    this.held.push(chunk);
    if (rewritten) return this.boundRewritten(chunk.length);
    return this.size > WHOLE_UP_TO_BYTES ? this.beginLarge() : NO_STEP;
  }

  end(): Step {
    if (this.over) return NO_STEP;
    const { whole, usage } = this.readUsage();
    if (!whole) return this.failed(invalid('the answer is no whole JSON object'));
    this.usage = usage;
    if (this.large !== null) return this.ended(this.pieces.end());
    const body = this.whole();
    const failure = this.drained === null ? this.rules.readFailure(body) : null;
    if (failure !== null) return this.failed(failure);
    this.state = this.rules.readState?.(body) ?? 'ended';
    return this.drained === null ? { ...NO_STEP, rewrite: body } : this.ended(body);
  }

  rewritten(bytes: Buffer): Step {
    return this.over ? NO_STEP : this.ended(bytes);
  }

  failed(error: GatewayError): Step {
    if (this.over) return NO_STEP;
    if (this.drained !== null) return this.abandon();
    if (!this.begun) return this.broken(statusOf(error), null, error);
    const status = error.code === 'upstream_timeout' ? 'upstream_timeout' : 'truncated';
    return this.broken(status, { how: 'destroy' });
  }

  /** Nothing may stand before a JSON answer. */
  quiet(): Step {
    return NO_STEP;
  }

  /** An answer that has begun to come is made by now: the rest of it tells what it cost. */
  left(): Step {
    if (this.over || this.drained !== null) return NO_STEP;
    const { withinMs } = this.rules.disconnectDrain;
    if (this.size === 0 || withinMs === 0) return this.abandon();
    this.drained = 0;
    return { ...NO_STEP, timerMs: withinMs, upstream: 'resume' };
  }

  cutOff(error: GatewayError): Step {
    return this.failed(error);
  }

  timeUp(): Step {
    return this.failed(new GatewayError('upstream_timeout'));
  }

  text(): StreamedText {
    if (this.large !== null) return this.large.text();
    const sample = new TextSample();
    sample.add(this.whole());
    return sample.read();
  }

  private boundRewritten(more: number): Step {
    if (this.size > REWRITTEN_UP_TO_BYTES) return this.failed(invalid('too long an answer to translate'));
    const refused = this.rules.hold?.take(more) ?? null;
    return refused === null ? NO_STEP : this.failed(refused);
  }

  private beginLarge(): Step {
    const begin = this.whole();
    const large = LargeAnswer.of(begin, this.rules);
    if (large === null) return this.failed(invalid('the answer is no JSON object'));
    this.held = [];
    this.large = large;
    this.state = this.rules.readState?.(begin) ?? 'ended';
    return this.sending(begin);
  }

  private sending(bytes: Buffer): Step {
    if (this.drained !== null) return NO_STEP;
    this.begun = true;
    return { timerMs: null, send: this.pieces.push(bytes), rewrite: null, upstream: null, ending: null };
  }

  /** What came so far, in one piece. */
  private whole(): Buffer {
    const [only] = this.held;
    const body = this.held.length === 1 && only !== undefined ? only : Buffer.concat(this.held);
    this.held = [body];
    return body;
  }

  private readUsage(): { readonly whole: boolean; readonly usage: TokenCounts | null } {
    const { large } = this;
    return large === null ? usageIn(this.whole(), this.rules) : { whole: large.whole, usage: large.usage() };
  }

  /** All of the answer is here. Without usage nothing tells what a long one holds behind its beginning. */
  private ended(last: Buffer): Step {
    const { usage } = this;
    const pending = this.state === 'pending';
    const status = this.endStatus();
    this.begun ||= status === 'completed';
    this.over = true;
    const usageFinal = usage !== null && !pending;
    const whole = !pending && (usage !== null || this.large === null);
    const ending = { status, usage, usageFinal, whole, last: { how: 'end', bytes: last }, error: null } as const;
    return { ...NO_STEP, ending };
  }

  private endStatus(): RelayStatus {
    if (this.drained !== null) return 'client_disconnected';
    return this.state === 'failed' ? 'upstream_error' : 'completed';
  }

  private abandon(): Step {
    return this.broken('client_disconnected', null);
  }

  /** The answer is not whole. A usage that stands in it all the same was counted; it is final where the object is closed. */
  private broken(status: RelayStatus, last: LastBytes, error: GatewayError | null = null): Step {
    this.over = true;
    const { whole, usage } = this.readUsage();
    const usageFinal = whole && usage !== null && this.state !== 'pending';
    return { ...NO_STEP, upstream: 'abort', ending: { status, usage, usageFinal, whole: false, last, error } };
  }
}

const invalid = (internal: string) => new GatewayError('upstream_invalid_response', { internal });
