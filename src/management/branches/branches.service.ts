import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { ConsequencesService } from '../control-plane/dry-run/consequences.service.js';
import type { DryRun } from '../control-plane/dry-run/dry-run.js';
import { conflict, invalidField, notFound } from '../control-plane/refusals.js';
import { addBornLimits } from './born-limits.js';
import type { BranchList, ChangedBranch } from './branch.dto.js';
import type { BranchRecord, LockedTree } from './locked-tree.repository.js';
import type { CountBranchesQuery, CreateBranchBody, ListBranchesQuery, NewBranchFields } from './branch-request.dto.js';
import { expiryOf, refuseDeletion, refuseParent, refuseTakenName } from './branch-rules.js';
import { BranchTreeRepository } from './branch-tree.repository.js';
import { viewAnnotations, viewBranch } from './branch-view.js';
import { decodeCursor, encodeCursor, type SortOrder } from './branch-cursor.js';
import { ScopeRepository } from '../control-plane/access/tenant-scope.repository.js';
import { TreeChangesService } from './tree-changes.service.js';

const PAGE = 10_000;

/** Branches of the operator's projects: the tree that credentials, limits and usage follow. */
@Injectable()
export class BranchesService {
  constructor(
    private readonly scopes: ScopeRepository,
    private readonly repository: BranchTreeRepository,
    private readonly changes: TreeChangesService,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly consequences: ConsequencesService,
  ) {}

  async create(operator: Operator, projectId: string, body: CreateBranchBody): Promise<ChangedBranch> {
    const wanted = body.branch ?? {};
    const expiry = expiryOf(wanted.expires_at, this.now());
    if (wanted.protected === true && expiry.expiresAt !== null) {
      throw conflict('a protected branch cannot expire', 'branch.expires_at');
    }
    const { result, operations } = await this.changes.change(operator, projectId, async tree => {
      const id = this.ids.branchId();
      const name = wanted.name ?? id;
      const parent = await findParent(tree, wanted);
      await refuseTakenName(tree, name, 'branch.name');
      const initSource = wanted.init_source ?? 'parent-data';
      const isRoot = initSource === 'schema-only';
      if (!isRoot) await refuseParent(tree, parent, 'branch.parent_id');
      const branch = await tree.add({
        ...{ id, projectId, name, initSource, ...expiry },
        parentId: isRoot ? null : parent.id,
        isDefault: false,
        protected: wanted.protected ?? false,
        annotation: body.annotation_value ?? null,
      });
      await addBornLimits(tree, [branch], this.ids);
      await tree.record(this.ids.uuid(), 'create_branch', id);
      return branch;
    });
    return { branch: viewBranch(result), operations };
  }

  async list(operator: Operator, projectId: string, query: ListBranchesQuery): Promise<BranchList> {
    await this.scopes.requireProject(operator, projectId);
    const { limit = PAGE, cursor, search, include_deleted: includeDeleted = false } = query;
    const sort: SortOrder = { by: query.sort_by ?? 'updated_at', order: query.sort_order ?? 'desc' };
    const after = cursor === undefined ? null : decodeCursor(cursor, sort);
    if (cursor !== undefined && after === null) throw invalidField('cursor', 'must be the cursor of an earlier page');
    const now = this.now();
    const rows = await this.repository.list(projectId, { search, sort, after, limit: limit + 1, includeDeleted }, now);
    const page = rows.slice(0, limit).map(branch => asEnded(branch, now));
    const last = page.at(-1);
    const branches = { branches: page.map(viewBranch), annotations: viewAnnotations(page) };
    if (rows.length <= limit || last === undefined) return branches;
    const next = encodeCursor(sort, { value: sortValue(last, sort), id: last.id });
    return { ...branches, pagination: { next, sort_by: sort.by, sort_order: sort.order } };
  }

  async count(operator: Operator, projectId: string, { search }: CountBranchesQuery): Promise<number> {
    await this.scopes.requireProject(operator, projectId);
    return this.repository.count(projectId, search, this.now());
  }

  /** @throws {GatewayError} not_found */
  async get(operator: Operator, projectId: string, id: string): Promise<BranchRecord> {
    await this.scopes.requireProject(operator, projectId);
    const branch = await this.repository.find(projectId, id, this.now());
    if (branch === null) throw notFound('branch');
    return branch;
  }

  /** @throws {GatewayError} not_found */
  async getOrDefault(operator: Operator, projectId: string, id: string | undefined): Promise<BranchRecord> {
    if (id !== undefined) return this.get(operator, projectId, id);
    await this.scopes.requireProject(operator, projectId);
    const branch = await this.repository.findDefault(projectId);
    if (branch === null) throw notFound('branch');
    return branch;
  }

  /**
   * Soft: the id never comes back to another branch, and for a week the branch can be recovered unless `forGood`. Null
   * when it was gone already.
   * @throws {GatewayError} conflict for a root, the default branch, a protected one, and one with children
   */
  async delete(operator: Operator, projectId: string, id: string, forGood: boolean): Promise<ChangedBranch | null> {
    const { result, operations } = await this.changes.change(operator, projectId, async tree => {
      const branch = await tree.find(id);
      if (branch === null) {
        if (forGood) await tree.forget(id);
        return null;
      }
      await refuseDeletion(tree, branch);
      await tree.record(this.ids.uuid(), 'delete_timeline', id);
      return tree.change(id, { deletedAt: tree.now, deletedBy: forGood ? null : 'user' });
    });
    if (result !== null) return { branch: viewBranch({ ...result, deletedAt: null }), operations };
    if (await this.repository.isKnown(projectId, id)) return null;
    throw notFound('branch');
  }

  /** What a deletion would do; refused as it would be. */
  async foresee(operator: Operator, projectId: string, id: string, forGood: boolean): Promise<DryRun> {
    const goes = await this.changes.foresee(operator, projectId, async tree => {
      const branch = await tree.find(id);
      if (branch === null) return forGood && (await tree.findRecoverable(id)) !== null;
      await refuseDeletion(tree, branch);
      return true;
    });
    if (goes) return this.consequences.ofBranch(operator.organizationId, id);
    if (await this.repository.isKnown(projectId, id)) return { dry_run: true, would_delete: null };
    throw notFound('branch');
  }

  private now(): Date {
    return new Date(this.clock.now());
  }
}

async function findParent(tree: LockedTree, { parent_id: id }: NewBranchFields): Promise<BranchRecord> {
  const parent = id === undefined || id === '' ? await tree.findDefault() : await tree.find(id);
  if (parent === null) throw notFound('parent branch', 'branch.parent_id');
  return parent;
}

/** One that expired and was not swept yet, as the sweep will write it down. */
function asEnded(branch: BranchRecord, now: Date): BranchRecord {
  const { deletedAt, expiresAt } = branch;
  const ended = deletedAt === null && expiresAt !== null && expiresAt <= now;
  return ended ? { ...branch, deletedAt: expiresAt, deletedBy: 'ttl' } : branch;
}

function sortValue(branch: BranchRecord, { by }: SortOrder): string {
  if (by === 'name') return branch.name;
  return (by === 'created_at' ? branch.createdAt : branch.updatedAt).toISOString();
}
