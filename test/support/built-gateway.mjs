import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const MAIN = join(ROOT, 'dist', 'main.js');
const START_MS = 120_000;
const STOP_MS = 20_000;

/**
 * The built program on the sandbox, as a newcomer starts it: a free port, a PostgreSQL and a data folder of its own below the
 * folder for temporary files, every model open to every dialect.
 * @returns {Promise<{baseUrl: string, variables: Record<string, string>, stop(): Promise<void>}>} `variables` are those of
 *   connection.env
 * @throws {Error} when the program was not built or does not start
 */
export async function startBuiltGateway(environment = {}) {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run `npm run build` first');
  const dataDir = await mkdtemp(join(tmpdir(), 'bough-built-'));
  // The user that root lends PostgreSQL to must reach its files here.
  await chmod(dataDir, 0o755);
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [MAIN], {
    cwd: ROOT,
    env: {
      PATH,
      HOME,
      PORT: '0',
      LOG_LEVEL: 'error',
      BOUGH_DATA_DIR: dataDir,
      BOUGH_OPEN_DIALECTS: 'true',
      BOUGH_SANDBOX_FIRST_TOKEN_MS: '0',
      BOUGH_SANDBOX_TOKENS_PER_SECOND: '0',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise(resolve => child.once('close', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const baseUrl = await banner(child);
    return { baseUrl, variables: shellVariables(await readFile(join(dataDir, 'connection.env'), 'utf8')), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The base URL that the program prints once it serves. */
function banner(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = why => reject(new Error(`the gateway ${why}:\n${output}`));
    const late = setTimeout(() => fail('did not start in time'), START_MS);
    const read = chunk => {
      output += chunk;
      const [, url] = /models at (http:\/\/\S+)/.exec(output) ?? [];
      if (url !== undefined) resolve(url);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', code => fail(`ended with ${code}`));
    child.once('error', reject);
    child.once('exit', () => clearTimeout(late));
    late.unref();
  });
}

/** NAME='value' lines as a shell reads them. */
function shellVariables(text) {
  const lines = [...text.matchAll(/^(\w+)='(.*)'$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name, value.replaceAll(String.raw`'\''`, "'")]));
}
