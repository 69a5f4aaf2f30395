import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes `NAME=value` lines that a shell can source, readable by the owner only, whole or not at all. */
export async function writeConnectionFile(path: string, variables: Record<string, string>): Promise<void> {
  const lines = Object.entries(variables).map(
    ([name, value]) => `${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  );
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, `${lines.join('\n')}\n`, { mode: 0o600 });
  await rename(draft, path);
}
