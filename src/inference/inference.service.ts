import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { SharedTimer } from '../platform/shared-timers.js';
import { ActiveStreams } from '../relay/active-streams.js';
import { ClientConnection } from '../relay/client-connection.js';
import { relayJson } from '../relay/json-relay.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';
import { relayStream } from '../relay/stream-relay.js';
import { RoutingService } from '../routing/routing.service.js';
import { AbortSource } from '../upstream/abort-signal.js';
import { jsonRules, streamRules } from './answer-rules.js';
import type { Attempt } from './attempt.js';
import type { InferenceRequest } from './inference-request.js';
import { prepareCall } from './prepare-call.js';
import { SettlementService } from './settlement.service.js';
import { type Answered, mayBeDifferentElsewhere, type Question, TargetLoop } from './target-loop.js';
import { type RequestTranslation, Translations } from './translating/translations.service.js';
import type { Target } from '../routing/target.types.js';
import type { DialectDescriptor } from '../dialects/descriptor.js';

const MAX_DRAINED_BYTES = 4_194_304;

/** What one request's answer needs from its beginning to its end. */
interface Answering {
  readonly request: InferenceRequest;
  readonly caller: DialectDescriptor;
  readonly client: ClientConnection;
  readonly translation: RequestTranslation;
  /** monotonic milliseconds */
  readonly askedAt: number;
}

/** A failure that a target told in its answer, where another target may not have it. */
class ToldFailure {
  error: GatewayError | undefined;
}

/** The last third of the request pipeline, the same for every dialect: plan targets, ask them in turn, relay the answer. */
@Injectable()
export class InferenceService {
  constructor(
    private readonly config: AppConfig,
    private readonly routing: RoutingService,
    private readonly loop: TargetLoop,
    private readonly settlement: SettlementService,
    private readonly active: ActiveStreams,
    private readonly translations: Translations,
  ) {}

  /**
   * Answers a request whose quota is reserved. Null when the caller left before there was an answer.
   * @throws {GatewayError} of the upstream's group, as long as nothing was sent
   */
  async answer(
    request: InferenceRequest,
    response: ServerResponse,
    caller: DialectDescriptor,
  ): Promise<RelayOutcome | null> {
    const client = new ClientConnection(response, this.config.timeouts.writeStallMs);
    const translation = this.translations.of(request);
    const answering = { request, caller, client, translation, askedAt: performance.now() };
    try {
      await this.settlement.begin(request);
      return await this.answerFrom(this.routing.plan(request.model), answering);
    } catch (error) {
      if (error instanceof GatewayError && client.disconnected) return null;
      throw error;
    } finally {
      translation.release();
    }
  }

  /** From one target after the other, where what one told in its answer is a failure that the next may not have. */
  private async answerFrom(targets: readonly Target[], answering: Answering): Promise<RelayOutcome | null> {
    const attempts = answering.request.work?.attempts ?? [];
    for (let rest = targets; ;) {
      const answered = await this.ask(rest, answering, attempts);
      if (answered === null) return null;
      rest = rest.filter(target => !attempts.some(attempt => attempt.target === target));
      const told = rest.length > 0 ? new ToldFailure() : null;
      try {
        return await this.relay(answered, answering, told);
      } catch (error) {
        const failure = told?.error;
        if (failure === undefined || failure !== error || answering.request.work?.recorded === true) throw error;
        this.loop.failedAfterAll(answering.request, answered, failure);
      }
    }
  }

  /** Null when the caller left. Waiting for a free connection to the upstream is part of the total time. */
  private async ask(
    targets: readonly Target[],
    { request, caller, client, translation, askedAt }: Answering,
    attempts: Attempt[],
  ): Promise<Answered | null> {
    const { translations } = this;
    const signal = new AbortSource();
    let timedOut = false;
    const timer = SharedTimer.after(this.msLeft(askedAt), () => {
      timedOut = true;
      signal.fire();
    });
    client.onDisconnect(() => signal.fire());
    const question: Question = {
      request,
      operation: 'generate',
      targets,
      prepare: (target, isLast) => prepareCall(translation, { caller, target, isLast }, translations, signal),
      ranOut: () => timedOut,
    };
    try {
      const answered = await this.loop.firstAnswer(question, signal, attempts);
      if (answered === null && timedOut) throw new GatewayError('upstream_timeout');
      return answered;
    } finally {
      timer.cancel();
    }
  }

  /** Of the total time. */
  private msLeft(askedAt: number): number {
    return Math.max(1, askedAt + this.config.timeouts.totalMs - performance.now());
  }

  /** @param told where another target is left: what this one told of its failure is settled with that one's answer */
  private relay(answered: Answered, answering: Answering, told: ToldFailure | null): Promise<RelayOutcome> {
    const { request, caller, client, translation, askedAt } = answering;
    const { answer } = answered;
    const settle = async (outcome: RelayOutcome) => {
      if (told?.error !== undefined && outcome.usage === null) return;
      await this.settlement.settleOutcome(request, outcome);
    };
    const noted = (error: GatewayError) => {
      if (told !== null && mayBeDifferentElsewhere(error)) told.error = error;
      return error;
    };
    const { maxAnswerBytes: maxBytes, supportContact } = this.config;
    const common = { settle, maxBytes, supportContact, noted };
    const { keepAliveCommentMs, disconnectDrainMs } = this.config.timeouts;
    const totalMs = this.msLeft(askedAt);
    const disconnectDrain = { withinMs: disconnectDrainMs, maxBytes: MAX_DRAINED_BYTES };
    if (!request.wire.stream) {
      const rules = jsonRules(answered, translation, caller, this.translations, common);
      return relayJson(answer, client, rules, { totalMs, disconnectDrain }, this.active);
    }
    const rules = streamRules(answered, translation, caller, this.translations, common);
    return relayStream(answer, client, rules, { totalMs, keepAliveCommentMs, askedAt, disconnectDrain }, this.active);
  }
}
