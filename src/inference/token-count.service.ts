import { nameAnswer } from '../platform/http/edge.middleware.js';
import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ClientConnection } from '../relay/client-connection.js';
import { relayJson } from '../relay/json-relay.js';
import { capabilitiesOf } from '../routing/capabilities.js';
import { RoutingService } from '../routing/routing.service.js';
import type { Target } from '../routing/target.types.js';
import { AbortSource } from '../upstream/abort-signal.js';
import { answerHeaders, ownLimitHeaders } from './answer-headers.js';
import { TokenCounter } from './counting/token-counter.service.js';
import { estimateInputTokens } from './estimate.js';
import type { InferenceRequest } from './inference-request.js';
import { prepareCall } from './prepare-call.js';
import { type Question, TargetLoop } from './target-loop.js';
import { Translations } from './translating/translations.service.js';
import type { DialectDescriptor } from '../dialects/descriptor.js';

/** How many tokens a request has: asked of the provider where it counts them, else counted here. Costs nothing. */
@Injectable()
export class TokenCountService {
  constructor(
    private readonly config: AppConfig,
    private readonly routing: RoutingService,
    private readonly loop: TargetLoop,
    private readonly counter: TokenCounter,
    private readonly translations: Translations,
  ) {}

  /** @throws {GatewayError} invalid_request for a body that is no request of the dialect */
  async answer(request: InferenceRequest, response: ServerResponse, dialect: DialectDescriptor): Promise<void> {
    const counting = this.routing.plan(request.model).filter(target => counts(target, request, dialect));
    if (counting.length > 0 && (await this.ask(request, response, dialect, counting))) return;
    await this.count(request, response, dialect);
  }

  /** False when no provider could tell: an answer that is nearly right is worth more than none. */
  private async ask(
    request: InferenceRequest,
    response: ServerResponse,
    dialect: DialectDescriptor,
    targets: readonly Target[],
  ): Promise<boolean> {
    const client = new ClientConnection(response, this.config.timeouts.writeStallMs);
    const signal = new AbortSource();
    client.onDisconnect(() => signal.fire());
    const translation = this.translations.of(request);
    const prepare = (target: Target) =>
      prepareCall(translation, { caller: dialect, target }, this.translations, signal);
    const question: Question = { request, operation: 'count-tokens', targets, prepare };
    try {
      const answered = await this.loop.firstAnswer(question, signal, []);
      if (answered === null) return true;
      const { attempt, answer } = answered;
      const rules = {
        usageFields: {},
        readUsage: () => null,
        readState: null,
        readFailure: () => null,
        rewrite: null,
        hold: null,
        scrub: (bytes: Buffer) => answer.secrets.scrubAnswer(bytes),
        headers: () => answerHeaders(request, answer, attempt.prepared?.losses ?? []),
        maxBytes: this.config.maxAnswerBytes,
        settle: async () => undefined,
      };
      const disconnectDrain = { withinMs: 0, maxBytes: 0 };
      await relayJson(answer, client, rules, { totalMs: this.config.timeouts.totalMs, disconnectDrain });
      return true;
    } catch (error) {
      if (client.disconnected) return true;
      if (error instanceof GatewayError && error.row.owner === 'upstream' && error.status !== 400) return false;
      throw error;
    } finally {
      translation.release();
    }
  }

  private async count(request: InferenceRequest, response: ServerResponse, dialect: DialectDescriptor): Promise<void> {
    const { codec, counting } = dialect;
    if (codec === null || counting === null) {
      throw new GatewayError('internal_error', { internal: `${dialect.name} counts no tokens` });
    }
    const { body: wire, model, stream, modelField } = request.wire;
    const saidInPath = modelField === null ? { model, stream } : null;
    const counted = await this.counter.count({ body: wire, dialect: codec.dialect, saidInPath });
    const tokens = counted ?? estimateInputTokens(request.wire);
    const body = JSON.stringify(counting.answer(tokens));
    nameAnswer(request, response);
    response.setHeader('content-type', 'application/json');
    response.setHeader('content-length', Buffer.byteLength(body));
    response.setHeader('x-bough-estimated', 'true');
    for (const [name, value] of ownLimitHeaders(request)) response.setHeader(name, value);
    response.end(body);
  }
}

function counts({ upstream }: Target, { model }: InferenceRequest, { name }: DialectDescriptor): boolean {
  const row = capabilitiesOf(upstream.kind);
  return row.countsTokens.has(name) && row.dialects(model).has(name);
}
