import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { isTriedElsewhere } from '../errors/provider-failure.js';
import { logEntryOf } from '../errors/log-entry.js';
import { describeCause, Log } from '../platform/logging.js';
import { Clock } from '../platform/clock.js';
import { Metrics } from '../platform/metrics.js';
import type { CircuitFailure } from '../routing/circuit.js';
import { CircuitsService } from '../routing/circuits.service.js';
import { RoutingService } from '../routing/routing.service.js';
import type { Target } from '../routing/target.types.js';
import type { Abortable } from '../upstream/abort-signal.js';
import type { Operation } from '../providers/provider.js';
import { type Answer, type SendResult, UpstreamService } from '../upstream/upstream.service.js';
import { Attempt, type AttemptOutcome, type PreparedCall } from './attempt.js';
import { blameOf, SILENCE } from './blame.js';
import type { InferenceRequest } from './inference-request.js';

/** What is asked of the targets. */
export interface Question {
  readonly request: InferenceRequest;
  readonly operation: Operation;
  readonly targets: readonly Target[];
  /**
   * @param isLast no other target is asked after it
   * @throws {GatewayError} where the request cannot be put to this target
   */
  prepare(target: Target, isLast: boolean): PreparedCall | Promise<PreparedCall>;
  /** Whether the signal fired because the time is over, and not because the caller left. */
  ranOut?(): boolean;
}

/** A target's answer, and the attempt that brought it. */
export interface Answered {
  readonly attempt: Attempt;
  readonly answer: Answer;
}

const ANSWERED: AttemptOutcome = { kind: 'answer', reach: 'taken', error: null };
const NONE: readonly Target[] = [];
const LEFT = { kind: 'aborted', reach: 'unsent' } as const;

/** Puts a question to one target after the other. */
@Injectable()
export class TargetLoop {
  constructor(
    private readonly routing: RoutingService,
    private readonly upstreams: UpstreamService,
    private readonly circuits: CircuitsService,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /**
   * Tries the targets in turn, those that keep failing behind the others (decision 23), until one answers 2xx. A failure that
   * another target might not have moves on to it, unless the one that failed may be at work all the same (decision 17); the
   * last failure is the caller's. Nothing has been sent to the caller yet (decision D7).
   * @param attempts takes each one as it begins
   * @returns null when `signal` fires first
   * @throws {GatewayError} of the upstream's group
   */
  async firstAnswer(question: Question, signal: Abortable, attempts: Attempt[]): Promise<Answered | null> {
    const { targets } = question;
    let skipped = NONE;
    let last: GatewayError | null = null;
    for (let index = 0; ; index += 1) {
      const target = targets[index] ?? skipped[index - targets.length];
      if (target === undefined) break;
      const attempt = new Attempt(target, this.clock.monotonicMs());
      if (!this.admits(attempt, question.operation, index >= targets.length)) {
        skipped = [...skipped, target];
        continue;
      }
      attempts.push(attempt);
      let result: SendResult;
      try {
        const prepared = question.prepare(target, index === targets.length + skipped.length - 1);
        attempt.prepared = prepared instanceof Promise ? await prepared : prepared;
        result = await this.send(question, attempt.prepared, target, signal);
      } catch (error) {
        result = this.unprepared(attempt, error, signal);
      }
      if (result.kind === 'answer') {
        attempt.end(ANSWERED, result.answer.status);
        this.circuits.succeeded(attempt);
        return { attempt, answer: result.answer };
      }
      const { kind, reach } = result;
      const error = kind === 'failure' ? result.error : null;
      attempt.end({ kind, reach, error });
      if (error === null) {
        // The first one had all of the time.
        const hung = reach === 'taken' && attempts.length === 1 && question.ranOut?.() === true;
        this.judge(attempt, hung ? SILENCE : null, 'upstream_timeout');
        return null;
      }
      this.note(question.request, target, error);
      this.judge(attempt, blameOf(error, reach, this.clock.now()), error.code);
      last = error;
      if (reach === 'taken' || !mayBeDifferentElsewhere(error)) break;
    }
    throw last ?? new GatewayError('upstream_model_unavailable', { internal: 'no upstream serves this model' });
  }

  /** That tokens are counted says nothing of answers, nor the other way round. */
  private admits(attempt: Attempt, operation: Operation, isLeft: boolean): boolean {
    if (operation === 'generate') return this.circuits.admits(attempt, isLeft);
    return isLeft || this.circuits.isClosed(attempt.target);
  }

  /**
   * A request that could not be put to a target: the caller left meanwhile, or the target cannot be asked it.
   * @throws what is a fault of ours
   */
  private unprepared(attempt: Attempt, error: unknown, signal: Abortable): SendResult {
    if (attempt.prepared === null && signal.aborted) return LEFT;
    if (attempt.prepared === null && error instanceof GatewayError) return { kind: 'failure', error, reach: 'unsent' };
    this.circuits.released(attempt);
    throw error;
  }

  /** @param failure null where what happened says nothing of the target */
  private judge(attempt: Attempt, failure: CircuitFailure | null, code: string): void {
    if (failure === null) this.circuits.released(attempt);
    else this.circuits.failed(attempt, failure, code);
  }

  /** What an upstream does is a result and never an exception. */
  private send(
    { request, operation }: Question,
    { call }: PreparedCall,
    target: Target,
    signal: Abortable,
  ): Promise<SendResult> {
    const secrets = this.routing.knownSecrets;
    const common = { operation, secrets, callerHeaders: request.headers, stream: request.wire.stream };
    return this.upstreams.send(target, call, common, signal);
  }

  /** The target's answer was a failure for all its status of 200, and nothing of it was sent: the next one may be asked. */
  failedAfterAll(request: Pick<InferenceRequest, 'requestId'>, { attempt }: Answered, error: GatewayError): void {
    attempt.end({ kind: 'failure', reach: 'refused', error }, attempt.status);
    this.note(request, attempt.target, error);
    const failure = blameOf(error, 'refused', this.clock.now());
    if (failure !== null) this.circuits.takenBack(attempt, failure, error.code);
  }

  /** What the caller is to blame for was not asked here at all. */
  private note({ requestId }: Pick<InferenceRequest, 'requestId'>, target: Target, error: GatewayError): void {
    if (error.row.owner === 'caller') return;
    const { level, message } = logEntryOf(error);
    this.metrics.upstreamErrors.inc({ upstream: target.upstream.name, code: error.code });
    this.log[level](message, {
      requestId,
      upstream: target.upstream.name,
      model: target.model,
      code: error.code,
      cause: describeCause(error),
    });
  }
}

/** What the request itself is to blame for would fail everywhere. */
export function mayBeDifferentElsewhere(error: GatewayError): boolean {
  return error.row.owner !== 'caller' && isTriedElsewhere(error.code);
}
