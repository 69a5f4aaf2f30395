import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../../platform/change-feed.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { addBornLimits, BranchTreeRepository } from '../branches/branches.module.js';
import type { SourceBranch } from './source-tree.js';
import { TreeCopy } from './tree-copy.repository.js';
import { isIdle, planTree } from './tree-plan.js';

/** Makes a project's tree the one that its source has. */
@Injectable()
export class LineageCopyService {
  constructor(
    private readonly trees: BranchTreeRepository,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  /**
   * Wholly or not at all. Resolves when this replica follows the new tree and the others have been told.
   * @throws {SourceFailure} when the tree cannot be taken
   */
  async copy(sourceId: string, projectId: string, source: readonly SourceBranch[]): Promise<void> {
    const limited = await this.trees.change(projectId, new Date(this.clock.now()), async tree => {
      // Removed while we read: the tree is the project's own now.
      if (tree.sourceId !== sourceId) return null;
      const copy = new TreeCopy(tree);
      await copy.refuseForeign(source);
      const plan = planTree(await copy.listKept(source), source, tree.now);
      if (isIdle(plan)) return null;
      await copy.apply(plan);
      await addBornLimits(tree, [...plan.added, ...plan.revived], this.ids);
      return tree.limited;
    });
    if (limited === null) return;
    if (limited) await this.feed.publish('limits', `project:${projectId}`);
    await this.feed.publish('identity', `project:${projectId}`);
  }
}
