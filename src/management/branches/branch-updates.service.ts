import { Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Operator } from '../../identity/identity.types.js';
import { IdSource } from '../../platform/id-source.js';
import { conflict, invalidField, notFound } from '../control-plane/refusals.js';
import { addBornLimits } from './born-limits.js';
import type { BranchChanges, BranchRecord, LockedTree } from './locked-tree.repository.js';
import type { BranchUpdates, RestoreBranchBody } from './branch-request.dto.js';
import { expiryOf, getBranch, refuseExpiry, refuseParent, refuseTakenName } from './branch-rules.js';
import { viewBranch } from './branch-view.js';
import type { ChangedBranch, RecoveredBranch } from './branch.dto.js';
import { TreeChangesService } from './tree-changes.service.js';

const SECOND_MS = 1_000;

/** What changes of a branch while it stays the branch that it is: its id, and so its credentials and its address. */
@Injectable()
export class BranchUpdatesService {
  constructor(
    private readonly changes: TreeChangesService,
    private readonly ids: IdSource,
  ) {}

  async update(operator: Operator, projectId: string, id: string, wanted: BranchUpdates): Promise<ChangedBranch> {
    if (Object.values(wanted).every(value => value === undefined)) {
      throw new GatewayError('invalid_request', { publicMessage: 'branch names no field to change', param: 'branch' });
    }
    const { result, operations } = await this.changes.change(operator, projectId, async tree => {
      const branch = await getBranch(tree, id);
      return tree.change(id, await planUpdate(tree, branch, wanted));
    });
    return { branch: viewBranch(result), operations };
  }

  async makeDefault(operator: Operator, projectId: string, id: string): Promise<ChangedBranch> {
    const { result, operations } = await this.changes.change(operator, projectId, async tree => {
      const branch = await getBranch(tree, id);
      if (branch.expiresAt !== null) throw conflict('a branch that expires cannot be the default branch');
      return branch.isDefault ? branch : tree.makeDefault(id);
    });
    return { branch: viewBranch(result), operations };
  }

  /**
   * Undoes a deletion of the last seven days. The branch is below its former parent again, and no longer ends by itself.
   * @throws {GatewayError} not_found; conflict when its name is taken meanwhile, or its parent can have no child now
   */
  async recover(operator: Operator, projectId: string, id: string): Promise<RecoveredBranch> {
    const { result } = await this.changes.change(operator, projectId, async tree => {
      const branch = await tree.findRecoverable(id);
      if (branch === null) throw notFound('deleted branch that can be recovered');
      await refuseTakenName(tree, branch.name, 'branch.name');
      if (branch.parentId !== null) await refuseFormerParent(tree, branch.parentId);
      const back = { deletedAt: null, deletedBy: null, expiresAt: null, ttlSeconds: null };
      const recovered = await tree.change(id, back);
      await addBornLimits(tree, [recovered], this.ids);
      await tree.record(this.ids.uuid(), 'timeline_unarchive', id);
      return recovered;
    });
    return { branch: viewBranch(result), endpoints: [] };
  }

  /**
   * Gives a branch the state of another one, or its own of earlier. Here that is a matter of the tree alone: the branch
   * keeps its id and hangs below whatever its state was taken from.
   */
  async restore(operator: Operator, projectId: string, id: string, wanted: RestoreBranchBody): Promise<ChangedBranch> {
    const { result, operations } = await this.changes.change(operator, projectId, async tree => {
      const branch = await getBranch(tree, id);
      const source = await findSource(tree, wanted);
      await refuseRestore(tree, branch, source, wanted);
      const preserved = wanted.preserve_under_name
        ? await this.preserve(tree, branch, wanted.preserve_under_name)
        : null;
      const parent = source.id === id ? preserved : source;
      if (parent === null) throw conflict('preserve_under_name is required', 'preserve_under_name');
      if (parent.id !== branch.parentId) await refuseMove(tree, branch, parent);
      await tree.record(this.ids.uuid(), 'create_branch', id);
      return tree.change(id, {
        parentId: parent.id,
        initSource: 'parent-data',
        lastResetAt: tree.now,
        ...again(branch, tree.now),
      });
    });
    return { branch: viewBranch(result), operations };
  }

