import type { IdSource } from '../../platform/id-source.js';
import { smallestMatches } from './branch-pattern.js';
import type { LockedTree } from './locked-tree.repository.js';

/** Gives a branch the limits that branches of its name are born with. */
export async function addBornLimits(
  tree: LockedTree,
  branch: { id: string; name: string },
  ids: IdSource,
): Promise<void> {
  const limits = smallestMatches(await tree.listLimitDefaults(), branch.name).map(
    ({ id: defaultId, kind, modelId, value }) => ({ id: ids.prefixed('lim'), defaultId, kind, modelId, value }),
  );
  await tree.addLimits(branch.id, limits);
}
