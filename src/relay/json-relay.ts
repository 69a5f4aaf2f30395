import type { ServerResponse } from 'node:http';
import type { AnswerState } from '../dialects/descriptor.js';
import type { StreamedText } from '../dialects/stream-tap.js';
import { TextSample } from '../dialects/text-sample.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { ScrubbedPieces } from '../platform/known-secrets.js';
import { type AnswerBody, decodedBody } from '../upstream/decoded-body.js';
import { bodyFailure } from '../upstream/failures.js';
import type { Answer } from '../upstream/upstream.service.js';
import type { ActiveStreams } from './active-streams.js';
import type { ClientConnection } from './client-connection.js';
import type { JsonRelayRules, JsonRelayTimes } from './json-relay-rules.js';
import { usageIn } from './json-usage.js';
import { LargeAnswer } from './large-answer.js';
import {
  answerTooLong,
  type RelayOutcome,
  refusalOf,
  type RelayStatus,
  sendWhenSettled,
  statusOf,
} from './relay-outcome.js';
import { withSetHeaders } from './set-headers.js';

/** Up to here an answer is held until it is whole, so that a broken one becomes an honest 502. */
const WHOLE_UP_TO_BYTES = 4_194_304;
/** A rewritten answer is held whole, however long; beyond this it is no answer. */
const REWRITTEN_UP_TO_BYTES = 67_108_864;

/**
 * Relays an answer that is not streamed: byte for byte, in one write when it is small, as it arrives when it is large.
 * @throws {GatewayError} of the upstream's group when the answer breaks before a byte of it was sent
 * @param active what a shutdown waits for: a caller who is here is waited for by the connection, and needs no place there
 */
export function relayJson(
  answer: Answer,
  client: ClientConnection,
  rules: JsonRelayRules,
  times: JsonRelayTimes,
  active: ActiveStreams | null = null,
): Promise<RelayOutcome> {
  return new JsonRelay(answer, client, rules, times, active).run();
}

class JsonRelay {
  private readonly response: ServerResponse;
  private readonly body: AnswerBody;
  private readonly pieces: ScrubbedPieces;
  private held: Buffer[] = [];
  private size = 0;
  /** set once it is too long to be held */
  private large: LargeAnswer | null = null;
  private firstByteAt: number | null = null;
  private settle!: (outcome: RelayOutcome) => void;
  private reject!: (error: GatewayError) => void;
  private over = false;
  private state: AnswerState = 'ended';
  private timer: NodeJS.Timeout | undefined;
  /** bytes that were read since the caller left; null while the caller is here */
  private drained: number | null = null;
  private readonly interrupt = () => this.abandon();

  constructor(
    private readonly answer: Answer,
    private readonly client: ClientConnection,
    private readonly rules: JsonRelayRules,
    private readonly times: JsonRelayTimes,
    private readonly active: ActiveStreams | null,
  ) {
    this.response = client.response;
    this.body = decodedBody(answer.exchange, answer.headers.contentEncoding);
    this.pieces = answer.secrets.pieces();
  }

  run(): Promise<RelayOutcome> {
    const { headers } = this.answer;
    return new Promise((resolve, reject) => {
      this.settle = resolve;
      this.reject = reject;
      this.timer = setTimeout(() => this.broken(new GatewayError('upstream_timeout')), this.times.totalMs);
      const refusal = refusalOf(headers, isJson(headers.contentType), this.rules.maxBytes);
      if (refusal !== null) {
        this.broken(refusal);
        return;
      }
      this.client.onDeparture(() => this.left());
      this.body.attach({
        data: chunk => this.data(chunk),
        end: () => this.end(),
        fail: error => this.broken(bodyFailure(error)),
      });
    });
  }

  private data(chunk: Buffer): void {
    if (this.over) return;
    this.size += chunk.length;
    if (this.drained !== null && (this.drained += chunk.length) > this.times.disconnectDrain.maxBytes) {
      this.abandon();
      return;
    }
    if (this.size > this.rules.maxBytes) {
      this.broken(answerTooLong());
      return;
    }
    if (this.large === null) {
      this.held.push(chunk);
      if (this.rules.rewrite !== null) this.boundRewritten(chunk.length);
      else if (this.size > WHOLE_UP_TO_BYTES) this.beginLarge();
      return;
    }
    this.large.add(chunk);
    this.send(chunk);
  }

  private boundRewritten(more: number): void {
    const error =
      this.size > REWRITTEN_UP_TO_BYTES
        ? new GatewayError('upstream_invalid_response', { internal: 'too long an answer to translate' })
        : (this.rules.hold?.take(more) ?? null);
    if (error !== null) this.broken(error);
  }

  private beginLarge(): void {
    const begin = Buffer.concat(this.held);
    const large = LargeAnswer.of(begin, this.rules);
    if (large === null) {
      this.broken(new GatewayError('upstream_invalid_response', { internal: 'the answer is no JSON object' }));
      return;
    }
    this.held = [];
    this.large = large;
    this.state = this.rules.readState?.(begin) ?? 'ended';
    if (this.drained === null) this.writeHead(null);
    this.send(begin);
  }

