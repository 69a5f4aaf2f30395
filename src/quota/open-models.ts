import type { CatalogModel } from '../catalog/catalog.types.js';
import type { Branch, Caller } from '../identity/identity.types.js';
import { limitKind } from './limit-kinds.js';
import type { Block } from './limit.types.js';
import { type LimitInForce, type LimitIndex, scopesOf } from './limit-index.js';
import { limitsAt } from './limits-in-force.js';
import { blocksAt } from './quota-plan.js';

/** Who asks, and on which branch. */
export interface CallPlace {
  readonly caller: Pick<Caller, 'credentialId'>;
  readonly branch: Branch;
}

/**
 * Which models a credential may call on a branch at all: not those that a limit of 0 shuts, and none while a block without
 * an end holds. What is merely used up, or blocked until a time, is open: it passes by itself.
 */
export function openModels(
  index: LimitIndex,
  blocks: ReadonlyMap<string, readonly Block[]>,
  { caller, branch }: CallPlace,
): (model: CatalogModel) => boolean {
  const scopes = scopesOf(branch.organizationId, branch.projectId, branch.lineage, caller.credentialId);
  if (blocksAt(blocks, scopes).some(({ until }) => until === null)) return () => false;
  if (!index.anyOfZero) return () => true;
  return model => !limitsAt(index, scopes, [model.id]).some(limit => shuts(limit, model));
}

/** The end of credit is no limit of 0: nobody set it. A model without a price passes every limit on money. */
function shuts({ kind, stored }: LimitInForce, { prices }: CatalogModel): boolean {
  if (limitKind(kind).takes === 'cost' && prices.input === 0n && prices.output === 0n) return false;
  return stored.some(({ value, ofCredit }) => value <= 0n && ofCredit !== true);
}