  /** The former state as a branch of its own, in the place of the other: below its parent and above its children. */
  private async preserve(tree: LockedTree, branch: BranchRecord, name: string): Promise<BranchRecord> {
    await refuseTakenName(tree, name, 'preserve_under_name');
    const id = this.ids.branchId();
    const { projectId, parentId, initSource } = branch;
    const preserved = await tree.add({ id, projectId, parentId, name, initSource, isDefault: false, expiresAt: null });
    await tree.moveChildren(branch.id, id);
    await addBornLimits(tree, [preserved], this.ids);
    await tree.record(this.ids.uuid(), 'create_timeline', id);
    return preserved;
  }
}

async function planUpdate(tree: LockedTree, branch: BranchRecord, wanted: BranchUpdates): Promise<BranchChanges> {
  const { name, protected: isProtected = branch.protected } = wanted;
  if (name !== undefined && name !== branch.name) await refuseTakenName(tree, name, 'branch.name');
  const expiry = wanted.expires_at === undefined ? branch : expiryOf(wanted.expires_at, tree.now);
  const { expiresAt, ttlSeconds } = expiry;
  if (expiresAt !== null) await refuseExpiry(tree, { ...branch, protected: isProtected });
  return { ...(name === undefined ? {} : { name }), protected: isProtected, expiresAt, ttlSeconds };
}

async function refuseFormerParent(tree: LockedTree, parentId: string): Promise<void> {
  const parent = await tree.find(parentId);
  if (parent === null) throw conflict('its parent is deleted: recover that one first');
  await refuseParent(tree, parent, 'parent_id');
}

async function findSource(tree: LockedTree, { source_branch_id: id }: RestoreBranchBody): Promise<BranchRecord> {
  const source = await tree.find(id);
  if (source === null) throw notFound('source branch', 'source_branch_id');
  return source;
}

async function refuseRestore(
  tree: LockedTree,
  branch: BranchRecord,
  source: BranchRecord,
  { source_lsn: lsn, source_timestamp: timestamp, preserve_under_name: name = '' }: RestoreBranchBody,
): Promise<void> {
  if (lsn !== undefined && timestamp !== undefined) {
    throw invalidField('source_lsn', 'and source_timestamp exclude each other: send one');
  }
  const hasPoint = lsn !== undefined || timestamp !== undefined;
  if (timestamp !== undefined && new Date(timestamp) > tree.now) {
    throw invalidField('source_timestamp', 'must not lie in the future');
  }
  if (branch.protected && source.id === branch.parentId && !hasPoint) {
    throw conflict('a protected branch cannot be reset');
  }
  if (source.id === branch.id && !hasPoint) {
    throw invalidField('source_timestamp', 'or source_lsn is required where a branch is restored from itself');
  }
  const mustPreserve = source.id === branch.id || (await tree.hasChildren(branch.id));
  if (mustPreserve && name === '') {
    const sentence = 'is required where a branch has children or is restored from itself';
    throw invalidField('preserve_under_name', sentence);
  }
}

/** A branch that hung below itself would have no root, and its credentials would hold for nobody or for too many. */
async function refuseMove(tree: LockedTree, branch: BranchRecord, parent: BranchRecord): Promise<void> {
  if (await tree.leadsThrough(parent.id, branch.id)) {
    throw conflict('the source descends from the branch: it cannot become its parent', 'source_branch_id');
  }
  await refuseParent(tree, parent, 'source_branch_id');
}

/** A branch that ends by itself gets its whole time again. */
function again({ expiresAt, ttlSeconds }: BranchRecord, now: Date) {
  if (expiresAt === null || ttlSeconds === null) return {};
  return { expiresAt: new Date(now.getTime() + ttlSeconds * SECOND_MS) };
}
