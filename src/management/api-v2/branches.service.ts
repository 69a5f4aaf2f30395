import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { conflict, invalidField, notFound } from '../refusals.js';
import { withFreshIds } from '../unique.js';
import type { Branch, BranchList, ListBranchesQuery, NewBranchFields } from './branch.dto.js';
import { smallestMatches } from './branch-pattern.js';
import { type BranchRecord, BranchTreeRepository, type LockedTree } from './branch-tree.repository.js';
import { viewBranch } from './branch-view.js';
import { ProjectsService } from './projects.service.js';

/** As deep as identity follows a lineage: a deeper branch would lose its root. */
const MAX_DEPTH = 10_000;
const PAGE = 10_000;

/** Branches of the operator's projects: the tree that credentials, limits and usage follow. */
@Injectable()
export class BranchesService {
  constructor(
    private readonly projects: ProjectsService,
    private readonly repository: BranchTreeRepository,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  async create(operator: Operator, projectId: string, wanted: NewBranchFields): Promise<Branch> {
    await this.projects.get(operator, projectId);
    const now = this.now();
    const expiresAt = wanted.expires_at == null ? null : new Date(wanted.expires_at);
    if (expiresAt !== null && expiresAt <= now) throw invalidField('branch.expires_at', 'must lie in the future');
    const made = await withFreshIds(() =>
      this.repository.change(projectId, now, async tree => {
        const id = this.ids.branchId();
        const name = wanted.name ?? id;
        const parent = await findParent(tree, wanted.parent_id);
        if (await tree.hasName(name)) throw conflict('the project has a branch of that name', 'branch.name');
        const initSource = wanted.init_source ?? 'parent-data';
        const parentId = initSource === 'schema-only' ? null : await growFrom(tree, parent);
        const branch = await tree.add({ id, projectId, parentId, name, isDefault: false, initSource, expiresAt });
        return { branch, limited: await this.addDefaultLimits(tree, branch) };
      }),
    );
    if (made === null) throw notFound('project');
    const { branch, limited } = made;
    // Before anybody learns the branch's id: no request on it passes without its limits.
    if (limited) await this.feed.publish('limits', `branch:${branch.id}`);
    await this.feed.publish('identity', `branch:${branch.id}`);
    return viewBranch(branch);
  }

  async list(operator: Operator, projectId: string, query: ListBranchesQuery): Promise<BranchList> {
    await this.projects.get(operator, projectId);
    const { limit = PAGE, cursor, search } = query;
    const after = cursor === undefined ? null : await this.repository.findPosition(projectId, cursor);
    if (cursor !== undefined && after === null) throw invalidField('cursor', 'must be the cursor of an earlier page');
    const rows = await this.repository.list(projectId, { search, after, limit: limit + 1 }, this.now());
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const branches = page.map(viewBranch);
    return rows.length > limit && last !== undefined ? { branches, pagination: { cursor: last.id } } : { branches };
  }

  /** @throws {GatewayError} not_found */
  async get(operator: Operator, projectId: string, id: string): Promise<BranchRecord> {
    await this.projects.get(operator, projectId);
    const branch = await this.repository.find(projectId, id, this.now());
    if (branch === null) throw notFound('branch');
    return branch;
  }

  /**
   * Soft: the id never comes back to another branch. Null when it was gone already.
   * @throws {GatewayError} conflict for a root, the default branch, a protected one, and one with children
   */
  async delete(operator: Operator, projectId: string, id: string): Promise<Branch | null> {
    await this.projects.get(operator, projectId);
    const now = this.now();
    const deleted = await this.repository.change(projectId, now, async tree => {
      const branch = await tree.find(id);
      if (branch === null) return null;
      await refuseDeletion(tree, branch);
      return tree.delete(id, now);
    });
    if (deleted === null) {
      if (await this.repository.isKnown(projectId, id)) return null;
      throw notFound('branch');
    }
    await this.feed.publish('identity', `branch:${id}`);
    return viewBranch(deleted);
  }

  /** Whether there were any. */
  private async addDefaultLimits(tree: LockedTree, { id: branchId, name }: BranchRecord): Promise<boolean> {
    const limits = smallestMatches(await tree.listLimitDefaults(), name).map(
      ({ id: defaultId, kind, modelId, value }) => ({ id: this.ids.prefixed('lim'), defaultId, kind, modelId, value }),
    );
    await tree.addLimits(branchId, limits);
    return limits.length > 0;
  }

  private now(): Date {
    return new Date(this.clock.now());
  }
}

async function findParent(tree: LockedTree, id: string | undefined): Promise<BranchRecord> {
  const parent = id === undefined ? await tree.findDefault() : await tree.find(id);
  if (parent === null) throw notFound('parent branch', 'branch.parent_id');
  return parent;
}

/** A branch that ends by itself would leave its children without a parent. */
async function growFrom(tree: LockedTree, parent: BranchRecord): Promise<string> {
  if (parent.expiresAt !== null) {
    throw conflict('a branch that expires cannot have children: choose another parent', 'branch.parent_id');
  }
  if ((await tree.depthOf(parent.id, MAX_DEPTH)) >= MAX_DEPTH) {
    throw conflict(
      `a lineage has at most ${MAX_DEPTH} branches: choose a parent nearer to the root`,
      'branch.parent_id',
    );
  }
  return parent.id;
}

async function refuseDeletion(tree: LockedTree, branch: BranchRecord): Promise<void> {
  if (branch.isDefault) throw conflict('the default branch cannot be deleted: delete its project');
  if (branch.protected) throw conflict('a protected branch cannot be deleted');
  if (await tree.hasChildren(branch.id)) throw conflict('the branch has children: delete them first');
  if (branch.parentId === null) throw conflict('a root branch cannot be deleted: delete its project');
}
