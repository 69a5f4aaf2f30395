import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Dispatcher, Pool } from 'undici';
import { AppConfig } from '../config/app-config.js';
import type { Dialect } from '../dialects/dialect.js';
import { GatewayError } from '../errors/gateway-error.js';
import { logEntryOf } from '../errors/log-entry.js';
import { Clock } from '../platform/clock.js';
import { KnownSecrets } from '../platform/known-secrets.js';
import { describeCause, Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { asProbe, type ProbedModel } from '../providers/probe.js';
import type { Operation, Outgoing, Provider } from '../providers/provider.js';
import { capabilitiesOf } from '../routing/capabilities.js';
import { secretsOf, type Target, type Upstream } from '../routing/target.types.js';
import { type AnswerHeaders, readAnswerHeaders, withoutSecrets } from './answer-headers.js';
import { ConnectionPools } from './connection-pools.js';
import type { Departure } from './departure.js';
import { readErrorBody } from './error-body.js';
import { type AnswerHead, Exchange, ExchangeAborted, unlessLeft } from './exchange.js';
import { answerFailure, connectionFailure, isBrokenConnection } from './failures.js';
import { readProviderError } from './provider-error.js';
import { bodyOf, lengthOf } from './outgoing-body.js';
import { createProvider, probeOf } from './provider-factory.js';
import { scrubbed } from './rejection.js';
import { forwardedRequestHeaders } from './request-headers.js';
import type { Carried } from './tracked-client.js';

/** A request as one target is to be asked it: in a dialect that it speaks, with its own name for the model. */
export interface TargetCall {
  readonly dialect: Dialect;
  /** the body is in the caller's own dialect */
  readonly native: boolean;
  /** usage was asked for in the caller's place, so the caller must not see it */
  readonly hidesUsage: boolean;
  /** of the caller's beta flags, those that this target takes */
  readonly betaFlags: readonly string[];
  readonly body: readonly Buffer[];
}

export interface UpstreamRequest {
  /** of all upstreams: none of them is to be seen in what one says */
  readonly secrets: KnownSecrets;
  readonly operation: Operation;
  readonly targets: readonly Target[];
  readonly callerHeaders: NodeJS.Dict<string | string[]>;
  readonly stream: boolean;
  /** @throws {GatewayError} where the request cannot be put to this target */
  callFor(target: Target, departure: Departure): TargetCall | Promise<TargetCall>;
  /** Told once a target's attempt begins: from then on a provider may have charged. */
  onAttempt(target: Target, call: TargetCall): void;
  /** Told of an attempt that cannot have cost anything: the request did not arrive, or the provider refused it. */
  onUnserved(): void;
}

/** A 2xx answer: its head is here, its body waits for a sink. */
export interface Answer {
  readonly target: Target;
  readonly call: TargetCall;
  /** how its stream comes where it does not come as server-sent events */
  readonly framing: Outgoing['framing'];
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly exchange: Exchange;
  /** what its words must not hold */
  readonly secrets: KnownSecrets;
}

/** What came of a probe: a status, and of a refusal the provider's sentence without what is ours. */
export interface ProbeAnswer {
  readonly status: number;
  readonly detail: string | null;
}

/** Sends a request to the first target that answers it. Knows nothing of callers, quotas or answers' bodies. */
@Injectable()
export class UpstreamService {
  /** By the upstream's object: a changed upstream is a new object, and the old one's provider goes with it. */
  private readonly providers = new WeakMap<Upstream, Provider>();
  private readonly secrets = new WeakMap<Upstream, KnownSecrets>();

  constructor(
    private readonly config: AppConfig,
    private readonly pools: ConnectionPools,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /**
   * Tries the targets in turn until one answers 2xx. A failure that another target might not have moves on to it, unless
   * the one that failed may be at work all the same (decision 17); the last failure is the caller's. Nothing has been sent
   * to the caller yet (decision D7).
   * @throws {GatewayError} of the upstream's group; {ExchangeAborted} when `departure` fires
   */
  async send(request: UpstreamRequest, departure: Departure): Promise<Answer> {
    let last: GatewayError | null = null;
    for (const target of request.targets) {
      const attempt: Attempt = { target, departure, mayHaveWorked: false };
      try {
        return await this.attempt(request, attempt);
      } catch (error) {
        if (!attempt.mayHaveWorked) request.onUnserved();
        if (!(error instanceof GatewayError)) throw error;
        this.note(target, error);
        last = error;
        if (attempt.mayHaveWorked || !mayBeDifferentElsewhere(error)) break;
      }
    }
    throw last ?? new GatewayError('upstream_model_unavailable', { internal: 'no upstream serves this model' });
  }

  /** Whether an upstream can be probed only with a model that is routed to it. */
  needsModel(upstream: Upstream): boolean {
    return probeOf(upstream, null) === null;
  }

  /**
   * Asks an upstream the cheapest question that needs our authentication, over the ways of every request. Nothing that
   * was remembered of it is used: a secret is tried as it is now.
   * @throws {GatewayError} where there was no answer; {ExchangeAborted} when `departure` fires
   */
  async probe(upstream: Upstream, model: ProbedModel | null, departure: Departure): Promise<ProbeAnswer> {
    const probe = probeOf(upstream, model);
    if (probe === null) throw new GatewayError('upstream_model_unavailable', { internal: 'nothing to probe with' });
    const { call } = probe;
    const outgoing = asProbe(await unlessLeft(this.makeProvider(upstream).prepare(call), departure), probe);
    const rules = { dialect: call.dialect, native: false, stream: false, builtIn: false, betaFlags: [] };
    const headers = forwardedRequestHeaders({}, rules);
    const attempt = { target: { upstream, model: call.model }, departure, mayHaveWorked: false };
    const { exchange, head } = await this.openTwice(attempt, outgoing, headers);
    const { status } = head;
    if (status >= 200 && status < 300) {
      exchange.abort();
      return { status, detail: null };
    }
    const { message } = readProviderError(await readErrorBody(exchange));
    const secrets = [...credentialsOf(outgoing), ...secretsOf(upstream)];
    return { status, detail: message && scrubbed(message, outgoing.origin, secrets) };
  }

  private async attempt(request: UpstreamRequest, attempt: Attempt): Promise<Answer> {
    const { target, departure } = attempt;
    const provider = this.providerOf(target.upstream);
    const made = request.callFor(target, departure);
    const call = made instanceof Promise ? await made : made;
    const { operation, stream } = request;
    const prepared = provider.prepare({ ...call, operation, stream, model: target.model });
    const outgoing = await unlessLeft(prepared, departure);
    request.onAttempt(target, call);
    const headersOut = this.headersFor(request, target, call);
    const { exchange, head } = await this.openTwice(attempt, outgoing, headersOut);
    const ours = this.secretsOf(target.upstream);
    const headers = withoutSecrets(readAnswerHeaders(head.rawHeaders), ours);
    const { framing } = outgoing;
    const { secrets } = request;
    if (head.status >= 200 && head.status < 300)
      return { target, call, framing, status: head.status, headers, exchange, secrets };
    if (head.status === 401 || head.status === 403) provider.authenticationRefused();
    const hidden = { origin: outgoing.origin, secrets: [new KnownSecrets(credentialsOf(outgoing)), secrets] };
    throw answerFailure(head.status, headers, await readErrorBody(exchange), hidden);
  }

  private headersFor(request: UpstreamRequest, { upstream }: Target, call: TargetCall): string[] {
    const { dialect, native } = call;
    const betaFlags = capabilitiesOf(upstream.kind).betaFlagsIn === 'body' ? [] : call.betaFlags;
    const rules = { dialect, native, stream: request.stream, builtIn: upstream.builtIn, betaFlags };
    return forwardedRequestHeaders(request.callerHeaders, rules);
  }

  /**
   * A kept-alive connection may have died while idle. A request that broke with it is sent once more where the upstream
   * cannot have it whole: nothing is asked for twice (RFC 9110, section 9.2.2).
   */
  private async openTwice(
    attempt: Attempt,
    outgoing: Outgoing,
    headers: readonly string[],
  ): Promise<{ exchange: Exchange; head: AnswerHead }> {
    const { target, departure } = attempt;
    for (let time = 1; ; time += 1) {
      if (departure.aborted) throw new ExchangeAborted('the caller left');
      const exchange = this.open(target, outgoing, headers);
      const leave = () => exchange.abort();
      departure.addEventListener('abort', leave, { once: true });
      try {
        return { exchange, head: await exchange.head };
      } catch (error) {
        attempt.mayHaveWorked = exchange.mayHaveBeenTaken;
        if (error instanceof ExchangeAborted) throw error;
        const repeatable = outgoing.method === 'GET' ? !exchange.answered : exchange.mayBeRepeated;
        if (time > 1 || !repeatable || !isBrokenConnection(error)) throw connectionFailure(error);
      } finally {
        departure.removeEventListener('abort', leave);
      }
    }
  }

  private open({ upstream }: Target, outgoing: Outgoing, forwarded: readonly string[]): Exchange {
    const { origin, path, headers: own, body } = outgoing;
    const exchange = new Exchange(lengthOf(body));
    const headers = withOwn(forwarded, own);
    const sent = bodyOf(body);
    if (sent instanceof Readable) headers.push('content-length', String(lengthOf(body)));
    this.poolFor(upstream, origin).dispatch(
      {
        path,
        method: outgoing.method ?? 'POST',
        headers,
        body: sent,
        headersTimeout: this.config.timeouts.firstByteMs,
        bodyTimeout: this.config.timeouts.idleMs,
        carriedBy: exchange.carriedBy,
      } as Dispatcher.DispatchOptions & Carried,
      exchange,
    );
    return exchange;
  }

  private poolFor({ trusted }: Upstream, origin: string): Pool {
    try {
      return this.pools.get(origin, trusted);
    } catch (error) {
      throw connectionFailure(error);
    }
  }

  private providerOf(upstream: Upstream): Provider {
    let provider = this.providers.get(upstream);
    if (provider === undefined) {
      provider = this.makeProvider(upstream);
      this.providers.set(upstream, provider);
    }
    return provider;
  }

  private secretsOf(upstream: Upstream): KnownSecrets {
    let known = this.secrets.get(upstream);
    if (known === undefined) {
      known = new KnownSecrets(secretsOf(upstream));
      this.secrets.set(upstream, known);
    }
    return known;
  }

  private makeProvider(upstream: Upstream): Provider {
    const { clock, config } = this;
    const poolFor = (origin: string) => this.poolFor(upstream, origin);
    return createProvider(upstream, { clock, poolFor, production: config.production });
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

/** One target that is tried. */
interface Attempt {
  readonly target: Target;
  readonly departure: Departure;
  /** the upstream may have the whole request, and has not refused it */
  mayHaveWorked: boolean;
}

/** The headers in which a request carries what it is authenticated with, where that is not the stored secret itself. */
const CREDENTIAL = /^(?:authorization|(?:x-|x-goog-)?api-key|x-amz-security-token)$/i;

const credentialsOf = ({ headers }: Outgoing): string[] =>
  headers.filter(([name]) => CREDENTIAL.test(name)).map(([, value]) => value);

/** The upstream's own headers in the place of the caller's of the same name. */
function withOwn(forwarded: readonly string[], own: Outgoing['headers']): string[] {
  const names = new Set(own.map(([name]) => name));
  const headers: string[] = [];
  for (let index = 0; index + 1 < forwarded.length; index += 2) {
    const [name = '', value = ''] = forwarded.slice(index, index + 2);
    if (!names.has(name)) headers.push(name, value);
  }
  for (const [name, value] of own) headers.push(name, value);
  return headers;
}

/** What the request itself is to blame for would fail everywhere. */
function mayBeDifferentElsewhere(error: GatewayError): boolean {
  return error.row.owner !== 'caller' && error.code !== 'upstream_rejected' && error.code !== 'upstream_too_large';
}
