import type { AppConfig } from '../../config/app-config.js';
import { EnvironmentError } from '../../config/read-environment.js';
import { divideConfig } from '../../config/worker-config.js';
import { describeCause, Log } from '../../platform/logging.js';
import { Channel } from '../../platform/siblings/channel.js';
import { Siblings } from '../../platform/siblings/siblings.js';
import { type RunningBough, type SettleOnce, startApplication } from '../application.js';
import { loadMasterKey } from '../master-key.js';
import { EXIT_CONFIGURATION } from './fleet.js';
import {
  DRAIN,
  GET_ASSIGNMENT,
  GET_SETTLE_TURN,
  INSTALLATION_SETTLED,
  WORKER_FAILED,
  WORKER_SERVES,
} from './messages.js';

const ANSWER_MS = 60_000;
/** Another worker may settle a large installation before. */
const SETTLE_MS = 290_000;

/** One of the processes that serve behind one port. It takes its orders from the primary and ends with it. */
export async function runWorker(config: AppConfig): Promise<void> {
  const startedAt = performance.now();
  const log = Log.createShared(config.logLevel, { workerPid: process.pid });
  process.on('unhandledRejection', error => log.error('an unhandled rejection', { cause: describeCause(error) }));
  // A terminal and some supervisors send them to every process: the primary says what they mean.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
  const channel = new Channel({
    send: message => void (process.connected && process.send?.(message, undefined, undefined, () => undefined)),
    listen: take => void process.on('message', take),
  });
  let bough: RunningBough | null = null;
  channel.onTold(DRAIN, () => void end(bough, log));
  try {
    bough = await start(config, channel, log, startedAt);
    channel.tell(WORKER_SERVES, bough.banner);
  } catch (error) {
    await channel
      .ask(WORKER_FAILED, error instanceof Error ? error.message : String(error), ANSWER_MS)
      .catch(() => undefined);
    process.exit(error instanceof EnvironmentError ? EXIT_CONFIGURATION : 1);
  }
}

async function start(config: AppConfig, channel: Channel, log: Log, startedAt: number): Promise<RunningBough> {
  const { place, databaseUrl, databaseDescription } = await channel.ask(GET_ASSIGNMENT, null, ANSWER_MS);
  const database = { url: databaseUrl, ownerUrl: null, description: databaseDescription, stop: async () => undefined };
  const ground = {
    database,
    masterKey: await loadMasterKey(config),
    log,
    siblings: new Siblings(channel),
    settleOnce: settleOnce(channel),
  };
  return startApplication(divideConfig(config, place), ground, startedAt);
}

function settleOnce(channel: Channel): SettleOnce {
  return async settle => {
    const turn = await channel.ask(GET_SETTLE_TURN, null, SETTLE_MS);
    if (turn.settled) return turn.demo;
    const demo = await settle();
    channel.tell(INSTALLATION_SETTLED, { demo });
    return demo;
  };
}

/** One that does not serve yet has nothing to bring to its end. */
async function end(bough: RunningBough | null, log: Log): Promise<void> {
  try {
    await bough?.stop();
    process.exit(0);
  } catch (error) {
    log.error('the stop was not clean', { cause: describeCause(error) });
    process.exit(1);
  }
}
