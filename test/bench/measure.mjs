// What the bench reads of a process: its CPU, its memory; and where it may run.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';

const canPin = cpus().length > 1 && spawnSync('taskset', ['-p', String(process.pid)]).status === 0;

/** Whether programs can be kept on cores of their own here: `taskset` is there, and more than one core. */
export const pinned = canPin;

/** Keeps all threads of a process, and those that it starts from now on, on one core. */
export function pin(pid, core) {
  if (canPin) execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
}

/**
 * CPU that a process has used, in seconds, by the scheduler's own account: ticks would alias with the timers that drive
 * the streams. A thread that has ended takes its time with it.
 */
export async function cpuSeconds(pid) {
  let [main, others] = [0, 0];
  for (const task of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${task}/schedstat`, 'utf8').catch(() => '0');
    const seconds = Number(text.split(' ')[0]) / 1e9;
    if (task === String(pid)) main += seconds;
    else others += seconds;
  }
  return { main, others };
}

/** What a process has in memory, in MiB. */
export async function residentMiB(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

export const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
export const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)];

/** How far values lie apart, as a part of the median. */
export const spread = values => (Math.max(...values) - Math.min(...values)) / median(values);
