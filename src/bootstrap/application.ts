import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../app.module.js';
import { CatalogService } from '../catalog/catalog.service.js';
import type { AppConfig } from '../config/app-config.js';
import { EnvironmentError } from '../config/read-environment.js';
import { mountOpenApi } from '../management/control-plane/openapi/openapi.js';
import { GatewayExpressAdapter } from '../platform/http/express.adapter.js';
import { IdSource } from '../platform/id-source.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { type Log, NestLog } from '../platform/logging.js';
import { DatabaseLocation } from '../platform/prisma/prisma.service.js';
import type { MasterKey } from '../platform/secrets.js';
import type { Siblings } from '../platform/siblings/siblings.js';
import { ActiveStreams } from '../relay/active-streams.js';
import { RoutingService } from '../routing/routing.service.js';
import type { BannerFacts } from './banner.js';
import { clientVariables, writeConnectionFile } from './connection-file.js';
import type { OpenDatabase } from './database.js';
import type { DemoProject } from './demo-project.js';
import { drain } from './drain.js';
import { markManagementPort, prepareHttp, watchServer } from './http.js';
import { InstallationSetup } from './installation-setup.js';

/** A gateway that serves. */
export interface RunningBough {
  readonly app: NestExpressApplication;
  readonly baseUrl: string;
  readonly banner: BannerFacts;
  /** Drains and stops everything that was started: streams, server, database. Safe to call twice. */
  stop(): Promise<void>;
}

/** What an application stands on. */
interface Ground {
  readonly database: OpenDatabase;
  readonly masterKey: MasterKey;
  readonly log: Log;
  /** absent where one process serves by itself */
  readonly siblings?: Siblings;
  /** where several processes start, one of them settles the installation */
  readonly settleOnce?: SettleOnce;
}

/** Does the work, or returns what came of it in the process that did. */
export type SettleOnce = (settle: () => Promise<DemoProject | null>) => Promise<DemoProject | null>;

/**
 * The modules and the server, on a database that is ready. What was started is stopped again when a later step fails, but not
 * the database.
 * @param startedAt monotonic milliseconds
 */
export async function startApplication(
  config: AppConfig,
  { database, masterKey, log, siblings, settleOnce = settle => settle() }: Ground,
  startedAt: number,
): Promise<RunningBough> {
  const location = new DatabaseLocation(database.url, config.databasePool);
  const parts = { database: location, masterKey, log, ...(siblings === undefined ? {} : { siblings }) };
  const adapter = new GatewayExpressAdapter(config.timeouts.bodyMs);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config, parts), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLog(log),
  });
  try {
    prepareHttp(app, adapter, config);
    mountOpenApi(app);
    const setup = app.get(InstallationSetup, { strict: false });
    const demo = await settleOnce(() => setup.run(app.get(IdSource)));
    setup.follow(demo);
    const management = await listenForManagement(adapter, app.get(IdSource), config);
    await listen(app, config);
    app.get(Lifecycle).markReady();
    const baseUrl = config.publicUrl ?? urlOf(config.host, app.getHttpServer().address() as AddressInfo);
    const managementUrl = management === null ? baseUrl : urlOf(config.host, management.address() as AddressInfo);
    if (demo !== null) {
      await writeConnectionFile(config.connectionFile, {
        NEON_AI_GATEWAY_TOKEN: demo.token,
        NEON_AI_GATEWAY_BASE_URL: baseUrl,
        NEON_API_KEY: demo.managementKey,
        NEON_API_HOST: `${managementUrl}/api/v2`,
        NEON_PROJECT_ID: demo.projectId,
        ...clientVariables(baseUrl, demo.token),
      });
    }
    const routing = app.get(RoutingService, { strict: false });
    const banner: BannerFacts = {
      baseUrl,
      managementUrl,
      demo,
      database: database.description,
      upstreams: [...routing.storedUpstreams(), ...routing.environmentUpstreams()].map(({ name }) => name),
      modelCount: app.get(CatalogService, { strict: false }).list().length,
      connectionFile: config.connectionFile,
      startedInMs: performance.now() - startedAt,
    };
    return { app, baseUrl, banner, stop: stopOnce(app, config, database, management) };
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}

/** @throws {EnvironmentError} when this machine has no such address, or another program has the port */
async function listen(app: NestExpressApplication, { port, host }: AppConfig): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (cause) {
    throw listenFailure(cause, `PORT ${port}`);
  }
}

/** The control plane's own listener; null where it shares the data plane's. */
async function listenForManagement(
  adapter: GatewayExpressAdapter,
  ids: IdSource,
  { managementPort, host }: AppConfig,
): Promise<Server | null> {
  if (managementPort === null) return null;
  const server = adapter.createServer();
  watchServer(server, ids);
  markManagementPort(server);
  try {
    server.listen(managementPort, host);
    await once(server, 'listening');
    return server;
  } catch (cause) {
    throw listenFailure(cause, `MANAGEMENT_PORT ${managementPort}`);
  }
}

function listenFailure(cause: unknown, variable: string): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new EnvironmentError([`${variable} is in use by another program; set another port`]);
  if (code === 'EACCES') return new EnvironmentError([`${variable} may not be used by this account; set another port`]);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new EnvironmentError(['HOST is no address of this machine']);
  return cause;
}

function stopOnce(
  app: NestExpressApplication,
  config: AppConfig,
  database: OpenDatabase,
  management: Server | null,
): () => Promise<void> {
  let stopping: Promise<void> | null = null;
  const stop = async () => {
    const streams = app.get(ActiveStreams, { strict: false });
    await drain(app.getHttpServer(), app.get(Lifecycle), streams, config.timeouts.drainMs);
    management?.close();
    management?.closeAllConnections();
    await app.close();
    await database.stop();
  };
  return () => (stopping ??= stop());
}

function urlOf(host: string, address: AddressInfo): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${address.port}`;
}
