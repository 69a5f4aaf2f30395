import type { Dialect } from '../dialects/dialect.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { Upstream } from '../routing/target.types.js';
import { type Outgoing, type Provider, type ProviderCall, splitBaseUrl } from './provider.js';

const PATHS: Partial<Record<Dialect, string>> = {
  chat_completions: '/chat/completions',
  openai_responses: '/responses',
  embeddings: '/embeddings',
};

/** OpenAI and whoever copies its API under any base URL: Azure's v1, vLLM, Ollama, OpenRouter, Groq, Together… */
export class OpenAiCompatibleProvider implements Provider {
  private readonly origin: string;
  private readonly basePath: string;
  private readonly headers: Outgoing['headers'];

  constructor(upstream: Upstream) {
    const { origin, basePath } = splitBaseUrl(upstream.baseUrl);
    this.origin = origin;
    this.basePath = basePath;
    const key = upstream.authentication.type === 'token' ? upstream.authentication.token : '';
    // A local server without a key must not be sent `Bearer ` and nothing.
    this.headers = key === '' ? [] : [['authorization', `Bearer ${key}`]];
  }

  prepare({ dialect, body }: ProviderCall): Outgoing {
    const path = PATHS[dialect];
    if (path === undefined) throw new GatewayError('upstream_model_unavailable', { internal: `no ${dialect} here` });
    return { origin: this.origin, path: this.basePath + path, headers: this.headers, body };
  }

  authenticationRefused(): void {
    // A key does not renew itself.
  }
}
