import { readInstant } from '../control-plane/requests/instant.js';

/** Why a lineage source gave no tree, as a sentence for its operator. It never holds the key or what the source said. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
}

/** As deep as identity follows a lineage. */
const MAX_DEPTH = 10_000;
export const MAX_BRANCHES = 50_000;
const BRANCH_ID = /^br-[a-z0-9-]{1,57}$/;
const MAX_NAME_LENGTH = 256;
const UNSTORABLE = /[\u0000-\u001f\u007f\p{Cs}]/u;
const INIT_SOURCE = /^[a-z-]{1,32}$/;

/** A branch as its source has it. */
export interface SourceBranch {
  readonly id: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly isDefault: boolean;
  readonly protected: boolean;
  readonly initSource: string;
  readonly expiresAt: Date | null;
  readonly lastResetAt: Date | null;
  readonly createdAt: Date;
}

/**
 * A tree as its source tells it, page after page. All of it must make sense, or none of it is taken: half a tree could let
 * somebody in.
 */
export class SourceTree {
  private readonly branches: SourceBranch[] = [];

  constructor(private readonly projectId: string) {}

  /** Takes a page. @throws {SourceFailure} for anything that is no branch of the project, and at the first one too many */
  add(items: readonly unknown[]): void {
    if (this.branches.length + items.length > MAX_BRANCHES) {
      throw new SourceFailure(`the source has more than ${MAX_BRANCHES} branches`);
    }
    for (const item of items) this.branches.push(readBranch(this.projectId, item));
  }

  /** @throws {SourceFailure} for what cannot be a project's tree */
  finish(): SourceBranch[] {
    const { branches } = this;
    const byId = new Map(branches.map(branch => [branch.id, branch]));
    if (byId.size !== branches.length) throw nonsense('names a branch twice');
    if (new Set(branches.map(({ name }) => name)).size !== branches.length) throw nonsense('has a branch name twice');
    if (branches.filter(({ isDefault }) => isDefault).length !== 1)
      throw nonsense('has not exactly one default branch');
    for (const { parentId } of branches) {
      if (parentId !== null && !byId.has(parentId)) throw nonsense('names a parent that is not in its list');
    }
    refuseCircles(branches, byId);
    return branches;
  }
}

/** Every way to a root is walked once: what was found to lead there is not walked again. */
function refuseCircles(branches: readonly SourceBranch[], byId: ReadonlyMap<string, SourceBranch>): void {
  const depths = new Map<string, number>();
  for (const branch of branches) {
    const way: string[] = [];
    let at: SourceBranch | undefined = branch;
    while (at !== undefined && !depths.has(at.id)) {
      way.push(at.id);
      if (way.length > branches.length) throw nonsense('has branches that descend from themselves');
      at = at.parentId === null ? undefined : byId.get(at.parentId);
    }
    let depth = at === undefined ? 0 : (depths.get(at.id) ?? 0);
    for (const id of way.reverse()) depths.set(id, (depth += 1));
    if (depth > MAX_DEPTH) throw new SourceFailure(`a lineage of the source has more than ${MAX_DEPTH} branches`);
  }
}

function readBranch(projectId: string, item: unknown): SourceBranch {
  if (typeof item !== 'object' || item === null) throw nonsense('lists something that is no branch');
  const fields = item as Record<string, unknown>;
  const { id, name, parent_id: parentId = null, init_source: initSource = 'parent-data' } = fields;
  if (typeof id !== 'string' || !BRANCH_ID.test(id)) throw nonsense('lists a branch without a branch id');
  if (fields['project_id'] !== projectId) throw nonsense('lists a branch of another project');
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH || UNSTORABLE.test(name)) {
    throw nonsense('lists a branch without a name');
  }
  if (parentId !== null && (typeof parentId !== 'string' || parentId === id))
    throw nonsense('names a parent that is none');
  if (typeof initSource !== 'string' || !INIT_SOURCE.test(initSource))
    throw nonsense('lists a branch of no known kind');
  const createdAt = readTime(fields['created_at']);
  if (createdAt === null) throw nonsense('lists a branch without a time');
  return {
    ...{ id, name, initSource, createdAt },
    parentId: parentId === '' ? null : parentId,
    isDefault: readFlag(fields['default']),
    protected: readFlag(fields['protected']),
    expiresAt: readTime(fields['expires_at']),
    lastResetAt: readTime(fields['last_reset_at']),
  };
}

function readFlag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw nonsense('lists a branch without its marks');
  return value;
}

function readTime(value: unknown): Date | null {
  if (value === undefined || value === null) return null;
  const time = readInstant(value);
  if (time === null) throw nonsense('gives a time that is none');
  return time;
}

function nonsense(what: string): SourceFailure {
  return new SourceFailure(`the source ${what}`);
}
