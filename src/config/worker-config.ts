import { AppConfig } from './app-config.js';

/** Which of the processes behind one port this is. */
export interface WorkerPlace {
  /** from 0; a process that takes the place of a dead one has its index */
  readonly index: number;
  readonly count: number;
}

/**
 * The configuration of one of several processes: what is meant for all of them together is divided, so that the sum is
 * what was configured. Limits are not: those are counted for all.
 */
export function divideConfig(config: AppConfig, place: WorkerPlace): AppConfig {
  const divided: Pick<AppConfig, 'databasePool' | 'upstreamConnections' | 'bodyBudgetBytes' | 'spoolMaxBytes'> = {
    databasePool: share(config.databasePool, place),
    upstreamConnections: share(config.upstreamConnections, place),
    bodyBudgetBytes: share(config.bodyBudgetBytes, place),
    spoolMaxBytes: share(config.spoolMaxBytes, place),
  };
  return Object.freeze(Object.assign(Object.create(AppConfig.prototype) as AppConfig, config, divided));
}

/** The first processes get what does not divide. */
function share(total: number, { index, count }: WorkerPlace): number {
  return Math.floor(total / count) + (index < total % count ? 1 : 0);
}
