import { Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { Clock } from '../../platform/clock.js';
import { SecretBox } from '../../platform/secrets.js';
import { openUpstream } from '../../routing/stored-upstream.js';
import type { Upstream } from '../../routing/target.types.js';
import { AbortSource } from '../../upstream/abort-signal.js';
import { ExchangeAborted } from '../../upstream/exchange.js';
import type { ProbedModel } from '../../providers/probe.js';
import { type ProbeAnswer, UpstreamService } from '../../upstream/upstream.service.js';
import { conflict, notFound } from '../control-plane/refusals.js';
import { ModelRepository } from '../models/models.module.js';
import type { UpstreamTest } from './upstream.dto.js';
import { type UpstreamRecord, UpstreamRepository } from './upstream.repository.js';

const TIMEOUT_MS = 10_000;
const SECOND_MS = 1_000;
const CONNECTION_FAILURES: Partial<Record<GatewayError['code'], string>> = {
  upstream_unreachable: 'the upstream cannot be reached, or its address may not be called',
  upstream_timeout: 'the upstream did not answer in time',
  upstream_tls_error: 'the upstream’s certificate is not right',
  upstream_auth_error: 'no access token is to be had with the stored secret',
};

/** Calls upstreams to see whether they would serve. No customer's: nothing is reserved, counted or charged here. */
@Injectable()
export class UpstreamTestService {
  constructor(
    private readonly repository: UpstreamRepository,
    private readonly models: ModelRepository,
    private readonly upstreams: UpstreamService,
    private readonly secrets: SecretBox,
    private readonly clock: Clock,
  ) {}

  /** @throws {GatewayError} not_found; conflict where the question needs a model, and none is routed there */
  async test(id: string): Promise<UpstreamTest> {
    const stored = await this.repository.find(id);
    if (stored === null) throw notFound('upstream');
    const upstream = this.open(stored);
    if (upstream === null) {
      return { ok: false, status: null, latency_ms: 0, error: 'its secret cannot be decrypted with this master key' };
    }
    const model = await this.modelOf(stored);
    if (this.upstreams.needsModel(upstream) && model === null) {
      throw conflict(`an upstream of the kind ${upstream.kind} is tested with a model: add a route to it first`);
    }
    const begin = this.clock.monotonicMs();
    const outcome = await this.ask(upstream, model);
    return { ...outcome, latency_ms: Math.round(this.clock.monotonicMs() - begin) };
  }

  private async ask(upstream: Upstream, model: ProbedModel | null): Promise<Omit<UpstreamTest, 'latency_ms'>> {
    const signal = new AbortSource();
    const timer = setTimeout(() => signal.fire(), TIMEOUT_MS);
    try {
      return viewAnswer(await this.upstreams.probe(upstream, model, signal));
    } catch (error) {
      return { ok: false, status: null, error: sentenceOf(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  private open(stored: UpstreamRecord): Upstream | null {
    try {
      return openUpstream(stored, this.secrets);
    } catch {
      return null;
    }
  }

  private async modelOf({ routes: [route] }: UpstreamRecord): Promise<ProbedModel | null> {
    if (route === undefined) return null;
    const model = await this.models.find(route.modelId);
    return model && { name: route.upstreamModel, provider: model.provider };
  }
}

function viewAnswer({ status, detail }: ProbeAnswer): Omit<UpstreamTest, 'latency_ms'> {
  if (status >= 200 && status < 300) return { ok: true, status };
  const told = detail === null ? '' : `: ${detail}`;
  return { ok: false, status, error: `the upstream answered ${status}${told}` };
}

/** Our own words alone: what failed below may speak of addresses. */
function sentenceOf(error: unknown): string {
  if (error instanceof ExchangeAborted) return `the upstream did not answer within ${TIMEOUT_MS / SECOND_MS} seconds`;
  if (!(error instanceof GatewayError)) throw error;
  return CONNECTION_FAILURES[error.code] ?? 'the upstream did not answer as an HTTP server does';
}
