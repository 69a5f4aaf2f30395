import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { prepareHttp } from '../../src/bootstrap/http.js';
import { AppConfig, deriveKey } from '../../src/config/app-config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { GatewayErrorFilter } from '../../src/inference/gateway-error.filter.js';
import { RefusalLog } from '../../src/inference/refusal-log.service.js';
import { ManagementGuard } from '../../src/management/control-plane/access/management.guard.js';
import { issueManagementKey } from '../../src/management/control-plane/access/management-key.js';
import { ManagementModule } from '../../src/management/management.module.js';
import { mountOpenApi } from '../../src/management/control-plane/openapi/openapi.js';
import { type Change, ChangeFeed, type ChangeTopic } from '../../src/platform/change-feed.js';
import { GatewayExpressAdapter } from '../../src/platform/http/express.adapter.js';
import { IdSource } from '../../src/platform/id-source.js';
import { Log, NestLog } from '../../src/platform/logging.js';
import { PlatformModule } from '../../src/platform/platform.module.js';
import { DatabaseLocation } from '../../src/platform/prisma/prisma.service.js';
import { MasterKey, sha256 } from '../../src/platform/secrets.js';
import { createTestDatabase } from './database.js';
import { DescribedAnswers } from './described-answers.js';

const MASTER_KEY = deriveKey('the master key of the tests');
const TOPICS: readonly ChangeTopic[] = ['identity', 'catalog', 'upstreams', 'limits', 'blocks'];

/** What a test reads of an answer. */
export interface Reply<Body> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

/** Somebody with a management key, who remembers every answer that was given. */
export class OperatorClient {
  constructor(
    private readonly baseUrl: string,
    readonly key: string,
    readonly organizationId: string,
    private readonly heard: string[],
  ) {}

  async call<Body = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Reply<Body>> {
    return this.send<Body>(path, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async send<Body = Record<string, unknown>>(path: string, init: RequestInit): Promise<Reply<Body>> {
    const response = await this.ask(this.baseUrl + path, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? null : JSON.parse(text)) as Body,
    };
  }

  private async ask(url: string, init: RequestInit): Promise<Response> {
    const response = await fetch(url, init);
    const text = await response.clone().text();
    const { method = 'GET', body: sent } = init;
    const path = url.slice(this.baseUrl.length);
    DescribedAnswers.at(this.baseUrl).expectDescribed({ method, path, sent, response, text });
    if (method === 'GET') this.heard.push(text);
    return response;
  }
}

export interface TestControlPlane {
  readonly app: NestExpressApplication;
  readonly baseUrl: string;
  /** an owner of the first organization, and its other roles */
  readonly owner: OperatorClient;
  readonly admin: OperatorClient;
  readonly editor: OperatorClient;
  readonly viewer: OperatorClient;
  /** an owner of another organization */
  readonly stranger: OperatorClient;
  /** a new key of the first organization, or of one project of it */
  enter(role: string, projectId?: string): Promise<OperatorClient>;
  /** changes that were announced, oldest first */
  readonly changes: Change[];
  /** the bodies of all answers to GET */
  readonly heard: string[];
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/**
 * The control plane alone, on its own database and a free port, behind the real edge, guard and filter.
 * @param sessionOptions settings of its database sessions, such as `-c timezone=UTC`
 */
export async function startControlPlane(
  environment: Record<string, string> = {},
  sessionOptions = '',
): Promise<TestControlPlane> {
  const database = await createTestDatabase();
  const url = new URL(database.applicationUrl);
  if (sessionOptions !== '') url.searchParams.set('options', sessionOptions);
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  const app = await startApp(AppConfig.fromEnvironment({ LOG_LEVEL: 'silent', ...environment }), url.href);
  const baseUrl = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const changes: Change[] = [];
  for (const topic of TOPICS) app.get(ChangeFeed).on(topic, change => void changes.push(change));
  const heard: string[] = [];
  DescribedAnswers.begin(baseUrl, app);
  const [home, abroad] = await Promise.all([addOrganization(client, true), addOrganization(client)]);
  const enter = async (role: string, organizationId: string, projectId?: string) =>
    new OperatorClient(baseUrl, await addKey(client, organizationId, role, projectId), organizationId, heard);
  return {
    app,
    baseUrl,
    owner: await enter('owner', home),
    admin: await enter('admin', home),
    editor: await enter('editor', home),
    viewer: await enter('viewer', home),
    stranger: await enter('owner', abroad),
    enter: (role, projectId) => enter(role, home, projectId),
    changes,
    heard,
    sql: async (text, values = []) => (await client.query(text, values)).rows,
    stop: async () => {
      await app.close();
      await client.end();
      await database.drop();
    },
  };
}

async function startApp(config: AppConfig, databaseUrl: string): Promise<NestExpressApplication> {
  const log = Log.create(config.logLevel);
  const database = new DatabaseLocation(databaseUrl, config.databasePool);
  @Module({
    imports: [
      ConfigModule.forRoot(config),
      PlatformModule.forRoot({ database, masterKey: new MasterKey(MASTER_KEY), log }),
      ManagementModule,
    ],
    providers: [
      { provide: APP_GUARD, useExisting: ManagementGuard },
      GatewayErrorFilter,
      { provide: RefusalLog, useValue: { note: () => undefined } },
      { provide: APP_FILTER, useExisting: GatewayErrorFilter },
    ],
  })
  class ControlPlaneModule {}

  const adapter = new GatewayExpressAdapter(config.timeouts.bodyMs);
  const options = { bodyParser: false, abortOnError: false, logger: new NestLog(log) };
  const app = await NestFactory.create<NestExpressApplication>(ControlPlaneModule, adapter, options);
  prepareHttp(app, adapter, config);
  mountOpenApi(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

async function addOrganization(client: pg.Client, home = false): Promise<string> {
  const id = `org-${randomBytes(6).toString('hex')}`;
  await client.query('INSERT INTO organizations (id, name, home) VALUES ($1, $1, $2)', [id, home]);
  return id;
}

export async function addKey(
  client: Pick<pg.Client, 'query'>,
  organizationId: string,
  role: string,
  projectId: string | null = null,
): Promise<string> {
  const key = issueManagementKey(new IdSource());
  const values = [`mk_${randomBytes(6).toString('hex')}`, organizationId, projectId, role, sha256(key)];
  await client.query(
    `INSERT INTO management_keys (id, organization_id, project_id, name, role, key_hash)
     VALUES ($1, $2, $3, 'test', $4, $5)`,
    values,
  );
  return key;
}

/** A project with its default branch, made over HTTP. */
export async function makeProject(client: OperatorClient, name = 'shop') {
  const { body } = await client.call<{ project: { id: string }; branch: { id: string } }>('POST', '/api/v2/projects', {
    project: { name },
  });
  return { projectId: body.project.id, mainId: body.branch.id };
}

/** A model of the catalog, written past the API. */
export async function addModel(
  plane: TestControlPlane,
  id: string,
  providerModelId: string | null = null,
): Promise<void> {
  await plane.sql(
    `INSERT INTO models (id, name, type, provider, owned_by, status, dialects, provider_model_id, pricing, modalities, capabilities, notes)
     VALUES ($1, $1, 'chat', 'openai', 'openai', 'active', '{chat_completions}', $2, '{"input": 1, "output": 2}',
             '{"input": ["text"], "output": ["text"]}', '{}', '{}')`,
    [id, providerModelId],
  );
}
