// Preloaded into the gateway by loop-delay.mjs: at SIGUSR2 it prints how long its event loop was held since the last time, and
// how long its thread ran and stood in line for a core meanwhile, where the system tells (Linux).
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const ms = nanoseconds => Math.round(nanoseconds / 1e5) / 10;

/** Nanoseconds on a core, and nanoseconds of waiting for one. */
function scheduled() {
  try {
    return readFileSync('/proc/self/schedstat', 'utf8').split(' ').slice(0, 2).map(Number);
  } catch {
    return [0, 0];
  }
}

if (isMainThread) {
  const held = monitorEventLoopDelay({ resolution: 1 });
  held.enable();
  let before = scheduled();
  process.on('SIGUSR2', () => {
    const now = scheduled();
    const [ran, stood] = now.map((value, index) => ms(value - before[index]));
    const { p50, p99, max } = { p50: held.percentile(50), p99: held.percentile(99), max: held.max };
    process.stdout.write(`loop ${JSON.stringify({ p50: ms(p50), p99: ms(p99), max: ms(max), ran, stood })}\n`);
    held.reset();
    before = now;
  });
}
