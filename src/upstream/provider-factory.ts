import { kindOf } from '../providers/kinds.js';
import type { ProviderParts } from '../providers/kind.js';
import type { Probe, ProbedModel } from '../providers/probe.js';
import type { Provider } from '../providers/provider.js';
import type { Upstream } from '../routing/target.types.js';

/** The adapter of an upstream's kind. */
export function createProvider(upstream: Upstream, parts: ProviderParts): Provider {
  return kindOf(upstream.kind).create(upstream, parts);
}

/** The cheapest question that needs our authentication. Null where it needs a model and none is routed there. */
export function probeOf(upstream: Upstream, model: ProbedModel | null): Probe | null {
  return kindOf(upstream.kind).probe(upstream, model);
}
