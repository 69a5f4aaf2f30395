import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where things lie that another account must reach: /var/lib, for root, who alone needs it. */
const PARENT = '/var/lib';

/**
 * A folder of root's that everybody may enter and nobody else may write.
 * @throws {Error} when somebody else made it: what lies in it cannot be trusted
 */
export function sharedFolder(): string {
  const folder = join(PARENT, 'bough');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { uid, mode } = lstatSync(folder);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new Error(`${folder} belongs to somebody else or others may write to it. Mend that, or set DATABASE_URL.`);
  }
  return folder;
}
