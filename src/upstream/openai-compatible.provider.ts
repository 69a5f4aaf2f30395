import type { Dialect } from '../dialects/dialect.js';
import type { Upstream } from '../routing/target.types.js';
import { notSpoken, type Outgoing, type Provider, type ProviderCall, secretOf, splitBaseUrl } from './provider.js';

const PATHS: Partial<Record<Dialect, string>> = {
  chat_completions: '/chat/completions',
  openai_responses: '/responses',
  embeddings: '/embeddings',
};

/** OpenAI, Azure OpenAI's v1 API, and whoever copies OpenAI's API under any base URL: vLLM, Ollama, OpenRouter, Groq… */
export class OpenAiCompatibleProvider implements Provider {
  private readonly origin: string;
  private readonly basePath: string;
  private readonly headers: Outgoing['headers'];

  constructor(upstream: Upstream) {
    const { origin, basePath } = splitBaseUrl(upstream.baseUrl);
    this.origin = origin;
    this.basePath = basePath;
    this.headers = headersFor(upstream);
  }

  prepare({ dialect, operation, body }: ProviderCall): Outgoing {
    const path = PATHS[dialect];
    if (path === undefined || operation !== 'generate') throw notSpoken(dialect);
    return { origin: this.origin, path: this.basePath + path, headers: this.headers, body };
  }

  authenticationRefused(): void {
    // A key does not renew itself.
  }
}

function headersFor(upstream: Upstream): Outgoing['headers'] {
  const key = secretOf(upstream);
  // A local server without a key must not be sent `Bearer ` and nothing.
  if (key === '') return [];
  return upstream.kind === 'azure-openai' ? [['api-key', key]] : [['authorization', `Bearer ${key}`]];
}
