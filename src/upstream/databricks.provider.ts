import type { Dispatcher } from 'undici';
import type { Dialect } from '../dialects/dialect.js';
import type { Clock } from '../platform/clock.js';
import type { Upstream } from '../routing/target.types.js';
import { postForm, RenewedToken } from './access-token.js';
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

/** A Databricks workspace: a personal access token, or OAuth with a service principal's client id and secret. */
export class DatabricksProvider implements Provider {
  private readonly origin: string;
  private readonly access: RenewedToken;

  constructor(
    private readonly upstream: Upstream,
    clock: Clock,
    private readonly dispatcherFor: (origin: string) => Dispatcher,
  ) {
    this.origin = splitBaseUrl(upstream.baseUrl).origin;
    this.access = new RenewedToken(clock, () => this.fetchToken());
  }

  prepare(call: ProviderCall): Outgoing | Promise<Outgoing> {
    const { authentication } = this.upstream;
    const token = authentication.type === 'token' ? authentication.token : this.access.current();
    return typeof token === 'string' ? this.outgoing(call, token) : token.then(value => this.outgoing(call, value));
  }

  authenticationRefused(): void {
    this.access.forget();
  }

  private outgoing(call: ProviderCall, token: string): Outgoing {
    const path = call.dialect === 'gemini_generate_content' ? GEMINI_PATH + geminiAction(call) : PATHS[call.dialect];
    return { origin: this.origin, path, headers: [['authorization', `Bearer ${token}`]], body: call.body };
  }

  private async fetchToken(): Promise<unknown> {
    const { authentication } = this.upstream;
    if (authentication.type !== 'client') throw new Error('not an OAuth upstream');
    const basic = Buffer.from(`${authentication.clientId}:${authentication.clientSecret}`).toString('base64');
    const form = 'grant_type=client_credentials&scope=all-apis';
    return postForm(this.dispatcherFor(this.origin), TOKEN_PATH, form, { authorization: `Basic ${basic}` });
  }
}
