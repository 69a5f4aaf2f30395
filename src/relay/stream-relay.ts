import type { ServerResponse } from 'node:http';
import type { StreamTap } from '../dialects/stream-tap.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type AnswerBody, answerBody } from '../upstream/decoded-body.js';
import { bodyFailure } from '../upstream/failures.js';
import type { Answer } from '../upstream/upstream.service.js';
import type { ActiveStreams } from './active-streams.js';
import type { ClientConnection } from './client-connection.js';
import { CATCH_UP_MS, hasBacklog, nextReadOn, type ReadOnStage } from './read-on.js';
import {
  answerTooLong,
  type DisconnectDrain,
  type RelayOutcome,
  refusalOf,
  type RelayStatus,
  sendWhenSettled,
  statusOf,
} from './relay-outcome.js';
import { withSetHeaders } from './set-headers.js';
import type { StreamRelayRules, StreamRelayTimes } from './stream-relay-rules.js';

const NOTHING = Buffer.alloc(0);
/** What an upstream calls its stream, by its framing. */
const STREAM_TYPES = { sse: 'text/event-stream', 'aws-event-stream': 'application/vnd.amazon.eventstream' } as const;
/** So long an upstream may take to end an answer whose last event is here. */
const LEAVE_MS = 1_000;
const NO_DRAIN: DisconnectDrain = { withinMs: 0, maxBytes: 0 };
const END_OF_EVENT = Buffer.from('\n\n');

/**
 * Relays server-sent events byte for byte. The head goes out with the first event, or with the first sign of life; from
 * then on a failure is the dialect's error event and a broken connection, never a clean end (decision D7).
 * @throws {GatewayError} of the upstream's group when it fails before a byte was sent
 */
export function relayStream(
  answer: Answer,
  client: ClientConnection,
  rules: StreamRelayRules,
  times: StreamRelayTimes,
  active: ActiveStreams,
): Promise<RelayOutcome> {
  return new StreamRelay(answer, client, rules, times, active).run();
}

class StreamRelay {
  private readonly response: ServerResponse;
  private readonly body: AnswerBody;
  private readonly tap: StreamTap;
  private headSent = false;
  /** of the provider's own bytes: a sign of life is no token */
  private firstByteAt: number | null = null;
  private firstWordAt: number | null = null;
  private received = 0;
  private quietTimer!: NodeJS.Timeout;
  private totalTimer!: NodeJS.Timeout;
  private settle!: (outcome: RelayOutcome) => void;
  private reject!: (error: GatewayError) => void;
  private over = false;
  /** the upstream waits for a caller who reads too slowly */
  private paused = false;
  /** null while the caller gets what is read */
  private readOnStage: ReadOnStage | null = null;
  /** bytes that were read in this stage */
  private readOnBytes = 0;
  /** what an answer that ends gets to say its usage */
  private drain: DisconnectDrain;
  /** how the answer ends once nothing more of it is read */
  private endReading = () => this.finish('client_disconnected');
  private readonly interrupt = (error: GatewayError) => this.cutOff(error);

  constructor(
    private readonly answer: Answer,
    private readonly client: ClientConnection,
    private readonly rules: StreamRelayRules,
    private readonly times: StreamRelayTimes,
    private readonly active: ActiveStreams,
  ) {
    this.response = client.response;
    this.body = answerBody(answer);
    this.tap = rules.createTap();
    this.drain = times.disconnectDrain;
  }

