import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Environment } from '../config/environment.js';

const FILE = 'connection.env';
const LINE = /^([A-Z_]+)='([^']*)'$/;

/** Where the vendors' own SDKs and agents find the gateway by themselves: the names that they read. */
export function clientVariables(baseUrl: string, token: string): Record<string, string> {
  return {
    OPENAI_BASE_URL: `${baseUrl}/ai-gateway/mlflow/v1`,
    OPENAI_API_KEY: token,
    ANTHROPIC_BASE_URL: `${baseUrl}/anthropic`,
    ANTHROPIC_AUTH_TOKEN: token,
    GOOGLE_GEMINI_BASE_URL: `${baseUrl}/gemini`,
    GEMINI_API_KEY: token,
  };
}

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

/**
 * An environment without what an earlier start wrote into the connection file. Providers' accounts have names of the same
 * kind, and a gateway that is started in a shell which read the file must not take itself for its provider.
 */
export function withoutOwnVariables(source: Record<string, string | undefined>): Record<string, string | undefined> {
  const { BOUGH_DATA_DIR: folder } = source;
  const own = readOwn(join(resolve(folder?.trim() || new Environment().BOUGH_DATA_DIR), FILE));
  const isOwn = (name: string) => own.has(name) && own.get(name) === source[name];
  // The address may be that of another start, on another port.
  const isBesideOwn = (name: string) => name.endsWith('_BASE_URL') && isOwn(name.replace(/_BASE_URL$/, '_API_KEY'));
  return Object.fromEntries(Object.entries(source).filter(([name]) => !isOwn(name) && !isBesideOwn(name)));
}

/** Only the names that clients read: the others mean nothing to the gateway. */
function readOwn(path: string): ReadonlyMap<string, string> {
  const names = new Set(Object.keys(clientVariables('', '')));
  const lines = readIfThere(path).split('\n');
  return new Map(
    lines.flatMap(line => {
      const [, name = '', value = ''] = LINE.exec(line) ?? [];
      return names.has(name) ? [[name, value] as const] : [];
    }),
  );
}

/** A file that cannot be read holds nothing of ours: what is wrong with the folder is told when it is opened. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
