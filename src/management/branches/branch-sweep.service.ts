import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ChangeFeed } from '../../platform/change-feed.js';
import { Clock } from '../../platform/clock.js';
import { describeCause, Log } from '../../platform/logging.js';
import { BranchTreeRepository } from './branch-tree.repository.js';
import { OperationRepository } from '../operations/operations.module.js';

const SWEEP_MS = 10_000;
/** An hour of sweeps: what is kept for half a year need not be looked for more often. */
const SWEEPS_TO_FORGETTING = 360;
const PROJECTS_AT_ONCE = 500;
const OPERATIONS_AT_ONCE = 5_000;
const OPERATIONS_KEPT_MS = 180 * 86_400_000;

/**
 * Writes down that branches have ended whose time is over. They count as deleted from their moment on, swept or not: this
 * gives back their names, drops what they were born with and lets them be recovered.
 */
@Injectable()
export class BranchSweepService implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private sweeps = 0;

  constructor(
    private readonly trees: BranchTreeRepository,
    private readonly operations: OperationRepository,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(++this.sweeps % SWEEPS_TO_FORGETTING === 1), SWEEP_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    await this.running;
  }

  /** Never rejects, and never runs twice at once: what fails or is too much now is done by the next one. */
  sweep(forgets = true): Promise<void> {
    this.running ??= this.run(forgets).finally(() => (this.running = null));
    return this.running;
  }

  private async run(forgets: boolean): Promise<void> {
    const now = new Date(this.clock.now());
    try {
      for (const projectId of await this.trees.listExpiring(now, PROJECTS_AT_ONCE)) await this.end(projectId, now);
      if (!forgets) return;
      await this.operations.deleteBefore(new Date(now.getTime() - OPERATIONS_KEPT_MS), OPERATIONS_AT_ONCE);
    } catch (error) {
      this.log.warn('expired branches could not be swept; again in a moment', { cause: describeCause(error) });
    }
  }

  /** Every change of a tree begins with ending what has expired; this one ends there. */
  private async end(projectId: string, now: Date): Promise<void> {
    try {
      await this.trees.change(projectId, now, async () => true);
      await this.feed.publish('identity', `project:${projectId}`);
    } catch (error) {
      this.log.warn('the expired branches of a project could not be swept', { projectId, cause: describeCause(error) });
    }
  }
}
