import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppConfig } from '../config/app-config.js';
import { MasterKey } from '../platform/secrets.js';

/**
 * The key that encrypts stored secrets: from BOUGH_MASTER_KEY, or in development from the data folder, where it is made
 * once and readable by its owner only. Where the variable is given later, the folder's key goes on opening what it encrypted.
 * @throws {Error} when the data folder's key file is damaged
 */
export async function loadMasterKey(config: AppConfig): Promise<MasterKey> {
  const path = join(config.dataDir, 'master.key');
  if (config.masterKey !== null) {
    const former = await readKeyFile(path);
    return new MasterKey(
      config.masterKey,
      [config.previousMasterKey, former].filter(key => key !== null),
    );
  }
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  try {
    // `wx` so that of two processes that start together only one makes the key.
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(`${randomBytes(32).toString('hex')}\n`);
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const made = await readKeyFile(path);
  if (made === null) throw new Error(`${path} was removed while Bough started: start it again`);
  return new MasterKey(made);
}

/** Null where there is none. */
async function readKeyFile(path: string): Promise<Buffer | null> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`${path} is damaged: it should hold 64 hexadecimal digits`);
  return Buffer.from(text, 'hex');
}
