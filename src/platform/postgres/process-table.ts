import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const POLL_MS = 20;

/** The arguments of a living process, its program first; null when it is gone or does not tell. */
export function argumentsOf(pid: number): string[] | null {
  if (!isAlive(pid)) return null;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    const { stdout, status } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return status === 0 ? stdout.trim().split(' ') : null;
  }
}

/** The folder a process stands in, or null where the system does not say. PostgreSQL stands in its data folder. */
export function folderOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

/** The numbers of all processes that the system shows us. */
export function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(Number);
  } catch {
    const { stdout, status } = spawnSync('ps', ['-axo', 'pid='], { encoding: 'utf8' });
    return status === 0 ? stdout.trim().split(/\s+/).map(Number) : [];
  }
}

/** When a process began, in the system's own words; null where it does not say. A number may be given anew. */
export function birthOf(pid: number): string | null {
  const fields = statFieldsOf(pid);
  if (fields !== null) return fields[19] ?? null;
  const { stdout, status } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim().replaceAll(/\s+/g, '-') : null;
}

/** Whether a process runs. One that has ended and that nobody has reaped does not. */
export function isAlive(pid: number): boolean {
  return exists(pid) && statFieldsOf(pid)?.[0] !== 'Z';
}

/** Whether the system knows a process of this number, one that has ended and waits to be reaped among them. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The fields of /proc/<pid>/stat after the program's name, which may itself hold blanks and brackets. */
function statFieldsOf(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Resolves true once the process is gone, false after `withinMs`. */
export async function waitUntilGone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
  return true;
}
