import type { IdSource } from '../../platform/id-source.js';
import { smallestMatches } from './branch-pattern.js';
import type { LockedTree } from './locked-tree.repository.js';

/** Gives branches the limits that branches of their names are born with. */
export async function addBornLimits(
  tree: LockedTree,
  branches: readonly { id: string; name: string }[],
  ids: IdSource,
): Promise<void> {
  const defaults = await tree.listLimitDefaults();
  const limits = branches.flatMap(({ id: branchId, name }) =>
    smallestMatches(defaults, name).map(({ id: defaultId, kind, modelId, value, hard }) => {
      return { id: ids.prefixed('lim'), branchId, defaultId, kind, modelId, value, hard };
    }),
  );
  await tree.addLimits(limits);
}
