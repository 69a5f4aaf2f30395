import type { Upstream } from '../routing/target.types.js';
import { notSpoken, type Outgoing, type Provider, type ProviderCall, secretOf, splitBaseUrl } from './provider.js';

/** Anthropic's own API. Which version of it is asked for, the forwarded headers say. */
export class AnthropicProvider implements Provider {
  private readonly origin: string;
  private readonly path: string;
  private readonly headers: Outgoing['headers'];

  constructor(upstream: Upstream) {
    const { origin, basePath } = splitBaseUrl(upstream.baseUrl);
    this.origin = origin;
    this.path = `${basePath}/v1/messages`;
    this.headers = [['x-api-key', secretOf(upstream)]];
  }

  prepare({ dialect, operation, body }: ProviderCall): Outgoing {
    if (dialect !== 'anthropic_messages') throw notSpoken(dialect);
    const path = operation === 'count-tokens' ? `${this.path}/count_tokens` : this.path;
    return { origin: this.origin, path, headers: this.headers, body };
  }

  authenticationRefused(): void {
    // A key does not renew itself.
  }
}
