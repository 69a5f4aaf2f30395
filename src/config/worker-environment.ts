import { availableParallelism } from 'node:os';
import { Int, WorkerCount } from './environment-rules.js';
import { TransferEnvironment } from './transfer-environment.js';

/** More processes than this on one machine are a typing error. */
const MAX_WORKERS = 64;
/** A usage journal smaller than this fills up with the requests of a moment. */
const MIN_SPOOL_BYTES = 1_048_576;

/** How many processes serve, and the variables that are divided among them. */
export class WorkerEnvironment extends TransferEnvironment {
  @WorkerCount(MAX_WORKERS)
  BOUGH_WORKERS: number | 'auto' = 1;

  @Int(1, 1000)
  BOUGH_DATABASE_POOL: number = 10;

  @Int(1, 100_000)
  BOUGH_UPSTREAM_CONNECTIONS: number = 1024;

  @Int(MIN_SPOOL_BYTES, 1_099_511_627_776)
  BOUGH_SPOOL_MAX_BYTES: number = 268_435_456;
}

/** What a process needs of each divided variable, and how a sentence says it. */
function needs(
  env: WorkerEnvironment,
): readonly (readonly [variable: keyof WorkerEnvironment, each: number, words: string])[] {
  return [
    ['BOUGH_DATABASE_POOL', 1, 'one connection for each process'],
    ['BOUGH_UPSTREAM_CONNECTIONS', 1, 'one connection for each process'],
    ['BOUGH_BODY_BUDGET_BYTES', env.BOUGH_MAX_BODY_BYTES, 'one body of BOUGH_MAX_BODY_BYTES for each process'],
    ['BOUGH_SPOOL_MAX_BYTES', MIN_SPOOL_BYTES, '1048576 bytes for each process'],
  ];
}

/** What cannot be divided among so many processes. `auto` takes no more than can be. */
export function workerProblems(env: WorkerEnvironment): string[] {
  const { BOUGH_WORKERS: count } = env;
  if (typeof count !== 'number' || count <= 1 || count > MAX_WORKERS) return [];
  return needs(env)
    .filter(([variable, each]) => Number(env[variable]) < count * each)
    .map(
      ([variable, , words]) =>
        `${variable} is divided among BOUGH_WORKERS and must have ${words}: raise it, or set fewer workers`,
    );
}

/**
 * How many processes serve. `auto` is one for each processor that this program may use, as far as the divided variables
 * reach.
 */
export function workerCount(env: WorkerEnvironment, processors = availableParallelism()): number {
  if (env.BOUGH_WORKERS !== 'auto') return env.BOUGH_WORKERS;
  const reach = needs(env).map(([variable, each]) => Math.floor(Number(env[variable]) / each));
  return Math.max(1, Math.min(processors, MAX_WORKERS, ...reach));
}
