import { spawn } from 'node:child_process';

const children = [];

/** Starts a program of Node's and waits until it prints what `ready` matches: its first group is the port. */
export function start(command, env, ready) {
  const child = spawn(process.execPath, command, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', chunk => {
      if (output === null) return;
      output += chunk;
      const match = ready.exec(output);
      if (match === null) return;
      // A log line for each request would be matched anew otherwise.
      output = null;
      resolve({ pid: child.pid, port: match[1] });
    });
    child.on('exit', code => reject(new Error(`${command} ended with ${code}: ${output}`)));
  });
}

/** Ends the one that was started last. */
export async function endLast() {
  const child = children.pop();
  if (child === undefined || child.exitCode !== null) return;
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Ends them, the last one first. */
export async function endAll() {
  while (children.length > 0) await endLast();
}
