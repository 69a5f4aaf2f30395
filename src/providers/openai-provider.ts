import type { Dialect } from '../dialects/dialect.js';
import { listing, type Probe } from './probe.js';
import {
  type Account,
  type Header,
  notSpoken,
  type Outgoing,
  type Provider,
  type ProviderCall,
  secretOf,
  splitBaseUrl,
} from './provider.js';

const PATHS: Partial<Record<Dialect, string>> = {
  chat_completions: '/chat/completions',
  openai_responses: '/responses',
  embeddings: '/embeddings',
};

/** OpenAI, Azure OpenAI's v1 API, and servers that copy OpenAI's API under any base URL: vLLM, Ollama, OpenRouter, Groq… */
export class OpenAiCompatibleProvider implements Provider {
  private readonly origin: string;
  private readonly basePath: string;
  private readonly headers: Outgoing['headers'];

  /** @param keyHeader the header that carries a key */
  constructor(account: Account, keyHeader: (key: string) => Header) {
    const { origin, basePath } = splitBaseUrl(account.baseUrl);
    const key = secretOf(account);
    this.origin = origin;
    this.basePath = basePath;
    // A local server without a key must not be sent `Bearer ` and nothing.
    this.headers = key === '' ? [] : [keyHeader(key)];
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

export const bearer = (key: string): Header => ['authorization', `Bearer ${key}`];

/** OpenAI's list of models lies below the base URL. */
export function openAiListing({ baseUrl }: Account): Probe {
  return listing('chat_completions', `${splitBaseUrl(baseUrl).basePath}/models`);
}
