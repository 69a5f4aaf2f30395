import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const ROOT = join(__dirname, '..');

/**
 * One PostgreSQL for the whole run, with a migrated template that each test file copies, and an application role that every
 * gateway of the run serves with: the embedded one, or the server of BOUGH_TEST_DATABASE_URL. What was started is stopped again when a later step fails, for Jest then tears nothing down.
 */
export default async function setUp(): Promise<void> {
  resolveTypeScript();
  const given = process.env['BOUGH_TEST_DATABASE_URL'];
  const server = given === undefined ? await startServer() : { url: given, stop: async () => undefined };
  // Names of their own: two runs may share a server that was given to them.
  const run = randomBytes(6).toString('hex');
  const template = `bough_template_${run}`;
  const application = new URL(server.url);
  application.username = `bough_app_${run}`;
  application.password = randomBytes(12).toString('hex');
  const stop = async () => {
    try {
      await onServer(server.url, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
      await onServer(server.url, `DROP ROLE IF EXISTS ${application.username}`);
    } finally {
      await server.stop();
    }
  };
  try {
    await makeTemplate(server.url, template, application);
  } catch (error) {
    await stop();
    throw error;
  }
  process.env['BOUGH_TEST_SERVER_URL'] = server.url;
  process.env['BOUGH_TEST_APPLICATION_URL'] = application.href;
  process.env['BOUGH_TEST_TEMPLATE'] = template;
  Object.assign(globalThis, { stopTestPostgres: stop });
}

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const { startEmbeddedPostgres } = await import('../src/platform/postgres/embedded-postgres.js');
  const dataDir = mkdtempSync(join(tmpdir(), 'bough-jest-'));
  const discard = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
  // The user that root lends PostgreSQL to must reach its files here.
  chmodSync(dataDir, 0o755);
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined, durable: false });
    const forget = stopWhenRunIsBroken(postgres.pid, discard);
    const stop = async () => {
      forget();
      await postgres.stop();
      discard();
    };
    return { url: postgres.url, stop };
  } catch (error) {
    discard();
    throw error;
  }
}

/** Ctrl-C ends Jest without a tear-down, and PostgreSQL, in a group of its own, does not hear it. */
function stopWhenRunIsBroken(pid: number, discard: () => void): () => void {
  const stop = () => {
    try {
      process.kill(pid, 'SIGQUIT');
      discard();
    } catch {
      // It ended before us; there is nobody left to tell.
    }
  };
  const exit = () => process.exit(130);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  process.once('exit', stop);
  for (const signal of signals) process.once(signal, exit);
  return () => {
    process.off('exit', stop);
    for (const signal of signals) process.off(signal, exit);
  };
}

async function makeTemplate(serverUrl: string, template: string, application: URL): Promise<void> {
  const { applyMigrations } = await import('../src/platform/prisma/migration-runner.js');
  const { prepareApplicationRole } = await import('../src/platform/prisma/application-role.js');
  await onServer(serverUrl, `CREATE DATABASE ${template}`);
  const url = new URL(serverUrl);
  url.pathname = `/${template}`;
  await applyMigrations({
    url: url.href,
    directory: join(ROOT, 'prisma', 'migrations'),
    log: () => undefined,
    afterwards: client => prepareApplicationRole(client, { url: application.href, retentionDays: 1 }),
  });
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
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
