import type { Dialect } from '../dialects/dialect.js';
import { GatewayError } from '../errors/gateway-error.js';

export type Header = readonly [name: string, value: string];

type Authentication =
  | { readonly type: 'token'; readonly token: string }
  /** an OAuth client of Databricks, an access key of AWS */
  | { readonly type: 'client'; readonly clientId: string; readonly clientSecret: string };

/** Where a provider is called, and with what. Never logged whole: it holds the secret. */
export interface Account {
  /** without a trailing slash */
  readonly baseUrl: string;
  readonly authentication: Authentication;
}

/** What is asked of an upstream, in a dialect that it speaks. */
export interface ProviderCall {
  readonly dialect: Dialect;
  readonly operation: Operation;
  /** the upstream's name for the model */
  readonly model: string;
  readonly stream: boolean;
  /** JSON with that name in it, where the dialect has a place for it */
  readonly body: readonly Buffer[];
  /** `anthropic-beta` flags that this upstream takes */
  readonly betaFlags: readonly string[];
}

/** An answer, or only how many tokens the request has. */
export type Operation = 'generate' | 'count-tokens';

/** One request as it goes out. */
export interface Outgoing {
  /** scheme, host and port */
  readonly origin: string;
  readonly path: string;
  /** POST where it is not said */
  readonly method?: 'GET';
  readonly headers: readonly Header[];
  readonly body: readonly Buffer[];
  /** how a stream comes back where it does not come as server-sent events */
  readonly framing?: 'aws-event-stream';
}

/** What differs between providers: paths, authentication, framing. One implementation a kind of upstream. */
export interface Provider {
  /**
   * @throws {GatewayError} upstream_model_unavailable when this upstream does not speak the dialect,
   * upstream_auth_error when it cannot be authenticated against
   */
  prepare(call: ProviderCall): Promise<Outgoing> | Outgoing;
  /** The upstream refused our authentication: what was remembered of it is worthless. */
  authenticationRefused(): void;
}

/** `https://host/a/b` → origin `https://host`, path `/a/b` (without a trailing slash). */
export function splitBaseUrl(baseUrl: string): { origin: string; basePath: string } {
  const url = new URL(baseUrl);
  return { origin: url.origin, basePath: url.pathname.replace(/(?<!\/)\/+$/, '') };
}

/** The key or token of an account that is known by nothing else. */
export function secretOf({ authentication }: Account): string {
  return authentication.type === 'token' ? authentication.token : '';
}

/** Routing asks no upstream in a dialect that it does not speak, unless a table of ours is wrong. */
export function notSpoken(dialect: Dialect): GatewayError {
  return new GatewayError('upstream_model_unavailable', { internal: `this upstream is not asked so in ${dialect}` });
}
