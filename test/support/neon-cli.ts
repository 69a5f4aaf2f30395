import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLI = require.resolve('neon/cli');
const BOUND_MS = 30_000;

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The published CLI as a process of its own, with a home and a folder that nothing else uses. */
export class NeonCli {
  private constructor(
    private readonly folder: string,
    private readonly apiHost: string,
    private readonly apiKey: string,
  ) {}

  static async make(apiHost: string, apiKey: string): Promise<NeonCli> {
    const folder = await mkdtemp(join(tmpdir(), 'bough-cli-'));
    await mkdir(join(folder, 'work'));
    return new NeonCli(folder, apiHost, apiKey);
  }

  /** Runs a command as somebody types it, against this gateway. */
  run(...args: string[]): Promise<CliResult> {
    const { PATH = '' } = process.env;
    const options = ['--api-host', this.apiHost, '--api-key', this.apiKey, '--no-analytics'];
    const child = spawn(process.execPath, [CLI, ...options, ...args], {
      cwd: join(this.folder, 'work'),
      env: { PATH, HOME: this.folder, NO_COLOR: '1', CI: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: BOUND_MS,
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', exitCode => resolve({ exitCode, ...said }));
    });
  }

  /** What a command that succeeds prints as JSON. */
  async json<Value>(...args: string[]): Promise<Value> {
    const { exitCode, stdout, stderr } = await this.run(...args, '--output', 'json');
    if (exitCode !== 0) throw new Error(`neon ${args.join(' ')} ended with ${exitCode}:\n${stderr}`);
    return JSON.parse(stdout) as Value;
  }

  /** What a command that succeeds prints as a table, line by line, without what stands around it. */
  async lines(...args: string[]): Promise<string[]> {
    const { exitCode, stdout, stderr } = await this.run(...args);
    if (exitCode !== 0) throw new Error(`neon ${args.join(' ')} ended with ${exitCode}:\n${stderr}`);
    return stdout
      .split('\n')
      .map(line => line.trim().replaceAll(/\s{2,}/g, '  '))
      .filter(line => line !== '');
  }

  /** Why a command failed. */
  async refusal(...args: string[]): Promise<string> {
    const { exitCode, stderr } = await this.run(...args);
    if (exitCode !== 1) throw new Error(`neon ${args.join(' ')} ended with ${exitCode}`);
    return stderr.trim();
  }

  /** A file of the folder in which the commands run. */
  read(name: string): Promise<string> {
    return readFile(join(this.folder, 'work', name), 'utf8');
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
