import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { CHILD_ENVIRONMENT } from './child-environment.js';

/** Who PostgreSQL runs as. It refuses to run as root, so root lends it an unprivileged user of the system. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];
const PROBE_MS = 10_000;

/**
 * Null for an ordinary user, who runs PostgreSQL as himself.
 * @throws {Error} when root has nobody to lend
 */
export function lentAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const users = readUsers();
  for (const candidate of CANDIDATES) {
    const [, , uid, gid] = users.find(([name]) => name === candidate) ?? [];
    if (uid !== undefined && gid !== undefined && Number(uid) !== 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'PostgreSQL cannot run as root, and this system has neither a user postgres nor nobody. Set DATABASE_URL.',
  );
}

function readUsers(): string[][] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map(line => line.split(':'));
  } catch {
    return [];
  }
}

/**
 * The account that a cluster on disk belongs to: PostgreSQL starts for its owner alone. So a start with sudo serves the
 * cluster of an ordinary user as that user, and a user postgres that was installed later changes nothing.
 */
export function ownerOf(data: string, lent: Account | null): Account | null {
  if (lent === null) return null;
  const { uid, gid } = statSync(data);
  return uid === 0 ? lent : { uid, gid };
}

/** Why the account cannot start the program at this path, or null when it can: every folder above must let it pass. */
export function whyNotRunnable(program: string, account: Account | null): string | null {
  const { status, error, stderr } = spawnSync(program, ['--version'], {
    ...(account ?? {}),
    env: CHILD_ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    cwd: '/',
    timeout: PROBE_MS,
  });
  if (status === 0) return null;
  return error?.message ?? (stderr.trim() || `it ended with ${status}`);
}

/** Whether the account can enter this folder. */
export function canEnter(folder: string, account: Account | null): boolean {
  if (account === null) return true;
  const options = { ...account, env: CHILD_ENVIRONMENT, stdio: 'ignore', cwd: '/', timeout: PROBE_MS } as const;
  const probe = 'require("node:fs").accessSync(process.argv[1], 1)';
  const { status } = spawnSync(process.execPath, ['-e', probe, folder], options);
  if (status !== null) return status === 0;
  // Node itself may stand where the account cannot reach it, as under /root with a version manager.
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', folder], options).status === 0;
}
