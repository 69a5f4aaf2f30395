// Preloaded into the gateway by loop-delay.mjs: at SIGUSR2 it prints how long its event loop was held since the last time.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const held = monitorEventLoopDelay({ resolution: 1 });
  held.enable();
  process.on('SIGUSR2', () => {
    const ms = nanoseconds => Math.round(nanoseconds / 1e5) / 10;
    const { p50, p99, max } = { p50: held.percentile(50), p99: held.percentile(99), max: held.max };
    process.stdout.write(`loop ${JSON.stringify({ p50: ms(p50), p99: ms(p99), max: ms(max) })}\n`);
    held.reset();
  });
}
