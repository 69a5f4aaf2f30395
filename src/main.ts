import 'reflect-metadata';
import { renderBanner } from './bootstrap/banner.js';
import { startBough } from './bootstrap/start.js';
import { AppConfig } from './config/app-config.js';
import { EnvironmentError } from './config/environment.js';
import { describeCause, Log } from './platform/logging.js';

const EXIT_CONFIGURATION = 78;

async function main(): Promise<void> {
  const config = AppConfig.fromEnvironment(process.env);
  const log = Log.create(config.logLevel);
  process.on('unhandledRejection', error => log.error('an unhandled rejection', { cause: describeCause(error) }));
  const bough = await startBough(config, log);
  process.stdout.write(`${renderBanner(bough.banner, process.stdout.isTTY)}\n`);

  let asked = false;
  const stop = (signal: string) => {
    // Whoever asks twice does not want to wait.
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
