import type { Dispatcher } from 'undici';
import { GatewayError } from '../errors/gateway-error.js';
import type { Clock } from '../platform/clock.js';
import { readBounded } from '../platform/network/bounded-body.js';

const TOKEN_TIMEOUT_MS = 10_000;
/** A token is renewed this long before it ends, so that no request carries one which ends on its way. */
const RENEW_BEFORE_MS = 300_000;
const DEFAULT_LIFETIME_SECONDS = 3_600;
const MAX_TOKEN_ANSWER_BYTES = 65_536;

interface AccessToken {
  readonly value: string;
  readonly renewAt: number;
}

/** An access token that is fetched when it is needed, once however many requests wait for it, and renewed before it ends. */
export class RenewedToken {
  private access: AccessToken | null = null;
  private fetching: Promise<AccessToken> | null = null;

  /** @param fetch gives the token endpoint's answer */
  constructor(
    private readonly clock: Clock,
    private readonly fetch: () => Promise<unknown>,
  ) {}

  /** At once while there is one. @throws {GatewayError} upstream_auth_error where there is none to be had */
  current(): string | Promise<string> {
    const { access } = this;
    if (access !== null && this.clock.monotonicMs() < access.renewAt) return access.value;
    return this.renew();
  }

  /** The next request fetches another. */
  forget(): void {
    this.access = null;
  }

  private async renew(): Promise<string> {
    this.fetching ??= this.fetchAccess().finally(() => {
      this.fetching = null;
    });
    this.access = await this.fetching;
    return this.access.value;
  }

  private async fetchAccess(): Promise<AccessToken> {
    try {
      return this.read((await this.fetch()) as { access_token?: unknown; expires_in?: unknown } | null);
    } catch (cause) {
      throw new GatewayError('upstream_auth_error', { internal: 'no access token for the upstream', cause });
    }
  }

  private read(answer: { access_token?: unknown; expires_in?: unknown } | null): AccessToken {
    const value = answer?.access_token;
    if (typeof value !== 'string' || value === '') throw new Error('the token endpoint gave no access_token');
    const seconds = answer?.expires_in;
    const lifetimeMs = (typeof seconds === 'number' ? seconds : DEFAULT_LIFETIME_SECONDS) * 1000;
    const usableMs = Math.max(lifetimeMs - RENEW_BEFORE_MS, lifetimeMs / 2);
    return { value, renewAt: this.clock.monotonicMs() + usableMs };
  }
}

/** Asks a token endpoint: within 10 s, without following it elsewhere, and reading no more than a token needs. */
export async function postForm(
  dispatcher: Dispatcher,
  path: string,
  form: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const answer = await dispatcher.request({
    path,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...headers },
    body: form,
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
  });
  const text = await readBounded(answer.body, MAX_TOKEN_ANSWER_BYTES);
  if (answer.statusCode !== 200) throw new Error(`the token endpoint answered ${answer.statusCode}`);
  return JSON.parse(text.toString('utf8')) as unknown;
}
