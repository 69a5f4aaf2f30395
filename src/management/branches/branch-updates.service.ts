import { Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Operator } from '../../identity/identity.types.js';
import { IdSource } from '../../platform/id-source.js';
import { conflict, notFound } from '../control-plane/refusals.js';
import { addBornLimits } from './born-limits.js';
import type { ChangedBranch, RecoveredBranch } from './branch.dto.js';
import type { BranchChanges, BranchRecord } from './branch-record.js';
import type { BranchUpdates } from './branch-request.dto.js';
import { expiryOf, getBranch, refuseExpiry, refuseParent, refuseTakenName } from './branch-rules.js';
import { viewBranch } from './branch-view.js';
import type { LockedTree } from './locked-tree.repository.js';
import { TreeChangesService } from './tree-changes.service.js';

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
