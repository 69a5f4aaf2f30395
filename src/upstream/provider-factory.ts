import type { Dispatcher } from 'undici';
import type { Clock } from '../platform/clock.js';
import type { Upstream } from '../routing/target.types.js';
import { AnthropicProvider } from './anthropic.provider.js';
import { BedrockProvider } from './bedrock.provider.js';
import { DatabricksProvider } from './databricks.provider.js';
import { GeminiProvider } from './gemini.provider.js';
import { OpenAiCompatibleProvider } from './openai-compatible.provider.js';
import type { Provider } from './provider.js';
import { SandboxProvider } from './sandbox.provider.js';
import { VertexProvider } from './vertex.provider.js';

/** What an adapter may need of the process. */
export interface ProviderParts {
  readonly clock: Clock;
  /** a pool of connections, for tokens */
  readonly poolFor: (origin: string) => Dispatcher;
  readonly production: boolean;
}

/** The adapter of an upstream's kind. */
export function createProvider(upstream: Upstream, { clock, poolFor, production }: ProviderParts): Provider {
  switch (upstream.kind) {
    case 'databricks':
      return new DatabricksProvider(upstream, clock, poolFor);
    case 'anthropic':
      return new AnthropicProvider(upstream);
    case 'gemini':
      return new GeminiProvider(upstream);
    case 'vertex':
      return new VertexProvider(upstream, clock, poolFor, production);
    case 'bedrock':
      return new BedrockProvider(upstream, clock);
    case 'sandbox':
      return new SandboxProvider(upstream);
    case 'openai':
    case 'azure-openai':
    case 'openai-compatible':
      return new OpenAiCompatibleProvider(upstream);
  }
}
