import { join } from 'node:path';
import type { AppConfig } from '../config/app-config.js';
import type { Log } from '../platform/logging.js';
import { packageRoot } from '../platform/package-root.js';
import { ownsTables, prepareApplicationRole } from '../platform/prisma/application-role.js';
import { applyMigrations } from '../platform/prisma/migration-runner.js';
import { openDataFolder } from './data-folder.js';
import { type OpenDatabase, openDatabase } from './database.js';

/**
 * What is done once, however many processes serve then: the data folder, the database, its schema. What was started is
 * stopped again when a later step fails.
 * @throws {EnvironmentError} when the data folder cannot be used
 * @throws {Error} with a sentence for the operator
 */
export async function prepareInstallation(config: AppConfig, log: Log): Promise<OpenDatabase> {
  openDataFolder(config.dataDir);
  const database = await openDatabase(config, log);
  try {
    await prepareSchema(config, database, log);
    return database;
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
