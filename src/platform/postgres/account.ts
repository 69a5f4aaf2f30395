import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Who PostgreSQL runs as. It refuses to run as root, so root lends it an unprivileged user of the system. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/**
 * Null for an ordinary user, who runs PostgreSQL as himself.
 * @throws {Error} when root has nobody to lend
 */
export function lentAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'));
  for (const candidate of CANDIDATES) {
    const [, , uid, gid] = users.find(([name]) => name === candidate) ?? [];
    if (uid !== undefined && gid !== undefined && Number(uid) !== 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'PostgreSQL cannot run as root, and this system has neither a user postgres nor nobody. Set DATABASE_URL.',
  );
}

/** Whether the account can start the program at this path: every folder above it must let it pass. */
export function canRun(program: string, account: Account | null): boolean {
  const { status } = spawnSync(program, ['--version'], {
    ...(account ?? {}),
    stdio: 'ignore',
    cwd: '/',
    timeout: 10_000,
  });
  return status === 0;
}

/** Whether the account can enter this folder. */
export function canEnter(folder: string, account: Account | null): boolean {
  if (account === null) return true;
  const probe = 'require("node:fs").accessSync(process.argv[1], 1)';
  const { status } = spawnSync(process.execPath, ['-e', probe, folder], {
    ...account,
    stdio: 'ignore',
    cwd: '/',
    timeout: 10_000,
  });
  if (status !== null) return status === 0;
  // Node itself may stand where the account cannot reach it, as under /root with a version manager.
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', folder], { ...account, stdio: 'ignore', cwd: '/' }).status === 0;
}
