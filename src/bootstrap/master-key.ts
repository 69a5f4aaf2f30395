import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppConfig } from '../config/app-config.js';
import { MasterKey } from '../platform/secrets.js';

/**
 * The key that seals stored secrets: from BOUGH_MASTER_KEY, or in development from the data folder, where it is made
 * once and readable by its owner only.
 * @throws {Error} when the data folder's key file is damaged
 */
export async function loadMasterKey(config: AppConfig): Promise<MasterKey> {
  if (config.masterKey !== null) return new MasterKey(config.masterKey);
  const path = join(config.dataDir, 'master.key');
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  try {
    // `wx` so that of two processes that start together only one makes the key.
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(`${randomBytes(32).toString('hex')}\n`);
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const text = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`${path} is damaged: it should hold 64 hexadecimal digits`);
  return new MasterKey(Buffer.from(text, 'hex'));
}
