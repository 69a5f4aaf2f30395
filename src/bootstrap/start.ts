import { join } from 'node:path';
import type { AppConfig } from '../config/app-config.js';
import { Log } from '../platform/logging.js';
import { packageRoot } from '../platform/package-root.js';
import { ownsTables, prepareApplicationRole } from '../platform/prisma/application-role.js';
import { applyMigrations } from '../platform/prisma/migration-runner.js';
import type { RunningBough } from './application.js';
import { openDataFolder } from './data-folder.js';
import { type OpenDatabase, openDatabase } from './database.js';
import { loadMasterKey } from './master-key.js';

export type { RunningBough } from './application.js';

/**
 * Starts everything in order: database, migrations, modules, server. What was started is stopped again when a later step
 * fails.
 * @throws {Error} with a sentence for the operator
 */
export async function startBough(config: AppConfig, log: Log = Log.create(config.logLevel)): Promise<RunningBough> {
  const startedAt = performance.now();
  openDataFolder(config.dataDir);
  // Most of a start is the loading of modules, and a PostgreSQL comes up meanwhile.
  const application = import('./application.js');
  application.catch(() => undefined);
  const database = await openDatabase(config, log);
  try {
    await prepareSchema(config, database, log);
    const masterKey = await loadMasterKey(config);
    const { startApplication } = await application;
    return await startApplication(config, { database, masterKey, log }, startedAt);
  } catch (error) {
    await database.stop();
    throw error;
  }
}

/** Migrations as the owner of the tables, then the rights of the role that requests are served with. */
async function prepareSchema(config: AppConfig, { url, ownerUrl }: OpenDatabase, log: Log): Promise<void> {
  const directory = join(packageRoot(), 'prisma', 'migrations');
  const role = { url, retentionDays: config.usageRetentionDays };
  await applyMigrations({
    url: ownerUrl ?? url,
    directory,
    log: line => log.info(line),
    ...(ownerUrl !== null && { afterwards: client => prepareApplicationRole(client, role) }),
  });
  if (config.production && (await ownsTables(url))) {
    log.warn(
      'the user of DATABASE_URL owns the tables or is a superuser, so nothing but triggers keeps the audit log and the ' +
        'ledger from being rewritten: set BOUGH_OWNER_DATABASE_URL',
    );
  }
}
