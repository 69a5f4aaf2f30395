import 'reflect-metadata';
import cluster from 'node:cluster';
import { tuneCollector } from './bootstrap/collector-flags.js';
import { withoutOwnVariables } from './bootstrap/connection-file.js';
import { AppConfig } from './config/app-config.js';
import { EnvironmentError } from './config/read-environment.js';
import { describeCause, Log } from './platform/logging.js';

const EXIT_CONFIGURATION = 78;

async function main(): Promise<void> {
  tuneCollector();
  const config = AppConfig.fromEnvironment(withoutOwnVariables(process.env));
  if (config.workers === 1) await serveAlone(config);
  else if (cluster.isPrimary) await (await import('./bootstrap/workers/primary.js')).runPrimary(config);
  else await (await import('./bootstrap/workers/worker.js')).runWorker(config);
}

/** One process that does everything. */
async function serveAlone(config: AppConfig): Promise<void> {
  const log = Log.create(config.logLevel);
  process.on('unhandledRejection', error => log.error('an unhandled rejection', { cause: describeCause(error) }));
  const { startBough } = await import('./bootstrap/start.js');
  const { renderBanner } = await import('./bootstrap/banner.js');
  const bough = await startBough(config, log);
  process.stdout.write(`${renderBanner(bough.banner, process.stdout.isTTY)}\n`);

  let asked = false;
  const stop = (signal: string) => {
    // Who asks twice does not want to wait.
    if (asked) process.exit(1);
    asked = true;
    log.info('stopping', { signal });
    bough.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('the stop was not clean', { cause: describeCause(error) });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof EnvironmentError ? EXIT_CONFIGURATION : 1);
}
