import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { Clock } from '../../platform/clock.js';
import { conflict, notFound } from '../control-plane/refusals.js';
import { withFreshIds } from '../control-plane/storage-failures.js';
import { BranchTreeRepository } from './branch-tree.repository.js';
import type { LockedTree } from './locked-tree.repository.js';
import { type Operation, viewOperation } from '../operations/operations.module.js';
import { ScopeRepository } from '../control-plane/access/tenant-scope.repository.js';

export interface TreeChange<Result> {
  readonly result: Result;
  readonly operations: Operation[];
}

/** The one way in which an operator changes a project's tree: one after the other, and every replica is told. */
@Injectable()
export class TreeChangesService {
  constructor(
    private readonly scopes: ScopeRepository,
    private readonly repository: BranchTreeRepository,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
  ) {}

  /**
   * Runs `work` alone, again with other ids when one is taken, and resolves when this replica follows and the others have
   * been told.
   * @throws {GatewayError} conflict for a tree that is the copy of another one
   */
  async change<Result extends { readonly id: string } | null>(
    operator: Operator,
    projectId: string,
    work: (tree: LockedTree) => Promise<Result>,
  ): Promise<TreeChange<Result>> {
    await this.scopes.requireProject(operator, projectId);
    const done = await withFreshIds(() =>
      this.repository.change(projectId, new Date(this.clock.now()), async tree => {
        refuseCopy(tree);
        return { tree, result: await work(tree) };
      }),
    );
    if (done === null) throw notFound('project');
    const { tree, result } = done;
    if (result !== null) {
      // Before anybody learns the branch's id: no request on it passes without its limits.
      if (tree.limited) await this.feed.publish('limits', `branch:${result.id}`);
      await this.feed.publish('identity', `project:${projectId}`);
    }
    return { result, operations: tree.operations.map(viewOperation) };
  }

  /** What `work` finds in the tree as it would be changed. Nothing is written, and nobody is told. */
  async foresee<Result>(
    operator: Operator,
    projectId: string,
    work: (tree: LockedTree) => Promise<Result>,
  ): Promise<Result> {
    await this.scopes.requireProject(operator, projectId);
    const seen: Result[] = [];
    const look = this.repository.change(projectId, new Date(this.clock.now()), async tree => {
      refuseCopy(tree);
      seen.push(await work(tree));
      throw new Undone();
    });
    await look.catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
    const [found] = seen;
    if (found === undefined) throw notFound('project');
    return found;
  }
}

/** Takes a transaction back that was only for looking. */
class Undone extends Error {
  override readonly name = 'Undone';
}

function refuseCopy(tree: LockedTree): void {
  if (tree.sourceId !== null)
    throw conflict('the branches of this project follow its lineage source: change them there');
}
