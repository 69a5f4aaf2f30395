import { constants, platform, setPriority } from 'node:os';
import { parentPort, type TransferListItem, workerData } from 'node:worker_threads';
import { Moved } from './moved.js';
import type { WorkerMessage, WorkerModule, WorkerReply } from './worker-messages.js';

/** A worker thread: loads the one module that it was started for and runs it on whatever is sent, one after the other. */
const port = parentPort;
yieldToTheLoop();
if (port === null) throw new Error('this module runs in a worker thread only');
const loaded = import(workerData as string) as Promise<WorkerModule>;
// A module that cannot be loaded is told with the first task.
loaded.catch(() => undefined);

port.on('message', (message: WorkerMessage) => void answer(message));

/**
 * The event loop has whatever others wait for, so it goes first where there are fewer cores than threads. On Linux a thread
 * has a priority of its own, and 0 is the thread that calls (setpriority(2), under BUGS); elsewhere it would be the process's.
 */
function yieldToTheLoop(): void {
  if (platform() !== 'linux') return;
  try {
    setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not allowed here: the threads share as equals.
  }
}

async function answer({ payload }: WorkerMessage): Promise<void> {
  try {
    const { run } = await loaded;
    const result = await run(payload);
    if (result instanceof Moved) reply({ ok: true, result: result.value }, result.transfer);
    else reply({ ok: true, result });
  } catch (error) {
    reply({ ok: false, reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

function reply(message: WorkerReply, transfer: readonly TransferListItem[] = []): void {
  port?.postMessage(message, transfer);
}
