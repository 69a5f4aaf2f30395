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
import { crc32 } from 'node:zlib';
import { BlockEncoder, type BlockEntry } from '../../src/metering/spool/block.js';
import { Dictionary } from '../../src/metering/spool/dictionary.js';
import { adoptSpools, type LeftSpool } from '../../src/metering/spool/left-spool.js';
import { REAL_DISK, type SpoolDisk } from '../../src/metering/spool/segment.js';
import type { SpoolCodec } from '../../src/metering/spool/spool-codec.js';
import { type SpoolOptions, UsageSpool } from '../../src/metering/spool/usage-spool.js';

const ROOT = join(__dirname, '..', '..');
const SPOOL = join('src', 'metering', 'spool');

export interface Noted {
  readonly requestId: string;
  readonly cost: bigint;
  readonly text: string;
  /** repeats */
  readonly word: string;
}

export function noted(requestId: string, fields: Partial<Noted> = {}): Noted {
  return { requestId, cost: 0n, text: '', word: 'org-a', ...fields };
}

export const codec: SpoolCodec<Noted> = {
  write: ({ cost, text, word }, columns) => {
    columns.amount(cost);
    columns.text(text);
    columns.word(word);
  },
  read: (requestId, columns) => ({
    requestId,
    cost: columns.amount(),
    text: columns.text(),
    word: columns.word(),
  }),
  fromJson: json => {
    const { cost, ...rest } = json as Omit<Noted, 'cost'> & { cost: string };
    return { ...rest, cost: BigInt(cost) };
  },
};

export const beginOf = (record: Noted): BlockEntry<Noted> => ({ kind: 'begin', requestId: record.requestId, record });
export const endOf = (record: Noted): BlockEntry<Noted> => ({ kind: 'end', requestId: record.requestId, record });
export const forgetOf = (requestId: string): BlockEntry<Noted> => ({ kind: 'forget', requestId, record: null });

/** A block as one write leaves it. Blocks of one dictionary belong to one segment. */
export function block(entries: readonly BlockEntry<Noted>[], dictionary = new Dictionary()): Buffer {
  const bytes = Buffer.from(new BlockEncoder(codec, console).encode(entries, dictionary));
  dictionary.written(bytes.length);
  return bytes;
}

/** The same with another version, as a newer release may leave it. */
export function otherVersion(written: Buffer, version: number): Buffer {
  const bytes = Buffer.from(written);
  bytes[7] = version;
  bytes.writeUInt32LE(crc32(bytes.subarray(7)), 3);
  return bytes;
}

/** A line as releases before wrote it: `value` is what JSON made of the record. */
export function oldLine(kind: string, requestId: string, value?: unknown): string {
  const json = JSON.stringify({ kind, requestId, value });
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

/** A disk that breaks when a test says so, and counts. */
export class FaultyDisk implements SpoolDisk {
  writes = 0;
  syncs = 0;
  /** how many bytes of each file a power cut would leave */
  readonly durable = new Map<number, number>();
  /** files with something that no sync has covered */
  readonly unsynced = new Set<number>();
  /** how many more bytes it takes before it is full */
  room = Number.POSITIVE_INFINITY;
  refuseSync: Error | null = null;
  /** a sync waits for this */
  hold: Promise<void> = Promise.resolve();

  private readonly written = new Map<number, number>();

  write(file: number, bytes: Buffer, position: number): number {
    this.writes += 1;
    if (this.room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const taken = REAL_DISK.write(file, bytes.subarray(0, Math.min(bytes.length, this.room)), position);
    this.room -= taken;
    this.unsynced.add(file);
    this.written.set(file, position + taken);
    return taken;
  }

  async sync(file: number): Promise<void> {
    this.syncs += 1;
    this.unsynced.delete(file);
    const written = this.written.get(file) ?? 0;
    await this.hold;
    if (this.refuseSync !== null) throw this.refuseSync;
    await promisify(fdatasync)(file);
    this.durable.set(file, written);
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
  private readonly spools: UsageSpool<Noted>[] = [];

  open(options: Partial<SpoolOptions<Noted>> = {}): UsageSpool<Noted> {
    const { root, log } = this;
    const spool = UsageSpool.open({ root, processId: 'p1', maxBytes: 2 ** 30, codec, log, ...options });
    this.spools.push(spool);
    return spool;
  }

  async adopt(): Promise<LeftSpool<Noted>[]> {
    const found: LeftSpool<Noted>[] = [];
    for await (const spool of adoptSpools({ root: this.root, codec, log: this.log })) found.push(spool);
    return found;
  }

  /** The one spool that is left. @throws {Error} when there is another number of them */
  async adoptOne(): Promise<LeftSpool<Noted>> {
    const [spool, ...others] = await this.adopt();
    if (spool === undefined || others.length > 0) throw new Error(`${others.length} too many, or none`);
    return spool;
  }

  files(processId = 'p1'): string[] {
    return readdirSync(join(this.root, processId)).sort();
  }

  /** Writes a segment of a process that is gone. */
  leave(content: string | Buffer, name = '00000001.journal', processId = 'dead'): void {
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

  /** Runs a script in which `UsageSpool`, `adoptSpools`, a `codec` and a silent `log` are imported. */
  spawn(script: string): ChildProcess {
    const from = (name: string) => JSON.stringify(join(this.folder, SPOOL, name));
    const program = `import { UsageSpool } from ${from('usage-spool.js')};
      import { adoptSpools } from ${from('left-spool.js')};
      const codec = {
        write: ({ cost, text, word }, columns) => { columns.amount(cost); columns.text(text); columns.word(word); },
        read: (requestId, columns) =>
          ({ requestId, cost: columns.amount(), text: columns.text(), word: columns.word() }),
      };
      const log = { error: () => undefined, info: () => undefined };
      ${script}`;
    return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  discard(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The spool's sources, and whatever of the program they import. */
function sources(): string[] {
  const spool = readdirSync(join(ROOT, SPOOL)).filter(name => !name.endsWith('.spec.ts'));
  const files = new Set(spool.map(name => join(SPOOL, name)));
  // A set is walked to the end of what is added meanwhile.
  for (const file of files) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/^(?:import|export) (?!type )[^;]*? from '(\.[^']+)\.js';/gm))
      files.add(join(dirname(file), `${target}.ts`));
  }
  return [...files];
}
