import { conflict, invalidField, notFound } from '../control-plane/refusals.js';
import type { BranchRecord, LockedTree } from './locked-tree.repository.js';

/** As deep as identity follows a lineage: a deeper branch would lose its root. */
const MAX_DEPTH = 10_000;
const SECOND_MS = 1_000;
const MAX_SECONDS = 2_147_483_647;

interface Expiry {
  readonly expiresAt: Date | null;
  readonly ttlSeconds: number | null;
}

/** When a branch is to end, and the time that is until then. */
export function expiryOf(wanted: string | null | undefined, now: Date): Expiry {
  if (wanted == null) return { expiresAt: null, ttlSeconds: null };
  const expiresAt = new Date(wanted);
  if (expiresAt <= now) throw invalidField('branch.expires_at', 'must lie in the future');
  const seconds = Math.ceil((expiresAt.getTime() - now.getTime()) / SECOND_MS);
  return { expiresAt, ttlSeconds: Math.min(seconds, MAX_SECONDS) };
}

/** @throws {GatewayError} conflict for a name that a living branch has */
export async function refuseTakenName(tree: LockedTree, name: string, field: string): Promise<void> {
  if (await tree.hasName(name)) throw conflict('the project has a branch of that name', field);
}

export async function getBranch(tree: LockedTree, id: string): Promise<BranchRecord> {
  const branch = await tree.find(id);
  if (branch === null) throw notFound('branch');
  return branch;
}

/**
 * That a branch may hang below another.
 * @throws {GatewayError} conflict for a parent that ends by itself, which would leave its children without one, and for
 * one so deep that its children would lose their root
 */
export async function refuseParent(tree: LockedTree, parent: BranchRecord, field: string): Promise<void> {
  if (parent.expiresAt !== null)
    throw conflict('a branch that expires cannot have children: choose another one', field);
  if ((await tree.depthOf(parent.id, MAX_DEPTH)) >= MAX_DEPTH) {
    throw conflict(`a lineage has at most ${MAX_DEPTH} branches: choose one nearer to the root`, field);
  }
}

export async function refuseDeletion(tree: LockedTree, branch: BranchRecord): Promise<void> {
  if (branch.isDefault) throw conflict('the default branch cannot be deleted: delete its project');
  if (branch.protected) throw conflict('a protected branch cannot be deleted');
  if (await tree.hasChildren(branch.id)) throw conflict('the branch has children: delete them first');
  if (branch.parentId === null) throw conflict('a root branch cannot be deleted: delete its project');
}

/** What may not be deleted may not delete itself either, save a root: its end was set when it was made. */
export async function refuseExpiry(tree: LockedTree, branch: BranchRecord): Promise<void> {
  const field = 'branch.expires_at';
  if (branch.isDefault) throw conflict('the default branch cannot expire', field);
  if (branch.protected) throw conflict('a protected branch cannot expire', field);
  if (await tree.hasChildren(branch.id)) throw conflict('a branch with children cannot expire', field);
}
