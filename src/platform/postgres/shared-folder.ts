import { lstatSync, mkdirSync } from 'node:fs';

/** Where things lie that another account must reach, unless told otherwise. Only root needs it, and root may write there. */
export const SHARED_FOLDER = '/var/lib/bough';

/**
 * Makes a folder of root's that everybody may enter and nobody else may write.
 * @throws {Error} when it cannot be made, or somebody else made it: what lies in it cannot be trusted
 */
export function openSharedFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new Error(
      `PostgreSQL's files must lie where its account can reach them, but ${folder} cannot be made ` +
        `(${(error as Error).message}). Put the data folder where everybody may enter, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  const status = lstatSync(folder);
  if (!status.isDirectory() || status.uid !== process.getuid?.() || (status.mode & 0o022) !== 0) {
    throw new Error(
      `${folder} belongs to another user, or others may write to it. Remove it or change its owner and mode, or set DATABASE_URL.`,
    );
  }
  return folder;
}
