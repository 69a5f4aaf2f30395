import type { ServerResponse } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';
import type { AnswerBody } from '../upstream/decoded-body.js';
import { SharedTimer } from '../platform/shared-timers.js';
import type { Exchange } from '../upstream/exchange.js';
import { bodyFailure } from '../upstream/failures.js';
import type { ActiveStreams } from './active-streams.js';
import type { ClientConnection } from './client-connection.js';
import type { Ending, RelayCore, Step, UpstreamAction } from './relay-core.js';
import type { RelayOutcome, Settle } from './relay-outcome.js';
import { withSetHeaders } from './set-headers.js';

/** So long an upstream may take to end an answer whose last event is here. */
const LEAVE_MS = 1_000;

/** The upstream's answer: what carries it, and its bytes. */
export interface RelaySource {
  readonly exchange: Pick<Exchange, 'abort' | 'leave'>;
  readonly body: AnswerBody;
}

export interface RelayRules {
  /** Of the answer: name, value, … @param length in bytes, where it is known */
  head(length: number | null): string[];
  /** Headers of ours for this answer, asked for at the last moment: a whole answer is settled by then. */
  headers(): readonly (readonly [string, string])[];
  /** @throws where the caller's answer cannot be made of this one */
  rewrite(body: Buffer): Buffer | Promise<Buffer>;
  readonly settle: Settle;
  /** Told behind everything. */
  readonly release: (() => void) | null;
  /** of the total time, what is left */
  readonly totalMs: number;
  /** so long an upstream is silent before the caller hears a keep-alive; null where there is none */
  readonly quietMs: number | null;
  /** when the upstream was asked, in monotonic milliseconds; null where its silence is not measured */
  readonly askedAt: number | null;
}

/**
 * Carries out what the core of a relay decides: owns the timers, the upstream's body, the caller's connection and the
 * promise of the outcome. It decides nothing itself.
 */
export class Relay {
  private headSent = false;
  private firstByteAt: number | null = null;
  private firstWordAt: number | null = null;
  private timer: SharedTimer | null = null;
  private quietTimer: SharedTimer | null = null;
  /** the upstream waits for a caller who reads too slowly */
  private paused = false;
  private resolve!: (outcome: RelayOutcome) => void;
  private reject!: (error: GatewayError) => void;
  private readonly resume = () => {
    this.paused = false;
    this.source.body.resume();
  };
  private readonly interrupt = (error: GatewayError) => this.take(this.core.cutOff(error, this.paused));

  /** @param active what a shutdown waits for, and interrupts */
  constructor(
    private readonly core: RelayCore,
    private readonly source: RelaySource,
    private readonly client: ClientConnection,
    private readonly rules: RelayRules,
    private readonly active: ActiveStreams | null,
  ) {}

  private get response(): ServerResponse {
    return this.client.response;
  }

  /** Of its own, a caller who is here is waited for by the connection; this one is interrupted all the same. */
  interruptible(): this {
    this.active?.add(this.interrupt);
    return this;
  }

  /**
   * @param refusal why the answer is not read at all
   * @throws {GatewayError} of the upstream's group when it fails before a byte was sent
   */
  run(refusal: GatewayError | null): Promise<RelayOutcome> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      const { quietMs, totalMs } = this.rules;
      this.arm(totalMs);
      if (quietMs !== null) this.quietTimer = SharedTimer.every(quietMs, () => this.take(this.core.quiet()));
      if (refusal !== null) {
        this.take(this.core.failed(refusal));
        return;
      }
      this.client.onDisconnect(() => this.left());
      this.source.body.attach({
        data: chunk => this.data(chunk),
        end: () => this.take(this.core.end()),
        fail: error => this.take(this.core.failed(bodyFailure(error))),
      });
    });
  }

  private data(chunk: Buffer): void {
    const { core } = this;
    if (core.over) return;
    this.quietTimer?.refresh();
    const step = core.data(chunk);
    if (this.firstWordAt === null && core.spoke) this.firstWordAt = performance.now();
    this.take(step);
  }

  private left(): void {
    this.take(this.core.left(this.paused));
    // What is read on though its caller has left is nobody's connection any more.
    if (!this.core.over) this.active?.add(this.interrupt);
  }

  private arm(ms: number): void {
    this.timer?.cancel();
    this.timer = SharedTimer.after(ms, () => this.take(this.core.timeUp(this.paused)));
  }

  private take({ timerMs, send, rewrite, upstream, ending }: Step): void {
    if (this.firstByteAt === null && this.core.begun) this.firstByteAt = performance.now();
    if (timerMs !== null) this.arm(timerMs);
    if (send !== null) this.send(send);
    if (rewrite !== null) this.rewrite(rewrite);
    if (upstream !== null) this.steer(upstream);
    if (ending !== null) this.finish(ending);
  }

  private send(bytes: Buffer): void {
    if (!this.headSent) this.writeHead(null);
    if (this.client.write(bytes, this.resume)) return;
    this.paused = true;
    this.source.body.pause();
  }

  private writeHead(length: number | null): void {
    this.headSent = true;
    const headers = this.rules.head(length);
    for (const [name, value] of this.rules.headers()) headers.push(name, value);
    this.response.writeHead(200, withSetHeaders(this.response, headers));
  }

  private rewrite(body: Buffer): void {
    const made = (bytes: Buffer) => this.take(this.core.rewritten(bytes));
    const notMade = (error: unknown) =>
      this.take(
        this.core.failed(error instanceof GatewayError ? error : new GatewayError('internal_error', { cause: error })),
      );
    let bytes: Buffer | Promise<Buffer>;
    try {
      bytes = this.rules.rewrite(body);
    } catch (error) {
      notMade(error);
      return;
    }
    if (bytes instanceof Promise) bytes.then(made, notMade);
    else made(bytes);
  }

  private steer(action: UpstreamAction): void {
    if (action === 'resume') this.resume();
    else if (action === 'leave') this.source.exchange.leave(LEAVE_MS);
    else this.source.exchange.abort();
  }

  private finish(ending: Ending): void {
    this.timer?.cancel();
    this.quietTimer?.cancel();
    if (ending.last?.how === 'destroy') this.response.destroy();
    void this.settle(ending, this.outcomeOf(ending));
  }

  private outcomeOf({ status, usage, usageFinal, whole, error }: Ending): RelayOutcome {
    const { askedAt } = this.rules;
    return {
      status,
      httpStatus: error === null ? 200 : error.status,
      usage,
      usageFinal,
      whole,
      silentMs: askedAt === null ? 0 : (this.firstWordAt ?? performance.now()) - askedAt,
      answerText: () => this.core.text(),
      firstByteAt: this.firstByteAt,
    };
  }

  /** The last bytes go to a caller who is still here once what the answer cost is recorded; then its end is told. */
  private async settle({ last, error }: Ending, outcome: RelayOutcome): Promise<void> {
    await this.rules.settle(outcome);
    // A shutdown waits for what the answer cost, too.
    this.active?.delete(this.interrupt);
    if (!this.client.disconnected && last !== null && last.how !== 'destroy') {
      if (last.how === 'end' && !this.headSent) this.writeHead(last.bytes.length);
      if (last.how === 'end') this.client.end(last.bytes);
      else this.client.destroyAfter(last.bytes);
    }
    this.rules.release?.();
    if (error === null) this.resolve(outcome);
    else this.reject(error);
  }
}
