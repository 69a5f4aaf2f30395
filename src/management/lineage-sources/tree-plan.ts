import { type SourceBranch, SourceFailure } from './source-tree.js';

/** A branch as it is kept here. */
export interface KeptBranch extends SourceBranch {
  readonly deletedAt: Date | null;
}

/** What makes the tree that is kept the tree that the source has. */
export interface TreePlan {
  readonly added: readonly SourceBranch[];
  /** changed there, or deleted here and there again */
  readonly changed: readonly SourceBranch[];
  /** of the changed, those that were deleted here */
  readonly revived: readonly SourceBranch[];
  /** ids of branches that the source has no more */
  readonly ended: readonly string[];
}

const FIELDS = ['parentId', 'name', 'isDefault', 'protected', 'initSource'] as const;
const MOMENTS = ['expiresAt', 'lastResetAt'] as const;

/**
 * Compares the two. A branch whose time is over counts as deleted here, though its source lists it still.
 * @throws {SourceFailure} where such a branch has children
 */
export function planTree(kept: readonly KeptBranch[], source: readonly SourceBranch[], now: Date): TreePlan {
  const over = new Set(source.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now).map(({ id }) => id));
  const wanted = source.filter(({ id }) => !over.has(id));
  if (wanted.some(({ parentId }) => parentId !== null && over.has(parentId))) {
    throw new SourceFailure('the source has a branch whose parent has expired');
  }
  const known = new Map(kept.map(branch => [branch.id, branch]));
  const present = new Set(wanted.map(({ id }) => id));
  const changed = wanted.filter(branch => {
    const own = known.get(branch.id);
    return own !== undefined && (own.deletedAt !== null || differs(own, branch));
  });
  return {
    added: wanted.filter(({ id }) => !known.has(id)),
    changed,
    revived: changed.filter(({ id }) => known.get(id)?.deletedAt !== null),
    ended: kept.filter(({ id, deletedAt }) => deletedAt === null && !present.has(id)).map(({ id }) => id),
  };
}

/** Whether there is nothing to do. */
export function isIdle({ added, changed, ended }: TreePlan): boolean {
  return added.length + changed.length + ended.length === 0;
}

function differs(own: SourceBranch, other: SourceBranch): boolean {
  return (
    FIELDS.some(field => own[field] !== other[field]) ||
    MOMENTS.some(field => own[field]?.getTime() !== other[field]?.getTime())
  );
}
