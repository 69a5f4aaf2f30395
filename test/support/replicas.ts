import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createTestDatabase } from './database.js';
import { BoughProcess } from './process.js';

const UNLIMITED = {
  BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
  BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
  BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
  BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '0',
};

interface Replica {
  readonly process: BoughProcess;
  readonly baseUrl: string;
}

/** Several built programs on one Postgres, as behind a load balancer. */
export class Replicas {
  private constructor(
    readonly all: Replica[],
    readonly databaseUrl: string,
    private readonly variables: Record<string, string>,
    private readonly environment: Record<string, string>,
    private readonly dropAll: () => Promise<void>,
  ) {}

  /** @param own what only the replica of a place gets */
  static async start(
    count: number,
    environment: Record<string, string> = {},
    own: readonly Record<string, string>[] = [],
  ): Promise<Replicas> {
    const database = await createTestDatabase();
    const root = await mkdtemp(join(tmpdir(), 'bough-replicas-'));
    const common = {
      DATABASE_URL: database.applicationUrl,
      BOUGH_OWNER_DATABASE_URL: database.url,
      BOUGH_MASTER_KEY: 'a-master-key-that-all-replicas-share',
      BOUGH_DATABASE_POOL: '5',
      BOUGH_DRAIN_MS: '500',
      LOG_LEVEL: 'warn',
      ...UNLIMITED,
      ...environment,
    };
    const all: Replica[] = [];
    for (let index = 0; index < count; index += 1) {
      all.push(await startReplica({ ...common, ...own[index], BOUGH_DATA_DIR: join(root, String(index)) }));
    }
    const variables = parse(await readFile(join(root, '0', 'connection.env'), 'utf8'));
    return new Replicas(all, database.url, variables, { ...common, root }, async () => {
      await database.drop();
      await rm(root, { recursive: true, force: true });
    });
  }

  get projectId(): string {
    return this.variables['NEON_PROJECT_ID'] ?? '';
  }

  async mainBranchId(): Promise<string> {
    const [row] = await this.sql<{ id: string }>('SELECT id FROM branches WHERE is_default');
    return row?.id ?? '';
  }

  /** Plain SQL, on a connection of its own: a test may cut all others. */
  async sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts the replica of a place again, on its own data folder. */
  async restart(index: number): Promise<void> {
    const { root = '', ...environment } = this.environment;
    this.all[index] = await startReplica({ ...environment, BOUGH_DATA_DIR: join(root, String(index)) });
  }

  chat(index: number, body: object, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.all[index % this.all.length]?.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.variables['NEON_AI_GATEWAY_TOKEN']}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'hi' }], ...body }),
    });
  }

  async manage(method: string, path: string, body?: object, index = 0): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.all[index]?.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.variables['NEON_API_KEY']}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map(({ process }) => process.kill('SIGTERM')));
    await this.dropAll();
  }
}

async function startReplica(environment: Record<string, string>): Promise<Replica> {
  const process = BoughProcess.spawn(environment);
  return { process, baseUrl: await process.baseUrl() };
}

function parse(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^(\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value]));
}
