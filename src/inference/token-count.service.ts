import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { AppConfig } from '../config/app-config.js';
import type { JsonObject } from '../dialects/neutral/neutral.types.js';
import { isObject } from '../dialects/wire/field-reader.js';
import { GatewayError } from '../errors/gateway-error.js';
import { estimateTokens } from '../metering/tokenizer.js';
import { ClientConnection } from '../relay/client-connection.js';
import { relayJson } from '../relay/json-relay.js';
import { CAPABILITIES } from '../routing/capabilities.js';
import { RoutingService } from '../routing/routing.service.js';
import type { Target } from '../routing/target.types.js';
import { CallerDeparture } from '../upstream/departure.js';
import { ExchangeAborted } from '../upstream/exchange.js';
import { UpstreamService } from '../upstream/upstream.service.js';
import { answerHeaders, ownLimitHeaders } from './answer-headers.js';
import { countNeutralTokens } from './count-neutral-tokens.js';
import type { InferenceRequest } from './inference-request.js';
import { callFor } from './target-call.js';
import { decodeBody } from './translation.js';
import type { WireDialect } from './wire-dialect.js';

/** How many tokens a request has: asked of the provider where it counts them, else reckoned here. Costs nothing. */
@Injectable()
export class TokenCountService {
  constructor(
    private readonly config: AppConfig,
    private readonly routing: RoutingService,
    private readonly upstreams: UpstreamService,
  ) {}

  /** @throws {GatewayError} invalid_request for a body that is no request of the dialect */
  async answer(request: InferenceRequest, response: ServerResponse, dialect: WireDialect): Promise<void> {
    const counting = this.routing.plan(request.model).filter(target => counts(target, request, dialect));
    if (counting.length > 0 && (await this.ask(request, response, dialect, counting))) return;
    this.reckon(request, response, dialect);
  }

  /** False when no provider could tell: an answer that is nearly right is worth more than none. */
  private async ask(
    request: InferenceRequest,
    response: ServerResponse,
    dialect: WireDialect,
    targets: readonly Target[],
  ): Promise<boolean> {
    const client = new ClientConnection(response, this.config.timeouts.writeStallMs);
    const stop = new CallerDeparture();
    client.onDeparture(() => stop.fire());
    try {
      const answer = await this.upstreams.send(
        {
          operation: 'count-tokens',
          targets,
          secrets: this.routing.knownSecrets,
          callerHeaders: request.headers,
          stream: false,
          callFor: target => callFor(request, dialect, target),
          onAttempt: () => undefined,
          onUnserved: () => undefined,
        },
        stop,
      );
      const headers = () => answerHeaders(request, answer);
      const rules = {
        usageFields: {},
        readUsage: () => null,
        readState: null,
        rewrite: null,
        scrub: (bytes: Buffer) => answer.secrets.scrubAnswer(bytes),
        headers,
        settle: async () => undefined,
      };
      const disconnectDrain = { withinMs: 0, maxBytes: 0 };
      await relayJson(answer, client, rules, { totalMs: this.config.timeouts.totalMs, disconnectDrain });
      return true;
    } catch (error) {
      if (error instanceof ExchangeAborted || client.departed) return true;
      if (error instanceof GatewayError && error.row.owner === 'upstream' && error.status !== 400) return false;
      throw error;
    }
  }

  private reckon(request: InferenceRequest, response: ServerResponse, dialect: WireDialect): void {
    if (dialect.codec === null) throw new GatewayError('internal_error', { internal: 'this dialect counts nothing' });
    const { request: neutral } = decodeBody(request, dialect.codec, countable(request, dialect));
    const tokens = countNeutralTokens(neutral, estimateTokens);
    const body = JSON.stringify(
      dialect.name === 'anthropic_messages' ? { input_tokens: tokens } : { totalTokens: tokens },
    );
    response.setHeader('content-type', 'application/json');
    response.setHeader('content-length', Buffer.byteLength(body));
    response.setHeader('x-bough-estimated', 'true');
    for (const [name, value] of ownLimitHeaders(request)) response.setHeader(name, value);
    response.end(body);
  }
}

function counts({ upstream }: Target, { model }: InferenceRequest, { name }: WireDialect): boolean {
  const row = CAPABILITIES[upstream.kind];
  return row.countsTokens.has(name) && row.dialects(model).has(name);
}

/** A count is asked for without the bound that an answer needs, and Google may wrap the request. */
function countable({ wire }: InferenceRequest, { name }: WireDialect): JsonObject {
  const body = JSON.parse(wire.body.toString('utf8')) as JsonObject;
  if (name === 'anthropic_messages') return { max_tokens: 1, ...body };
  const { generateContentRequest: inner } = body;
  return isObject(inner) ? inner : body;
}
