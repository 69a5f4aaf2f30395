import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type RunningBough, startBough } from '../../src/bootstrap/start.js';
import { AppConfig } from '../../src/config/app-config.js';
import { Log } from '../../src/platform/logging.js';
import { SandboxService } from '../../src/sandbox/sandbox.module.js';
import { createTestDatabase } from './database.js';
import { DescribedAnswers } from './described-answers.js';
import { checkStrictly } from './sandbox-checks/strict.js';

export interface TestGateway {
  readonly bough: RunningBough;
  readonly baseUrl: string;
  readonly port: number;
  readonly token: string;
  readonly managementKey: string;
  readonly projectId: string;
  readonly mainBranchId: string;
  readonly databaseUrl: string;
  /** plain SQL against the gateway's database */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** calls the control plane as the demo's owner */
  manage<Body = unknown>(method: string, path: string, body?: object): Promise<{ status: number; body: Body }>;
  /** a chat request with the demo's token */
  chat(body: object, headers?: Record<string, string>, path?: string): Promise<Response>;
  stop(): Promise<void>;
}

/**
 * A whole gateway on its own database and a free port, whose sandbox is as strict as the vendors. `environment` adds to and
 * overrides the test's defaults.
 */
export async function startTestGateway(environment: Record<string, string> = {}, log?: Log): Promise<TestGateway> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'bough-test-'));
  const config = AppConfig.fromEnvironment({
    NODE_ENV: 'development',
    PORT: '0',
    DATABASE_URL: database.applicationUrl,
    BOUGH_OWNER_DATABASE_URL: database.url,
    BOUGH_DATA_DIR: dataDir,
    BOUGH_SANDBOX_FIRST_TOKEN_MS: '0',
    BOUGH_SANDBOX_TOKENS_PER_SECOND: '0',
    BOUGH_DRAIN_MS: '200',
    // As in production: which model speaks what is part of the contract.
    BOUGH_OPEN_DIALECTS: 'false',
    LOG_LEVEL: 'silent',
    ...environment,
  });
  const bough = await startBough(config, log ?? Log.create(config.logLevel));
  bough.app.get(SandboxService, { strict: false }).check = checkStrictly;
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // A test may cut every connection to see what the gateway does.
  client.on('error', () => undefined);
  return assemble(bough, database.url, client, async () => {
    await client.end().catch(() => undefined);
    await bough.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });
}

function assemble(bough: RunningBough, databaseUrl: string, client: pg.Client, stop: () => Promise<void>): TestGateway {
  const { baseUrl } = bough;
  const { demo } = bough.banner;
  DescribedAnswers.begin(baseUrl, bough.app);
  if (demo === null) throw new Error('a test gateway has a demo project');
  return {
    bough,
    baseUrl,
    port: Number(new URL(baseUrl).port),
    token: demo.token,
    managementKey: demo.managementKey,
    projectId: demo.projectId,
    mainBranchId: demo.mainBranchId,
    databaseUrl,
    sql: async (text, values = []) => (await client.query(text, values)).rows,
    manage: async (method, path, body) => {
      const response = await fetch(baseUrl + path, {
        method,
        headers: { authorization: `Bearer ${demo.managementKey}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      DescribedAnswers.at(baseUrl).expectDescribed({ method, path, sent: body, response, text });
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    },
    chat: (body, headers = {}, path = '/v1/chat/completions') =>
      fetch(baseUrl + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${demo.token}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    stop,
  };
}

/** Waits, with a bound, for something that happens soon. @param what is waited for; a function tells how far it is */
export async function eventually<Value>(
  look: () => Promise<Value | false | null | undefined> | Value | false | null | undefined,
  what: string | (() => string),
  withinMs = 30_000,
): Promise<Value> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== false && value !== null && value !== undefined) return value;
    if (performance.now() > deadline) {
      throw new Error(`did not happen within ${withinMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
