import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const ROOT = join(__dirname, '..');

/**
 * One PostgreSQL for the whole run, with a migrated template that each test file copies: the embedded one, or the server
 * of BOUGH_TEST_DATABASE_URL.
 */
export default async function setUp(): Promise<void> {
  resolveTypeScript();
  const { startEmbeddedPostgres } = await import('../src/platform/postgres/embedded-postgres.js');
  const given = process.env['BOUGH_TEST_DATABASE_URL'];
  let serverUrl = given;
  if (serverUrl === undefined) {
    const dataDir = mkdtempSync(join(tmpdir(), 'bough-jest-'));
    // The user that root lends PostgreSQL to must reach its files here.
    chmodSync(dataDir, 0o755);
    const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined, durable: false });
    serverUrl = postgres.url;
    Object.assign(globalThis, {
      stopTestPostgres: async () => {
        await postgres.stop();
        rmSync(dataDir, { recursive: true, force: true });
      },
    });
  }
  process.env['BOUGH_TEST_SERVER_URL'] = serverUrl;
  await makeTemplate(serverUrl);
}

async function makeTemplate(serverUrl: string): Promise<void> {
  const { applyMigrations } = await import('../src/platform/prisma/migration-runner.js');
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query('DROP DATABASE IF EXISTS bough_template WITH (FORCE)');
  await client.query('CREATE DATABASE bough_template');
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = '/bough_template';
  await applyMigrations({ url: url.href, directory: join(ROOT, 'prisma', 'migrations'), log: () => undefined });
}

type Resolve = (request: string, ...rest: unknown[]) => string;

/**
 * Jest compiles a global set-up but resolves its imports as Node does, to whom `./x.js` is not `./x.ts`. This teaches Node
 * the difference, for the set-up's process alone.
 */
function resolveTypeScript(): void {
  const loader = Module as unknown as { _resolveFilename: Resolve };
  const resolve = loader._resolveFilename;
  loader._resolveFilename = (request, ...rest) => {
    try {
      return resolve(request, ...rest);
    } catch (error) {
      if (!/^\.{1,2}\/.*\.js$/.test(request)) throw error;
      return resolve(request.replace(/\.js$/, '.ts'), ...rest);
    }
  };
}
