// Virtual environments with exactly what a lock file says, kept between runs in a folder that git ignores.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HERE = dirname(fileURLToPath(import.meta.url));
const FOLDER = join(HERE, '..', '..', '.venvs');
const OLDEST_PYTHON = [3, 11];
const INSTALL_MS = 900_000;
/** What pip says of an index that it cannot reach; whatever else it fails with is a fault of the lock file. */
const UNREACHED = /NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Retrying \(Retry/;

/** What this machine has not, so that nothing could be checked: told, and no failure of what is checked. */
export class NotHere extends Error {}

/** @throws {NotHere} without a Python that is new enough and can make virtual environments */
export async function findPython() {
  const look = 'import sys, venv, ensurepip; print(*sys.version_info[:2])';
  const { stdout } = await run('python3', ['-c', look]).catch(() => {
    throw new NotHere('there is no python3 with venv and pip');
  });
  const [major = 0, minor = 0] = stdout.split(' ').map(Number);
  const isNew = major > OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]);
  if (!isNew) throw new NotHere(`python3 is ${major}.${minor}, and the SDKs need ${OLDEST_PYTHON.join('.')}`);
}

/**
 * The interpreter of the environment of `requirements/<name>.txt`, made anew where the lock file or the Python is another one.
 * @throws {NotHere} where the package index cannot be reached
 */
export async function environmentOf(name) {
  const lock = join(HERE, 'requirements', `${name}.txt`);
  const folder = join(FOLDER, name);
  const python = join(folder, 'bin', 'python');
  const { stdout: version } = await run('python3', ['--version']);
  const wanted = createHash('sha256')
    .update(version)
    .update(await readFile(lock))
    .digest('hex');
  const made = join(folder, 'lock.sha256');
  const has = await readFile(made, 'utf8').catch(() => '');
  if (has === wanted) return python;
  await rm(folder, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  // Wheels alone: nothing of what is installed runs a program of its own.
  const exactly = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--disable-pip-version-check'];
  await run(python, ['-m', 'pip', 'install', '--quiet', '--retries', '2', ...exactly, '-r', lock], {
    timeout: INSTALL_MS,
    maxBuffer: 64 * 1_048_576,
  }).catch(error => {
    if (error.killed || UNREACHED.test(`${error.stderr}`)) throw new NotHere('the package index cannot be reached');
    throw error;
  });
  await writeFile(made, wanted);
  return python;
}