  private end(): void {
    if (this.over) return;
    const { whole, usage } = this.usage();
    if (!whole) {
      this.broken(new GatewayError('upstream_invalid_response', { internal: 'the answer is no whole JSON object' }));
      return;
    }
    if (this.large !== null) {
      this.ended(usage, () => this.client.end(this.pieces.end()));
      return;
    }
    const body = this.whole();
    this.state = this.rules.readState?.(body) ?? 'ended';
    const sent = this.drained === null ? this.rewritten(body) : body;
    if (sent instanceof Promise) {
      sent.then(
        bytes => this.sendWhole(bytes, usage),
        (error: unknown) => this.notRewritten(error),
      );
    } else if (sent !== null) this.sendWhole(sent, usage);
  }

  private sendWhole(sent: Buffer, usage: TokenCounts | null): void {
    this.ended(usage, () => {
      this.writeHead(sent.length);
      this.client.end(sent);
    });
  }

  private usage(): { readonly whole: boolean; readonly usage: TokenCounts | null } {
    const { large } = this;
    return large === null ? usageIn(this.whole(), this.rules) : { whole: large.whole, usage: large.usage() };
  }

  /** What came so far, in one piece. */
  private whole(): Buffer {
    const [only] = this.held;
    const body = this.held.length === 1 && only !== undefined ? only : Buffer.concat(this.held);
    this.held = [body];
    return body;
  }

  /** All of the answer is here. */
  private ended(usage: TokenCounts | null, send: () => void): void {
    const status =
      this.drained === null ? (this.state === 'failed' ? 'upstream_error' : 'completed') : 'client_disconnected';
    const pending = this.state === 'pending';
    this.finish(
      // Without usage nothing tells what a long answer holds behind its beginning.
      { status, usage, usageFinal: usage !== null && !pending, whole: !pending && (usage !== null || !this.large) },
      send,
    );
  }

  /** Null when it could not be rewritten: then the caller has been told. */
  private rewritten(body: Buffer): Buffer | Promise<Buffer> | null {
    try {
      const { rules } = this;
      const made = rules.rewrite === null ? body : rules.rewrite(body);
      return made instanceof Promise ? made.then(bytes => rules.scrub(bytes)) : rules.scrub(made);
    } catch (error) {
      this.notRewritten(error);
      return null;
    }
  }

  private notRewritten(error: unknown): void {
    this.broken(error instanceof GatewayError ? error : new GatewayError('internal_error', { cause: error }));
  }

  private writeHead(length: number | null): void {
    this.firstByteAt ??= performance.now();
    const headers: string[] = ['content-type', 'application/json'];
    if (length !== null) headers.push('content-length', String(length));
    for (const [name, value] of this.rules.headers()) headers.push(name, value);
    this.response.writeHead(200, withSetHeaders(this.response, headers));
  }

  private send(chunk: Buffer): void {
    if (this.drained !== null) return;
    if (!this.client.write(this.pieces.push(chunk), () => this.body.resume())) this.body.pause();
  }

  private broken(error: GatewayError): void {
    if (this.over) return;
    if (this.drained !== null) {
      this.abandon();
      return;
    }
    this.answer.exchange.abort();
    if (this.firstByteAt === null) {
      this.finish({ ...this.part(statusOf(error)), httpStatus: error.status }, () => undefined, error);
      return;
    }
    this.response.destroy();
    this.finish(this.part(error.code === 'upstream_timeout' ? 'upstream_timeout' : 'truncated'));
  }

  /** An answer that has begun to come is made by now: the rest of it tells what it cost. */
  private left(): void {
    if (this.over || this.drained !== null) return;
    const { withinMs } = this.times.disconnectDrain;
    if (this.size === 0 || withinMs === 0) {
      this.abandon();
      return;
    }
    this.drained = 0;
    this.active?.add(this.interrupt);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.abandon(), withinMs);
    this.body.resume();
  }

  private abandon(): void {
    this.answer.exchange.abort();
    this.finish(this.part('client_disconnected'));
  }

  /** The answer is not whole. A usage that stands in it all the same was counted; it is final where the object is closed. */
  private part(status: RelayStatus): Ending {
    const { whole, usage } = this.usage();
    return { status, usage, usageFinal: whole && usage !== null && this.state !== 'pending', whole: false };
  }

  /**
   * `send` sends the last bytes, once what they cost is recorded.
   * @param error what the caller is told in the place of an answer
   */
  private finish(ending: Ending, send: () => void = () => undefined, error: GatewayError | null = null): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    this.active?.delete(this.interrupt);
    const outcome: RelayOutcome = {
      httpStatus: 200,
      silentMs: 0,
      ...ending,
      answerText: () => this.text(),
      firstByteAt: this.firstByteAt ?? (ending.status === 'completed' ? performance.now() : null),
    };
    const tell = () => {
      this.rules.hold?.release();
      if (error === null) this.settle(outcome);
      else this.reject(error);
    };
    void sendWhenSettled(this.rules.settle(outcome), this.client, send, tell);
  }

  private text(): StreamedText {
    if (this.large !== null) return this.large.text();
    const sample = new TextSample();
    sample.add(this.whole());
    return sample.read();
  }
}

type Ending = Pick<RelayOutcome, 'status' | 'usage' | 'usageFinal' | 'whole'> & { readonly httpStatus?: number };

function isJson(contentType: string): boolean {
  return contentType === 'application/json' || contentType.endsWith('+json');
}
