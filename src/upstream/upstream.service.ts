import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Dispatcher, Pool } from 'undici';
import { AppConfig } from '../config/app-config.js';
import type { Dialect } from '../dialects/dialect.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Clock } from '../platform/clock.js';
import { KnownSecrets } from '../platform/known-secrets.js';
import { asProbe, type ProbedModel } from '../providers/probe.js';
import type { Operation, Outgoing, Provider } from '../providers/provider.js';
import { capabilitiesOf } from '../routing/capabilities.js';
import { secretsOf, type Target, type Upstream } from '../routing/target.types.js';
import { type AnswerHeaders, readAnswerHeaders, withoutSecrets } from './answer-headers.js';
import { ConnectionPools } from './connection-pools.js';
import type { Abortable } from './abort-signal.js';
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

/** What is the same for every target that is asked. */
export interface UpstreamRequest {
  /** of all upstreams: none of them is to be seen in what one says */
  readonly secrets: KnownSecrets;
  readonly operation: Operation;
  readonly callerHeaders: NodeJS.Dict<string | string[]>;
  readonly stream: boolean;
}

/**
 * How far a request came: nothing was sent; the provider cannot have had it whole, or refused it; or it may be at work on
 * it, and then it is paid (decision 17).
 */
export type Reach = 'unsent' | 'refused' | 'taken';

/** What came of asking one target. */
export type SendResult =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'failure'; readonly error: GatewayError; readonly reach: Reach }
  /** the signal fired before there was an answer */
  | { readonly kind: 'aborted'; readonly reach: Reach };

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

/** Sends a request to one target. Knows nothing of callers, quotas, other targets or answers' bodies. */
@Injectable()
export class UpstreamService {
  /** By the upstream's object: a changed upstream is a new object, and the old one's provider goes with it. */
  private readonly providers = new WeakMap<Upstream, Provider>();
  private readonly secrets = new WeakMap<Upstream, KnownSecrets>();

  constructor(
    private readonly config: AppConfig,
    private readonly pools: ConnectionPools,
    private readonly clock: Clock,
  ) {}

  /** Asks one target. What an upstream does is a result and never an exception. */
  async send(target: Target, call: TargetCall, request: UpstreamRequest, signal: Abortable): Promise<SendResult> {
    const progress: Progress = { reach: 'unsent' };
    try {
      const { upstream, model } = target;
      const { dialect, native, betaFlags, body } = call;
      const { operation, stream } = request;
      const provider = this.providerOf(upstream);
      const prepared = provider.prepare({ dialect, operation, model, stream, body, betaFlags });
      const outgoing = prepared instanceof Promise ? await unlessLeft(prepared, signal) : prepared;
      const headers = this.headersFor(request, target, { dialect, native, betaFlags });
      const sent = await this.openTwice(upstream, outgoing, headers, { signal, progress });
      const answer = this.answerOf(sent, outgoing, { target, call, request, provider, progress });
      return { kind: 'answer', answer: answer instanceof Promise ? await answer : answer };
    } catch (error) {
      const { reach } = progress;
      if (error instanceof ExchangeAborted) return { kind: 'aborted', reach };
      if (error instanceof GatewayError) return { kind: 'failure', error, reach };
      throw error;
    }
  }

  /** Whether an upstream can be probed only with a model that is routed to it. */
  needsModel(upstream: Upstream): boolean {
    return probeOf(upstream, null) === null;
  }

  /**
   * Asks an upstream the cheapest question that needs our authentication, over the ways of every request. Nothing that
   * was remembered of it is used: a secret is tried as it is now.
   * @throws {GatewayError} where there was no answer; {ExchangeAborted} when `signal` fires
   */
  async probe(upstream: Upstream, model: ProbedModel | null, signal: Abortable): Promise<ProbeAnswer> {
    const probe = probeOf(upstream, model);
    if (probe === null) throw new GatewayError('upstream_model_unavailable', { internal: 'nothing to probe with' });
    const { call } = probe;
    const outgoing = asProbe(await unlessLeft(this.makeProvider(upstream).prepare(call), signal), probe);
    const rules = { dialect: call.dialect, native: false, stream: false, builtIn: false, betaFlags: [] };
    const headers = forwardedRequestHeaders({}, rules);
    const sending = { signal, progress: { reach: 'unsent' as const } };
    const { exchange, head } = await this.openTwice(upstream, outgoing, headers, sending);
    const { status } = head;
    if (status >= 200 && status < 300) {
      exchange.abort();
      return { status, detail: null };
    }
    const { contentEncoding } = readAnswerHeaders(head.rawHeaders);
    const { message } = readProviderError(await readErrorBody(exchange, contentEncoding));
    const secrets = [...credentialsOf(outgoing), ...secretsOf(upstream)];
    return { status, detail: message && scrubbed(message, outgoing.origin, secrets) };
  }

