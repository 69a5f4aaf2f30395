import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { isTriedElsewhere } from '../errors/provider-failure.js';
import { logEntryOf } from '../errors/log-entry.js';
import { describeCause, Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { RoutingService } from '../routing/routing.service.js';
import type { Target } from '../routing/target.types.js';
import type { Abortable } from '../upstream/abort-signal.js';
import type { Operation } from '../providers/provider.js';
import { type Answer, type SendResult, UpstreamService } from '../upstream/upstream.service.js';
import { Attempt, type AttemptOutcome, type PreparedCall } from './attempt.js';
import type { InferenceRequest } from './inference-request.js';

/** What is asked of the targets. */
export interface Question {
  readonly request: InferenceRequest;
  readonly operation: Operation;
  readonly targets: readonly Target[];
  /** @throws {GatewayError} where the request cannot be put to this target */
  prepare(target: Target): PreparedCall | Promise<PreparedCall>;
}

/** A target's answer, and the attempt that brought it. */
export interface Answered {
  readonly attempt: Attempt;
  readonly answer: Answer;
}

const ANSWERED: AttemptOutcome = { kind: 'answer', reach: 'taken', error: null };
const LEFT = { kind: 'aborted', reach: 'unsent' } as const;

/** Puts a question to one target after the other. */
@Injectable()
export class TargetLoop {
  constructor(
    private readonly routing: RoutingService,
    private readonly upstreams: UpstreamService,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /**
   * Tries the targets in turn until one answers 2xx. A failure that another target might not have moves on to it, unless
   * the one that failed may be at work all the same (decision 17); the last failure is the caller's. Nothing has been sent
   * to the caller yet (decision D7).
   * @param attempts takes each one as it begins
   * @returns null when `signal` fires first
   * @throws {GatewayError} of the upstream's group
   */
  async firstAnswer(question: Question, signal: Abortable, attempts: Attempt[]): Promise<Answered | null> {
    let last: GatewayError | null = null;
    for (const target of question.targets) {
      const attempt = new Attempt(target, performance.now());
      attempts.push(attempt);
      let result: SendResult | null = null;
      try {
        const prepared = question.prepare(target);
        attempt.prepared = prepared instanceof Promise ? await prepared : prepared;
      } catch (error) {
        result = unprepared(error, signal);
      }
      if (attempt.prepared !== null) result = await this.send(question, attempt.prepared, target, signal);
      if (result?.kind === 'answer') {
        attempt.end(ANSWERED, result.answer.status);
        return { attempt, answer: result.answer };
      }
      const { kind, reach } = result ?? LEFT;
      const error = result?.kind === 'failure' ? result.error : null;
      attempt.end({ kind, reach, error });
      if (error === null) return null;
      this.note(target, error);
      last = error;
      if (reach === 'taken' || !mayBeDifferentElsewhere(error)) break;
    }
    throw last ?? new GatewayError('upstream_model_unavailable', { internal: 'no upstream serves this model' });
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
  failedAfterAll({ attempt }: Answered, error: GatewayError): void {
    attempt.end({ kind: 'failure', reach: 'refused', error }, attempt.status);
    this.note(attempt.target, error);
  }

  /** What the caller is to blame for was not asked here at all. */
  private note(target: Target, error: GatewayError): void {
    if (error.row.owner === 'caller') return;
    const { level, message } = logEntryOf(error);
    this.metrics.upstreamErrors.inc({ upstream: target.upstream.name, code: error.code });
    this.log[level](message, {
      upstream: target.upstream.name,
      model: target.model,
      code: error.code,
      cause: describeCause(error),
    });
  }
}

/** A request that could not be put to a target: the caller left meanwhile, or the target cannot be asked it. */
function unprepared(error: unknown, signal: Abortable): SendResult {
  if (signal.aborted) return LEFT;
  if (error instanceof GatewayError) return { kind: 'failure', error, reach: 'unsent' };
  throw error;
}

/** What the request itself is to blame for would fail everywhere. */
export function mayBeDifferentElsewhere(error: GatewayError): boolean {
  return error.row.owner !== 'caller' && isTriedElsewhere(error.code);
}
