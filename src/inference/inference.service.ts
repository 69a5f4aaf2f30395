import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ActiveStreams } from '../relay/active-streams.js';
import { ClientConnection } from '../relay/client-connection.js';
import { relayJson } from '../relay/json-relay.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';
import { relayStream } from '../relay/stream-relay.js';
import { RoutingService } from '../routing/routing.service.js';
import { CallerDeparture } from '../upstream/departure.js';
import { ExchangeAborted } from '../upstream/exchange.js';
import { type Answer, type UpstreamRequest, UpstreamService } from '../upstream/upstream.service.js';
import { answerHeaders } from './answer-headers.js';
import { jsonRules, streamRules } from './answer-rules.js';
import { callFor } from './target-call.js';
import type { InferenceRequest } from './inference-request.js';
import { SettlementService } from './settlement.service.js';
import { Translations } from './translating/translations.service.js';
import type { WireDialect } from './wire-dialect.js';

const MAX_DRAINED_BYTES = 4_194_304;

/** The corridor's last third, the same for every dialect: plan targets, send, relay. */
@Injectable()
export class InferenceService {
  constructor(
    private readonly config: AppConfig,
    private readonly routing: RoutingService,
    private readonly upstreams: UpstreamService,
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
    dialect: WireDialect,
  ): Promise<RelayOutcome | null> {
    const client = new ClientConnection(response, this.config.timeouts.writeStallMs);
    const askedAt = performance.now();
    try {
      const answer = await this.send(request, dialect, client);
      return await this.relay(request, answer, { client, dialect, askedAt });
    } catch (error) {
      if (error instanceof ExchangeAborted || (error instanceof GatewayError && client.departed)) return null;
      throw error;
    }
  }

  /** Waiting for a free connection to the upstream is part of the total time. */
  private async send(request: InferenceRequest, dialect: WireDialect, client: ClientConnection): Promise<Answer> {
    const stop = new CallerDeparture();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      stop.fire();
    }, this.config.timeouts.totalMs);
    client.onDeparture(() => stop.fire());
    try {
      this.settlement.begin(request, dialect.name);
      return await this.upstreams.send(this.upstreamRequest(request, dialect), stop);
    } catch (error) {
      throw timedOut && error instanceof ExchangeAborted ? new GatewayError('upstream_timeout') : error;
    } finally {
      clearTimeout(timer);
    }
  }

  private upstreamRequest(request: InferenceRequest, dialect: WireDialect): UpstreamRequest {
    const targets = this.routing.plan(request.model);
    const last = targets.at(-1);
    return {
      operation: 'generate',
      targets,
      secrets: this.routing.knownSecrets,
      callerHeaders: request.headers,
      stream: request.wire.stream,
      callFor: (target, left) => callFor(request, dialect, target, this.translations, left, target === last),
      onAttempt: ({ upstream, model }, { dialect: spoken }) => {
        request.attempted = { upstream: upstream.name, model, dialect: spoken, mayHaveWorked: true };
      },
      onUnserved: () => {
        if (request.attempted !== undefined) request.attempted = { ...request.attempted, mayHaveWorked: false };
      },
    };
  }

  private relay(
    request: InferenceRequest,
    answer: Answer,
    { client, dialect, askedAt }: { client: ClientConnection; dialect: WireDialect; askedAt: number },
  ): Promise<RelayOutcome> {
    const settle = (outcome: RelayOutcome) => this.settlement.settleOutcome(request, dialect.name, outcome);
    const headers = () => answerHeaders(request, answer);
    const { maxAnswerBytes: maxBytes } = this.config;
    const { keepAliveCommentMs, disconnectDrainMs, totalMs: wholeMs } = this.config.timeouts;
    const totalMs = Math.max(1, askedAt + wholeMs - performance.now());
    const disconnectDrain = { withinMs: disconnectDrainMs, maxBytes: MAX_DRAINED_BYTES };
    if (!request.wire.stream) {
      const rules = { ...jsonRules(request, answer, dialect, this.translations), headers, maxBytes, settle };
      return relayJson(answer, client, rules, { totalMs, disconnectDrain }, this.active);
    }
    const rules = { ...streamRules(request, answer, dialect, this.translations), headers, maxBytes, settle };
    return relayStream(answer, client, rules, { totalMs, keepAliveCommentMs, askedAt, disconnectDrain }, this.active);
  }
}
