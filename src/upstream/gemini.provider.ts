import type { Upstream } from '../routing/target.types.js';
import {
  geminiAction,
  notSpoken,
  type Outgoing,
  type Provider,
  type ProviderCall,
  secretOf,
  splitBaseUrl,
} from './provider.js';

/** Google's Gemini API. The key travels in a header only: what stands in a URL stands in every log on the way. */
export class GeminiProvider implements Provider {
  private readonly origin: string;
  private readonly path: string;
  private readonly headers: Outgoing['headers'];

  constructor(upstream: Upstream) {
    const { origin, basePath } = splitBaseUrl(upstream.baseUrl);
    this.origin = origin;
    this.path = `${basePath}/v1beta/models/`;
    this.headers = [['x-goog-api-key', secretOf(upstream)]];
  }

  prepare(call: ProviderCall): Outgoing {
    if (call.dialect !== 'gemini_generate_content') throw notSpoken(call.dialect);
    return { origin: this.origin, path: this.path + geminiAction(call), headers: this.headers, body: call.body };
  }

  authenticationRefused(): void {
    // A key does not renew itself.
  }
}
