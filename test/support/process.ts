import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './gateway.js';

const ROOT = join(__dirname, '..', '..');
const MAIN = join(ROOT, 'dist', 'main.js');

/** The built program as a process of its own. */
export class BoughProcess {
  output = '';
  exitCode: number | null | undefined;

  private constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.on('exit', code => (this.exitCode = code));
  }

  /** @throws {Error} when the program was not built */
  static spawn(environment: Record<string, string>, cwd = ROOT): BoughProcess {
    if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run `npm run build` first');
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, PORT: '0', ...environment };
    return new BoughProcess(spawn(process.execPath, [MAIN], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** The base URL, once the program serves. */
  async baseUrl(withinMs = 240_000): Promise<string> {
    return eventually(
      () => {
        if (this.exitCode !== undefined) throw new Error(`the program ended with ${this.exitCode}:\n${this.output}`);
        return /models at (http:\/\/\S+)/.exec(this.output)?.[1];
      },
      `the banner; so far:\n${this.output}`,
      withinMs,
    );
  }

  async exit(withinMs = 20_000): Promise<number | null> {
    await eventually(() => this.exitCode !== undefined, `the end of the program; so far:\n${this.output}`, withinMs);
    return this.exitCode ?? null;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.exitCode !== undefined) return;
    this.child.kill(signal);
    await this.exit();
  }
}
