import cluster from 'node:cluster';
import type { AppConfig } from '../../config/app-config.js';
import { describeCause, Log } from '../../platform/logging.js';
import type { MetricsSnapshot } from '../../platform/metric-sums.js';
import { Channel } from '../../platform/siblings/channel.js';
import { renderBanner } from '../banner.js';
import type { OpenDatabase } from '../database.js';
import { loadMasterKey } from '../master-key.js';
import { prepareInstallation } from '../prepare.js';
import { GET_ASSIGNMENT, GET_SETTLE_TURN, INSTALLATION_SETTLED } from './messages.js';
import { SettleTurns } from './settle-turns.js';
import { Supervisor, type WorkerProcess } from './supervisor.js';
import { Switchboard } from './switchboard.js';

/**
 * The process that serves no request: it prepares the installation once, starts the workers and keeps them running, hands
 * them connections, and connects them with each other. It ends with the program.
 * @throws {EnvironmentError} for the data folder
 * @throws {Error} with a sentence for the operator
 */
export async function runPrimary(config: AppConfig): Promise<void> {
  const startedAt = performance.now();
  const log = Log.createShared(config.logLevel, null);
  process.on('unhandledRejection', error => log.error('an unhandled rejection', { cause: describeCause(error) }));
  const database = await prepareInstallation(config, log);
  try {
    // Made once where there is none: workers that start together would find half of it.
    await loadMasterKey(config);
  } catch (error) {
    await database.stop();
    throw error;
  }
  supervise(config, { log, database, startedAt });
}

interface Prepared {
  readonly log: Log;
  readonly database: OpenDatabase;
  readonly startedAt: number;
}

function supervise(config: AppConfig, { log, database, startedAt }: Prepared): void {
  const turns = new SettleTurns();
  const switchboard = new Switchboard(config.workers, () => ownMetrics(supervisor));
  const supervisor = new Supervisor({
    count: config.workers,
    drainMs: config.timeouts.drainMs,
    log,
    fork: forkWorker,
    connected: (worker, slot) => {
      const { id, channel } = worker;
      const assignment = {
        place: { index: slot, count: config.workers },
        databaseUrl: database.url,
        databaseDescription: database.description,
      };
      channel.onAsked(GET_ASSIGNMENT, () => assignment);
      channel.onAsked(GET_SETTLE_TURN, () => turns.ask(id));
      channel.onTold(INSTALLATION_SETTLED, ({ demo }) => turns.done(demo));
      switchboard.connect(id, channel);
    },
    disconnected: ({ id }) => {
      turns.forget(id);
      switchboard.disconnect(id);
    },
    announce: facts => {
      const startedInMs = performance.now() - startedAt;
      process.stdout.write(`${renderBanner({ ...facts, startedInMs }, process.stdout.isTTY)}\n`);
    },
    exit: (code, message) => void exit(code, message, database),
  });
  const stop = (signal: string) => {
    log.info('stopping', { signal });
    supervisor.stop();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Workers end with this process. */
async function exit(code: number, message: string | undefined, database: OpenDatabase): Promise<void> {
  if (message !== undefined) process.stderr.write(`${message}\n`);
  await database.stop().catch(() => undefined);
  process.exit(code);
}

function forkWorker(): WorkerProcess {
  const worker = cluster.fork();
  // What cannot be sent any more was for a worker that is gone.
  worker.on('error', () => undefined);
  const channel = new Channel({
    send: message => void (worker.isConnected() && worker.send(message, () => undefined)),
    listen: take => void worker.on('message', take),
  });
  return {
    id: worker.id,
    pid: worker.process.pid ?? 0,
    channel,
    kill: () => void worker.process.kill('SIGKILL'),
    onExit: exited => void worker.once('exit', exited),
  };
}

function ownMetrics(supervisor: Supervisor): MetricsSnapshot {
  const metric = (name: string, type: string, help: string, value: number) => ({
    ...{ name, type, help },
    aggregator: 'sum',
    values: [{ value, labels: {} }],
  });
  return [
    metric('bough_workers', 'gauge', 'Worker processes that serve', supervisor.serving),
    metric('bough_worker_restarts_total', 'counter', 'Worker processes that died', supervisor.restarts),
  ];
}
