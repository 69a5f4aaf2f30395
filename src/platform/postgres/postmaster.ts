import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readText } from './durable-file.js';
import { argumentsOf, exists, folderOf, processIds, waitUntilGone } from './process-table.js';

const STOP_MS = 10_000;
const REAP_MS = 1_000;
const REAP_POLL_MS = 20;

/** What PostgreSQL writes into its pid file: who it is, and whether it takes connections. */
export interface PostmasterFile {
  readonly pid: number;
  readonly ready: boolean;
}

/** Null while there is no such file, or nothing sensible in it. */
export function readPostmasterFile(data: string): PostmasterFile | null {
  const lines = (readText(join(data, 'postmaster.pid')) ?? '').split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : null;
}

/**
 * Clears the way for a start: stops a postmaster that outlived its Bough (we hold the folder's lock, so nobody needs it).
 * A pid file whose process is gone stays for PostgreSQL, which knows better than we whether its memory is still in use;
 * only one whose number now belongs to somebody else is removed, because PostgreSQL would take that for a living server.
 * @throws {Error} when it cannot be stopped
 */
export async function clearFormerPostmaster(data: string, log: (line: string) => void): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  const pid = readPostmasterFile(data)?.pid ?? null;
  const command = pid === null ? [] : argumentsOf(pid);
  if (pid !== null && command !== null && isPostgresOn(data, pid, command)) {
    log(`stopping the PostgreSQL (process ${pid}) that outlived an earlier start`);
    await stopPostmaster(pid);
  } else if (command !== null || (pid !== null && !(await isReaped(pid)))) {
    rmSync(pidFile, { force: true });
  }
  await endLeftovers(data);
}

/**
 * Whether the system has forgotten a process that ended. Until its parent has asked for its exit code PostgreSQL takes it
 * for a living server, and a container's first process may never ask.
 */
async function isReaped(pid: number): Promise<boolean> {
  const deadline = performance.now() + REAP_MS;
  while (exists(pid)) {
    if (performance.now() > deadline) return false;
    await new Promise(resolve => setTimeout(resolve, REAP_POLL_MS));
  }
  return true;
}

function isPostgresOn(data: string, pid: number, command: readonly string[]): boolean {
  if (!/^postgres(\.exe)?$/.test(basename(command[0] ?? ''))) return false;
  return command[command.indexOf('-D') + 1] === data || folderOf(pid) === data;
}

/**
 * Ends the sessions of a postmaster that was killed. Most notice by themselves; one in the midst of a long query does
 * not, and no new server can start while it has the old one's memory.
 * @throws {Error} when one cannot be ended
 */
async function endLeftovers(data: string): Promise<void> {
  for (const pid of processIds()) {
    if (folderOf(pid) !== data) continue;
    const [name = ''] = argumentsOf(pid) ?? [];
    if (name.startsWith('postgres:') || isPostgresOn(data, pid, [name])) await end(pid, ['SIGQUIT', 'SIGKILL']);
  }
}

/**
 * Ends an initdb that outlived its Bough and still writes this data folder.
 * @throws {Error} when it cannot be ended
 */
export async function endInitdb(data: string): Promise<void> {
  for (const pid of processIds()) {
    const command = argumentsOf(pid) ?? [];
    if (/^initdb(\.exe)?$/.test(basename(command[0] ?? '')) && command.includes(data)) await end(pid, ['SIGKILL']);
  }
  await endLeftovers(data);
}

/**
 * Fast shutdown, then an immediate one, then none at all, with ten seconds for each. The write-ahead log makes each safe.
 * @throws {Error} when the process survives or is not ours to stop
 */
export async function stopPostmaster(pid: number): Promise<void> {
  await end(pid, ['SIGINT', 'SIGQUIT', 'SIGKILL']);
}

/** Asks for a fast shutdown and waits for nothing: for the last moment of a process, which cannot wait. */
export function signalFastShutdown(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // It ended before us, or is not ours to end; there is nobody left to tell.
  }
}

async function end(pid: number, signals: readonly NodeJS.Signals[]): Promise<void> {
  for (const signal of signals) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw new Error(`PostgreSQL (process ${pid}) cannot be stopped: it belongs to another user.`, { cause: error });
    }
    if (await waitUntilGone(pid, STOP_MS)) return;
  }
  throw new Error(`PostgreSQL (process ${pid}) does not end, not even when killed.`);
}
