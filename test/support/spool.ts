import { transformSync } from '@swc/core';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  fdatasync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { adoptSpools, type LeftSpool } from '../../src/metering/spool/left-spool.js';
import { REAL_DISK, type SpoolDisk } from '../../src/metering/spool/segment.js';
import type { SpoolCodec } from '../../src/metering/spool/spool-line.js';
import { type SpoolOptions, UsageSpool } from '../../src/metering/spool/usage-spool.js';

const ROOT = join(__dirname, '..', '..');
const SPOOL = join('src', 'metering', 'spool');
const PLATFORM = join('src', 'platform');

export interface Begun {
  readonly requestId: string;
  readonly text?: string;
}

export interface Ended {
  readonly requestId: string;
  readonly cost: bigint;
  readonly text?: string;
}

export const codec: SpoolCodec<Begun, Ended> = {
  encodeBegin: begin => begin,
  decodeBegin: json => json as Begun,
  encodeEnd: ({ cost, ...rest }) => ({ ...rest, cost: cost.toString() }),
  decodeEnd: json => {
    const { cost, ...rest } = json as Omit<Ended, 'cost'> & { cost: string };
    return { ...rest, cost: BigInt(cost) };
  },
};

/** A disk that breaks when a test says so, and counts. */
export class FaultyDisk implements SpoolDisk {
  syncs = 0;
  /** files with something that no sync has covered */
  readonly unsynced = new Set<number>();
  /** how many more bytes it takes before it is full */
  room = Number.POSITIVE_INFINITY;
  refuseSync: Error | null = null;
  /** a sync waits for this */
  hold: Promise<void> = Promise.resolve();

  write(file: number, bytes: Buffer, position: number): number {
    if (this.room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const taken = REAL_DISK.write(file, bytes.subarray(0, Math.min(bytes.length, this.room)), position);
    this.room -= taken;
    this.unsynced.add(file);
    return taken;
  }

  async sync(file: number): Promise<void> {
    this.syncs += 1;
    this.unsynced.delete(file);
    await this.hold;
    if (this.refuseSync !== null) throw this.refuseSync;
    await promisify(fdatasync)(file);
  }
}

/** A folder of spools for one test. */
export class SpoolBench {
  readonly root = mkdtempSync(join(tmpdir(), 'bough-spool-'));
  readonly lines: string[] = [];
  readonly log = {
    error: (message: string) => void this.lines.push(message),
    info: (message: string) => void this.lines.push(message),
  };
  private readonly spools: UsageSpool<Begun, Ended>[] = [];

  open(options: Partial<SpoolOptions<Begun, Ended>> = {}): UsageSpool<Begun, Ended> {
    const { root, log } = this;
    const spool = UsageSpool.open({ root, processId: 'p1', maxBytes: 2 ** 30, codec, log, ...options });
    this.spools.push(spool);
    return spool;
  }

  async adopt(): Promise<LeftSpool<Begun, Ended>[]> {
    const found: LeftSpool<Begun, Ended>[] = [];
    for await (const spool of adoptSpools({ root: this.root, codec, log: this.log })) found.push(spool);
    return found;
  }

  /** The one spool that is left. @throws {Error} when there is another number of them */
  async adoptOne(): Promise<LeftSpool<Begun, Ended>> {
    const [spool, ...others] = await this.adopt();
    if (spool === undefined || others.length > 0) throw new Error(`${others.length} too many, or none`);
    return spool;
  }

  files(processId = 'p1'): string[] {
    return readdirSync(join(this.root, processId)).sort();
  }

  /** Writes a segment of a process that is gone. */
  leave(content: string | Buffer, name = '00000001.log', processId = 'dead'): void {
    mkdirSync(join(this.root, processId), { recursive: true });
    writeFileSync(join(this.root, processId, name), content);
  }

  read(name: string, processId = 'dead'): Buffer {
    return readFileSync(join(this.root, processId, name));
  }

  async tearDown(): Promise<void> {
    await Promise.all(this.spools.map(spool => spool.close()));
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The spool compiled from the sources as they are now, for processes of its own that can be killed. */
export class SpoolProgram {
  private readonly folder = mkdtempSync(join(tmpdir(), 'bough-spool-program-'));

  constructor() {
    writeFileSync(join(this.folder, 'package.json'), '{"type":"module"}');
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
    for (const file of sources()) {
      const { code } = transformSync(readFileSync(join(ROOT, file), 'utf8'), {
        swcrc: false,
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      });
      const path = join(this.folder, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, code);
    }
  }

  /** Runs a script in which `UsageSpool`, `adoptSpools`, a `codec` and a silent `log` are at hand. */
  spawn(script: string): ChildProcess {
    const from = (name: string) => JSON.stringify(join(this.folder, SPOOL, name));
    const program = `import { UsageSpool } from ${from('usage-spool.js')};
      import { adoptSpools } from ${from('left-spool.js')};
      const same = value => value;
      const codec = { encodeBegin: same, decodeBegin: same, encodeEnd: same, decodeEnd: same };
      const log = { error: () => undefined, info: () => undefined };
      ${script}`;
    return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  discard(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function sources(): string[] {
  const spool = readdirSync(join(ROOT, SPOOL)).filter(name => !name.endsWith('.spec.ts'));
  const postgres = ['folder-lock.ts', 'process-table.ts', 'durable-file.ts'].map(name => join('postgres', name));
  return [
    ...spool.map(name => join(SPOOL, name)),
    ...['logging.ts', 'known-secrets.ts', ...postgres].map(name => join(PLATFORM, name)),
  ];
}
