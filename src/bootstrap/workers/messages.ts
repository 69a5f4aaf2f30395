import type { WorkerPlace } from '../../config/worker-config.js';
import type { Notice, Question } from '../../platform/siblings/channel.js';
import type { BannerFacts } from '../banner.js';
import type { DemoProject } from '../demo-project.js';

/** What the primary process and its workers say of starting and stopping. */

export interface Assignment {
  readonly place: WorkerPlace;
  /** with its password: never logged */
  readonly databaseUrl: string;
  readonly databaseDescription: string;
}

/** A worker asks what it is. */
export const GET_ASSIGNMENT: Question<null, Assignment> = { topic: 'get-assignment' };

/** Either the asking worker is to settle the installation, or another has. */
export type SettleTurn = { readonly settled: false } | { readonly settled: true; readonly demo: DemoProject | null };

export const GET_SETTLE_TURN: Question<null, SettleTurn> = { topic: 'get-settle-turn' };
export const INSTALLATION_SETTLED: Notice<{ readonly demo: DemoProject | null }> = { topic: 'installation-settled' };

export const WORKER_SERVES: Notice<BannerFacts> = { topic: 'worker-serves' };
/** Answered so that it is heard before the worker ends. */
export const WORKER_FAILED: Question<string, null> = { topic: 'worker-failed' };
export const DRAIN: Notice<null> = { topic: 'drain' };
