import type { Dispatcher } from 'undici';
import type { Clock } from '../platform/clock.js';
import type { Upstream } from '../routing/target.types.js';
import { DatabricksProvider } from './databricks.provider.js';
import { OpenAiCompatibleProvider } from './openai-compatible.provider.js';
import type { Provider } from './provider.js';
import { SandboxProvider } from './sandbox.provider.js';

/** The adapter of an upstream's kind. */
export function createProvider(upstream: Upstream, clock: Clock, pools: (origin: string) => Dispatcher): Provider {
  switch (upstream.kind) {
    case 'databricks':
      return new DatabricksProvider(upstream, clock, pools);
    case 'sandbox':
      return new SandboxProvider(upstream);
    default:
      return new OpenAiCompatibleProvider(upstream);
  }
}
