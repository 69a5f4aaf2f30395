import type { AppConfig } from '../config/app-config.js';
import type { Log } from '../platform/logging.js';
import { startEmbeddedPostgres } from '../platform/postgres/embedded-postgres.js';

export interface OpenDatabase {
  /** what requests are served with: a role that owns nothing, wherever one is set up */
  readonly url: string;
  /** the owner of the tables, for migrations; null where `url` is all there is */
  readonly ownerUrl: string | null;
  /** for the banner: where it is, without a password */
  readonly description: string;
  stop(): Promise<void>;
}

/** The server of DATABASE_URL, else Bough's own PostgreSQL under the data folder. */
export async function openDatabase(config: AppConfig, log: Log): Promise<OpenDatabase> {
  const { databaseUrl, ownerDatabaseUrl } = config;
  if (databaseUrl !== null) {
    const { host, pathname } = new URL(databaseUrl);
    return {
      url: databaseUrl,
      ownerUrl: ownerDatabaseUrl,
      description: `PostgreSQL at ${host}${pathname}`,
      stop: async () => undefined,
    };
  }
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log: line => log.info(line) });
  const { port } = new URL(embedded.url);
  return {
    url: embedded.applicationUrl,
    ownerUrl: embedded.url,
    description: `embedded PostgreSQL on port ${port}, data in ${config.dataDir}`,
    stop: () => embedded.stop(),
  };
}
