import type { CatalogModel } from '../catalog/catalog.types.js';
import type { EnvironmentUpstream } from './environment-upstreams.js';
import { inOrder, type Weighted } from './order.js';
import type { StoredRoute } from './route.repository.js';
import type { Target, Upstream } from './target.types.js';

interface WeightedTarget extends Target, Weighted {}

/** By the id of a model. */
export type RouteTable = ReadonlyMap<string, readonly WeightedTarget[]>;

/** What may serve a model. */
export interface Sources {
  readonly table: RouteTable;
  /** in the order in which they are tried */
  readonly fromEnvironment: readonly EnvironmentUpstream[];
  /** null while it does not listen */
  readonly sandbox: Upstream | null;
}

/** The stored routes by model. A route to an upstream that is switched off, or does not open, is none. */
export function tableOf(routes: readonly StoredRoute[], upstreams: ReadonlyMap<string, Upstream>): RouteTable {
  const table = new Map<string, WeightedTarget[]>();
  for (const { modelId, upstreamId, upstreamModel, priority, weight } of routes) {
    const upstream = upstreams.get(upstreamId);
    if (upstream === undefined) continue;
    table.set(modelId, [...(table.get(modelId) ?? []), { upstream, model: upstreamModel, priority, weight }]);
  }
  return table;
}

/**
 * The targets of a model in the order to try, empty when nothing serves it: stored routes by priority and weight, then the
 * upstreams of the environment, and the sandbox only where there is no other.
 * @param below as `inOrder` draws
 */
export function planOf(
  model: CatalogModel,
  { table, fromEnvironment, sandbox }: Sources,
  below: (limit: number) => number,
): Target[] {
  const targets: Target[] = inOrder(table.get(model.id) ?? [], below);
  for (const { upstream, nameOf } of fromEnvironment) {
    const name = nameOf(model);
    if (name !== null) targets.push({ upstream, model: name });
  }
  if (targets.length === 0 && sandbox !== null) targets.push({ upstream: sandbox, model: model.id });
  return targets;
}
