import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearFormerPostmaster } from './postmaster.js';

const LINUX = existsSync('/proc/self/stat');

describe('the file of a former postmaster', () => {
  let data: string;
  let parent: ChildProcess | null = null;
  const pidFile = () => join(data, 'postmaster.pid');
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'bough-postmaster-'));
  });
  afterEach(() => {
    parent?.kill('SIGKILL');
    rmSync(data, { recursive: true });
  });

  /** A process that has ended, of a parent that never asks for its exit code. */
  const zombie = async (): Promise<number> => {
    parent = spawn('/bin/sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = await new Promise<number>(resolve =>
      parent?.stdout?.once('data', (chunk: Buffer) => resolve(Number(chunk.toString().trim()))),
    );
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
      await new Promise(resolve => setTimeout(resolve, 10));
    return pid;
  };

  (LINUX ? it : it.skip)('goes when its process has ended and nobody reaps it [needs /proc]', async () => {
    writeFileSync(pidFile(), `${await zombie()}\n${data}\n`);
    await clearFormerPostmaster(data, () => undefined);
    expect(existsSync(pidFile())).toBe(false);
  });

  it('goes when its number belongs to somebody else by now', async () => {
    writeFileSync(pidFile(), `${process.pid}\n${data}\n`);
    await clearFormerPostmaster(data, () => undefined);
    expect(existsSync(pidFile())).toBe(false);
  });

  it('stays for PostgreSQL when nobody has its number', async () => {
    writeFileSync(pidFile(), `4194303\n${data}\n`);
    await clearFormerPostmaster(data, () => undefined);
    expect(existsSync(pidFile())).toBe(true);
  });
});
