import type { AppConfig } from '../config/app-config.js';
import { Log } from '../platform/logging.js';
import type { RunningBough } from './application.js';
import { loadMasterKey } from './master-key.js';
import { prepareInstallation } from './prepare.js';

export type { RunningBough } from './application.js';

/**
 * Starts everything in order: database, migrations, modules, server. What was started is stopped again when a later step
 * fails.
 * @throws {Error} with a sentence for the operator
 */
export async function startBough(config: AppConfig, log: Log = Log.create(config.logLevel)): Promise<RunningBough> {
  const startedAt = performance.now();
  // Most of a start is the loading of modules, and a PostgreSQL comes up meanwhile.
  const application = import('./application.js');
  application.catch(() => undefined);
  const database = await prepareInstallation(config, log);
  try {
    const masterKey = await loadMasterKey(config);
    const { startApplication } = await application;
    return await startApplication(config, { database, masterKey, log }, startedAt);
  } catch (error) {
    await database.stop();
    throw error;
  }
}
