import type { Dialect } from '../dialects/dialect.js';
import type { Header } from './answer-headers.js';

/** How to reach one dialect of an upstream. */
export interface Endpoint {
  /** scheme, host and port */
  readonly origin: string;
  readonly path: string;
  readonly headers: readonly Header[];
}

/** What differs between providers: paths and authentication. One implementation a kind of upstream. */
export interface Provider {
  /**
   * @throws {GatewayError} upstream_model_unavailable when this upstream does not speak the dialect,
   * upstream_auth_error when it cannot be authenticated against
   */
  endpoint(dialect: Dialect): Promise<Endpoint> | Endpoint;
  /** The upstream refused our authentication: what was remembered of it is worthless. */
  authenticationRefused(): void;
}

/** `https://host/a/b` → origin `https://host`, path `/a/b` (without a trailing slash). */
export function splitBaseUrl(baseUrl: string): { origin: string; basePath: string } {
  const url = new URL(baseUrl);
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') };
}