  /** @throws {GatewayError} where the upstream refused */
  private answerOf({ exchange, head }: Sent, outgoing: Outgoing, asked: Asked): Answer | Promise<never> {
    const { target, call, request } = asked;
    const headers = withoutSecrets(readAnswerHeaders(head.rawHeaders), this.secretsOf(target.upstream));
    const { status } = head;
    if (status < 200 || status >= 300) return this.refused({ exchange, head }, headers, outgoing, asked);
    const { framing } = outgoing;
    return { target, call, framing, status, headers, exchange, secrets: request.secrets };
  }

  private async refused(
    { exchange, head: { status } }: Sent,
    headers: AnswerHeaders,
    outgoing: Outgoing,
    { provider, progress, request: { secrets } }: Asked,
  ): Promise<never> {
    progress.reach = 'refused';
    if (status === 401 || status === 403) provider.authenticationRefused();
    const hidden = { origin: outgoing.origin, secrets: [new KnownSecrets(credentialsOf(outgoing)), secrets] };
    throw answerFailure(status, headers, await readErrorBody(exchange, headers.contentEncoding), hidden);
  }

  private headersFor(
    request: UpstreamRequest,
    { upstream }: Target,
    call: Pick<TargetCall, 'dialect' | 'native' | 'betaFlags'>,
  ): string[] {
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
    upstream: Upstream,
    outgoing: Outgoing,
    headers: readonly string[],
    { signal, progress }: Sending,
  ): Promise<Sent> {
    progress.reach = 'refused';
    for (let time = 1; ; time += 1) {
      if (signal.aborted) throw new ExchangeAborted('the caller left');
      const exchange = this.open(upstream, outgoing, headers);
      const leave = () => exchange.abort();
      signal.addEventListener('abort', leave, { once: true });
      try {
        const head = await exchange.head;
        progress.reach = 'taken';
        return { exchange, head };
      } catch (error) {
        if (exchange.mayHaveBeenTaken) progress.reach = 'taken';
        if (error instanceof ExchangeAborted) throw error;
        const repeatable = outgoing.method === 'GET' ? !exchange.answered : exchange.mayBeRepeated;
        if (time > 1 || !repeatable || !isBrokenConnection(error)) throw connectionFailure(error);
      } finally {
        signal.removeEventListener('abort', leave);
      }
    }
  }

  private open(upstream: Upstream, outgoing: Outgoing, forwarded: readonly string[]): Exchange {
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
}

/** How far a request has come; written as it goes. */
interface Progress {
  reach: Reach;
}

interface Sent {
  readonly exchange: Exchange;
  readonly head: AnswerHead;
}

interface Asked {
  readonly target: Target;
  readonly call: TargetCall;
  readonly request: UpstreamRequest;
  readonly provider: Provider;
  readonly progress: Progress;
}

interface Sending {
  readonly signal: Abortable;
  readonly progress: Progress;
}

/** The headers in which a request carries what it is authenticated with, where that is not the stored secret itself. */
const CREDENTIAL = /^(?:authorization|(?:x-|x-goog-)?api-key|x-amz-security-token)$/i;

const credentialsOf = ({ headers }: Outgoing): string[] =>
  headers.filter(([name]) => CREDENTIAL.test(name)).map(([, value]) => value);

/** The upstream's own headers in the place of the caller's of the same name. */
function withOwn(forwarded: readonly string[], own: Outgoing['headers']): string[] {
  const headers: string[] = [];
  for (let index = 0; index + 1 < forwarded.length; index += 2) {
    const [name, value] = [forwarded[index] ?? '', forwarded[index + 1] ?? ''];
    if (!own.some(([ownName]) => ownName === name)) headers.push(name, value);
  }
  for (const [name, value] of own) headers.push(name, value);
  return headers;
}