  run(): Promise<RelayOutcome> {
    return new Promise((resolve, reject) => {
      this.settle = resolve;
      this.reject = reject;
      this.quietTimer = setTimeout(() => this.signOfLife(), this.times.keepAliveCommentMs);
      this.totalTimer = setTimeout(() => this.cutOff(new GatewayError('upstream_timeout')), this.times.totalMs);
      this.active.add(this.interrupt);
      const { headers } = this.answer;
      const isStream = headers.contentType === STREAM_TYPES[this.answer.framing ?? 'sse'];
      const refusal = refusalOf(headers, isStream, this.rules.maxBytes);
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
    if (this.readOnStage !== null) {
      this.readOnBytes += chunk.length;
      this.tap.push(chunk);
      this.readOn();
      return;
    }
    this.quietTimer.refresh();
    this.received += chunk.length;
    const bytes = this.tap.push(chunk);
    if (bytes.length > 0) this.firstByteAt ??= performance.now();
    if (this.firstWordAt === null && this.tap.spoke) this.firstWordAt = performance.now();
    if (this.tap.done && this.tap.atEventBoundary && !this.tap.malformed && !this.tap.stopped) {
      // The answer is whole. Some upstreams keep the connection open after it; the caller need not wait for that.
      this.complete(bytes);
      return;
    }
    if (bytes.length > 0) this.send(bytes);
    if (this.tap.malformed) {
      this.broken(new GatewayError('upstream_invalid_response', { internal: 'the stream is not of this dialect' }));
    } else if (this.tap.stopped) {
      this.broken(new GatewayError('upstream_truncated'));
    } else if (this.received > this.rules.maxBytes) this.broken(answerTooLong());
  }

  private end(): void {
    if (this.over) return;
    const { complete, tail } = this.tap.end();
    if (this.readOnStage !== null) {
      this.endReading();
      return;
    }
    if (!complete) {
      this.broken(new GatewayError('upstream_truncated'));
      return;
    }
    if (tail.length > 0) this.firstByteAt ??= performance.now();
    if (this.firstByteAt === null) {
      this.broken(new GatewayError('upstream_truncated'));
      return;
    }
    this.complete(tail);
  }

  /** `last` are the last bytes of the answer. They wait until what they cost is recorded. */
  private complete(last: Buffer): void {
    this.answer.exchange.leave(LEAVE_MS);
    this.finish('completed', () => {
      if (!this.headSent) this.writeHead();
      this.client.end(last);
    });
  }

  private send(bytes: Buffer): void {
    if (!this.headSent) this.writeHead();
    if (this.client.write(bytes, () => this.resume())) return;
    this.paused = true;
    this.body.pause();
  }

  private resume(): void {
    this.paused = false;
    this.body.resume();
  }

  private writeHead(): void {
    this.headSent = true;
    const headers = ['content-type', this.rules.contentType, 'cache-control', 'no-cache', 'x-accel-buffering', 'no'];
    for (const [name, value] of this.rules.headers()) headers.push(name, value);
    this.response.writeHead(200, withSetHeaders(this.response, headers));
  }

  /** Says that we are still here while the upstream is silent. Only between lines: a comment within one would break it. */
  private signOfLife(): void {
    if (this.over || this.readOnStage !== null) return;
    this.quietTimer.refresh();
    if (!this.headSent || this.tap.atEventBoundary) this.send(Buffer.from(`${this.rules.comment}\n\n`));
    else if (this.tap.atLineStart) this.send(Buffer.from(`${this.rules.comment}\n`));
  }

  private broken(error: GatewayError): void {
    if (this.over) return;
    if (this.readOnStage !== null) {
      this.giveUp();
      return;
    }
    if (this.tap.done) {
      // All that is missing of the answer is the blank line behind its last event, which no reader waits for.
      this.complete(NOTHING);
      return;
    }
    this.breakOff(error);
  }

  private breakOff(error: GatewayError): void {
    this.answer.exchange.abort();
    if (!this.headSent) {
      this.finish(statusOf(error), () => undefined, error);
      return;
    }
    const sentAll = this.readOnStage === null;
    if (this.tap.failed && sentAll) {
      // The upstream has said itself what went wrong; a second error would only hide it.
      this.finish('upstream_error', () => this.client.destroyAfter(END_OF_EVENT));
      return;
    }
    const event = this.rules.encodeError(error);
    const last = this.tap.atEventBoundary && sentAll ? event : Buffer.concat([END_OF_EVENT, event]);
    this.finish(brokenOff(error), () => this.client.destroyAfter(last));
  }

  /** We end a stream that may go on: what a slow caller kept from being read was made all the same, and counts. */
  private cutOff(error: GatewayError): void {
    if (this.over) return;
    if (this.readOnStage !== null || !this.paused || this.tap.done) {
      this.broken(error);
      return;
    }
    this.endReading = () => this.breakOff(error);
    this.drain = NO_DRAIN;
    this.readOn();
  }

  /** An answer that still goes on is cancelled, so that it costs no more; one that ends may say what it cost. */
  private left(): void {
    if (!this.over && this.readOnStage === null) this.readOn();
  }

  private readOn(): void {
    const { readOnStage: stage, paused, readOnBytes: bytes, drain } = this;
    const step = nextReadOn(this.tap, { stage, paused, bytes, drain });
    if (step === 'abandon') this.giveUp();
    else if (step === 'settle') {
      this.answer.exchange.leave(LEAVE_MS);
      this.endReading();
    } else if (step !== stage) this.enter(step);
  }

  private enter(stage: ReadOnStage): void {
    this.readOnStage = stage;
    this.readOnBytes = 0;
    clearTimeout(this.totalTimer);
    if (stage === 'catch_up') this.catchUp(1, 0);
    else this.totalTimer = setTimeout(() => this.giveUp(), this.drain.withinMs);
    this.resume();
  }

  private catchUp(times: number, bytesBefore: number): void {
    this.totalTimer = setTimeout(() => {
      if (hasBacklog(times, this.readOnBytes - bytesBefore)) this.catchUp(times + 1, this.readOnBytes);
      else this.giveUp();
    }, CATCH_UP_MS);
  }

  private giveUp(): void {
    this.answer.exchange.abort();
    this.endReading();
  }

  /**
   * `send` sends the last bytes, once what the answer cost is recorded.
   * @param error what the caller is told in the place of an answer
   */
  private finish(status: RelayStatus, send: () => void = () => undefined, error: GatewayError | null = null): void {
    this.stop();
    const { tap } = this;
    const outcome: RelayOutcome = {
      status,
      httpStatus: error === null ? 200 : error.status,
      usage: tap.usage,
      usageFinal: tap.usageFinal,
      whole: status === 'completed',
      silentMs: (this.firstWordAt ?? performance.now()) - this.times.askedAt,
      answerText: () => tap.streamedText(),
      firstByteAt: this.firstByteAt,
    };
    const tell = () => (error === null ? this.settle(outcome) : this.reject(error));
    void sendWhenSettled(this.rules.settle(outcome), this.client, send, tell);
  }

  private stop(): void {
    this.over = true;
    clearTimeout(this.quietTimer);
    clearTimeout(this.totalTimer);
    this.active.delete(this.interrupt);
  }
}

/** A stream that was seen to begin: what was not its dialect is told apart from what ended too soon. */
function brokenOff(error: GatewayError): RelayStatus {
  if (error.code === 'upstream_timeout') return 'upstream_timeout';
  return error.code === 'upstream_invalid_response' ? 'upstream_error' : 'truncated';
}
