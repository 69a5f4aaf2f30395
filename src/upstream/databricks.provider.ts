import type { Dispatcher } from 'undici';
import type { Dialect } from '../dialects/dialect.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { Clock } from '../platform/clock.js';
import type { Upstream } from '../routing/target.types.js';
import { geminiAction, type Outgoing, type Provider, type ProviderCall, splitBaseUrl } from './provider.js';

/** docs/contract.md section 14; the gateway's own long paths mirror these. */
const PATHS: Readonly<Record<Exclude<Dialect, 'gemini_generate_content'>, string>> = {
  chat_completions: '/ai-gateway/mlflow/v1/chat/completions',
  anthropic_messages: '/ai-gateway/anthropic/v1/messages',
  openai_responses: '/ai-gateway/openai/v1/responses',
  embeddings: '/ai-gateway/mlflow/v1/embeddings',
};
const GEMINI_PATH = '/ai-gateway/gemini/v1beta/models/';

const TOKEN_PATH = '/oidc/v1/token';
const TOKEN_TIMEOUT_MS = 10_000;
/** A token is renewed this long before it ends, so that no request carries one which ends on its way. */
const RENEW_BEFORE_MS = 300_000;
const MAX_TOKEN_ANSWER_BYTES = 65_536;

interface AccessToken {
  readonly value: string;
  readonly renewAt: number;
}

/** A Databricks workspace: a personal access token, or OAuth with a service principal's client id and secret. */
export class DatabricksProvider implements Provider {
  private readonly origin: string;
  private access: AccessToken | null = null;
  private fetching: Promise<AccessToken> | null = null;

  constructor(
    private readonly upstream: Upstream,
    private readonly clock: Clock,
    private readonly dispatcherFor: (origin: string) => Dispatcher,
  ) {
    this.origin = splitBaseUrl(upstream.baseUrl).origin;
  }

  prepare(call: ProviderCall): Outgoing | Promise<Outgoing> {
    const { authentication } = this.upstream;
    if (authentication.type === 'token') return this.outgoing(call, authentication.token);
    const { access } = this;
    if (access !== null && this.clock.monotonicMs() < access.renewAt) return this.outgoing(call, access.value);
    return this.renew().then(token => this.outgoing(call, token.value));
  }

  authenticationRefused(): void {
    this.access = null;
  }

  private outgoing(call: ProviderCall, token: string): Outgoing {
    const path = call.dialect === 'gemini_generate_content' ? GEMINI_PATH + geminiAction(call) : PATHS[call.dialect];
    return { origin: this.origin, path, headers: [['authorization', `Bearer ${token}`]], body: call.body };
  }

  /** However many requests wait for a token, one is fetched. */
  private async renew(): Promise<AccessToken> {
    this.fetching ??= this.fetchToken().finally(() => {
      this.fetching = null;
    });
    this.access = await this.fetching;
    return this.access;
  }

  private async fetchToken(): Promise<AccessToken> {
    const { authentication } = this.upstream;
    if (authentication.type !== 'oauth') throw new Error('not an OAuth upstream');
    const basic = Buffer.from(`${authentication.clientId}:${authentication.clientSecret}`).toString('base64');
    try {
      const answer = await this.dispatcherFor(this.origin).request({
        path: TOKEN_PATH,
        method: 'POST',
        headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&scope=all-apis',
        signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
      });
      const text = await boundedText(answer.body);
      if (answer.statusCode !== 200) throw new Error(`the token endpoint answered ${answer.statusCode}`);
      return this.readToken(JSON.parse(text));
    } catch (cause) {
      throw new GatewayError('upstream_auth_error', { internal: 'no OAuth token for the workspace', cause });
    }
  }

  private readToken(answer: { access_token?: unknown; expires_in?: unknown }): AccessToken {
    if (typeof answer.access_token !== 'string') throw new Error('the token endpoint gave no access_token');
    const lifetimeMs = (typeof answer.expires_in === 'number' ? answer.expires_in : 3600) * 1000;
    const usableMs = Math.max(lifetimeMs - RENEW_BEFORE_MS, lifetimeMs / 2);
    return { value: answer.access_token, renewAt: this.clock.monotonicMs() + usableMs };
  }
}

async function boundedText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_TOKEN_ANSWER_BYTES) throw new Error('the token endpoint answered too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
