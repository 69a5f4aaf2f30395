import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { codec, SpoolBench, SpoolProgram } from '../../../test/support/spool.js';
import { encodeLine } from './spool-line.js';

let bench: SpoolBench;
beforeEach(() => void (bench = new SpoolBench()));
afterEach(() => bench.tearDown());

const begin = (requestId: string) => encodeLine('begin', requestId, { requestId });
const record = (requestId: string) => ({ requestId, cost: 5n, text: 'grün' });
const end = (requestId: string) => encodeLine('end', requestId, codec.encodeEnd(record(requestId)));
const found = (spool: { ended: { requestId: string }[]; begun: { requestId: string }[] }) => ({
  ended: spool.ended.map(({ requestId }) => requestId),
  begun: spool.begun.map(({ requestId }) => requestId),
});

describe('what is found', () => {
  it('is every record, and every begin without an end', async () => {
    bench.leave(begin('a') + begin('b') + end('a') + begin('c'));
    bench.leave(encodeLine('forget', 'c') + begin('b') + begin('d') + end('e'), '00000002.log');

    const left = await bench.adoptOne();

    expect(found(left)).toEqual({ ended: ['a', 'e'], begun: ['b', 'd'] });
    expect([left.torn, left.corruptLines, left.unknownLines]).toEqual([[], 0, 0]);
    left.discard();
    expect(() => bench.files('dead')).toThrow('ENOENT');
  });

  it('is found again when it was released, and by nobody else before', async () => {
    bench.leave(end('a'));
    const left = await bench.adoptOne();
    expect(await bench.adopt()).toEqual([]);

    left.release();

    expect(found(await bench.adoptOne()).ended).toEqual(['a']);
  });

  it('is nothing where there is nothing', async () => {
    mkdirSync(join(bench.root, 'empty'));
    mkdirSync(join(bench.root, 'being-made'));
    writeFileSync(join(bench.root, 'being-made', 'bough.lock.0123'), '');
    writeFileSync(join(bench.root, 'stray'), '');
    const touched = () => statSync(join(bench.root, 'being-made')).mtimeMs;
    const before = touched();

    expect(await bench.adopt()).toEqual([]);
    expect(() => bench.files('empty')).toThrow('ENOENT');
    expect(bench.files('being-made')).toEqual(['bough.lock.0123']);
    expect(touched()).toBe(before); // no lock of ours, not even for a moment
  });

  it('is not a living process’s', async () => {
    const spool = bench.open();
    spool.begin('req_1', { requestId: 'req_1' });

    expect(await bench.adopt()).toEqual([]);
  });
});

describe('what cannot be read', () => {
  it('costs the last entry only, wherever it was cut off', async () => {
    const whole = begin('a') + end('a');
    const last = Buffer.from(end('b'));
    for (let cut = 1; cut < last.length; cut += 1) {
      bench.leave(Buffer.concat([Buffer.from(whole), last.subarray(0, cut)]));
      const left = await bench.adoptOne();
      expect(found(left)).toEqual({ ended: ['a'], begun: [] });
      expect(left.torn).toEqual([{ file: '00000001.log', bytes: cut }]);
      left.release();
    }
  });

  it('is kept beside', async () => {
    bench.leave(`${end('a')}0000`);

    (await bench.adoptOne()).discard();

    expect(bench.files('dead')).toEqual(['00000001.log.torn']);
    expect(bench.read('00000001.log.torn').toString()).toBe('0000');
    expect(await bench.adopt()).toEqual([]);
  });

  it('does not hide the good lines after it', async () => {
    const spoilt = end('b').replace('"b"', '"x"');
    bench.leave(`${end('a')}${spoilt}\0\0\0\n${end('c')}\0\0`);

    const left = await bench.adoptOne();

    expect(found(left).ended).toEqual(['a', 'c']);
    expect([left.corruptLines, left.torn]).toEqual([2, [{ file: '00000001.log', bytes: 2 }]]);
  });

  it('is read across chunks, however long the file', async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `r${index}`);
    bench.leave(names.map(end).join(''));

    expect(found(await bench.adoptOne()).ended).toEqual(names);
  });

  it('stays where it is when a newer release wrote it', async () => {
    const newer = encodeLine('refund' as 'end', 'a', {});
    bench.leave(end('a') + newer + encodeLine('end', 'b', { noCost: true }));

    const left = await bench.adoptOne();
    left.discard();

    expect([found(left).ended, left.unknownLines]).toEqual([['a'], 2]);
    expect(bench.read('00000001.log').toString()).toContain(newer);
    expect(found(await bench.adoptOne()).ended).toEqual(['a']);
  });
});

describe('processes', () => {
  let program: SpoolProgram;
  beforeAll(() => void (program = new SpoolProgram()));
  afterAll(() => program.discard());

  it('lose no record whose end was resolved, and no begin, when they are killed', async () => {
    const child = program.spawn(`
      const root = ${JSON.stringify(bench.root)};
      const spool = UsageSpool.open({ root, processId: 'dead', maxBytes: 2 ** 30, segmentBytes: 20_000, codec, log });
      for (let index = 0; ; index += 1) {
        const requestId = 'r' + index;
        if (spool.begin(requestId, { requestId })) process.stdout.write('begun ' + requestId + '\\n');
        if (index % 10 !== 0) {
          spool.end(requestId, { requestId, cost: '7', text: 'x'.repeat(index % 300) })
            .then(kept => kept && process.stdout.write('ended ' + requestId + '\\n'));
        }
        if (index % 7 === 0) await new Promise(resolve => setImmediate(resolve));
      }`);
    const said: string[] = [];
    for await (const line of createInterface(child.stdout!)) {
      said.push(line);
      if (said.length === 2_000) child.kill('SIGKILL');
    }
    if (child.signalCode === null) await once(child, 'exit');

    const left = await bench.adoptOne();
    const { ended, begun } = found(left);
    const told = (word: string) => said.filter(line => line.startsWith(word)).map(line => line.slice(word.length + 1));
    expect(told('ended').length).toBeGreaterThan(100);
    expect(told('ended').filter(id => !ended.includes(id))).toEqual([]);
    expect(told('begun').filter(id => !ended.includes(id) && !begun.includes(id))).toEqual([]);
    expect(begun.filter(id => ended.includes(id))).toEqual([]);
    expect(left.corruptLines).toBe(0);
  });

  it('that start together share out what is left: each spool goes to one', async () => {
    const spools = Array.from({ length: 20 }, (_, index) => `dead${index}`);
    for (const name of spools) {
      bench.leave('999999999 1  0\n', 'bough.lock', name); // of a process that is gone
      bench.leave(end(name), '00000001.log', name);
    }
    const children = Array.from({ length: 2 }, () =>
      program.spawn(`
        process.stdin.once('data', async () => {
          for await (const { folder } of adoptSpools({ root: ${JSON.stringify(bench.root)}, codec, log })) console.log(folder);
          console.log('done');
        });
        console.log('ready');`),
    );
    const readers = children.map(child => createInterface(child.stdout!)[Symbol.asyncIterator]());
    for (const reader of readers) expect(await reader.next()).toMatchObject({ value: 'ready' });
    for (const child of children) child.stdin!.write('go\n');

    const shares = await Promise.all(
      readers.map(async reader => {
        const folders: string[] = [];
        for (let next = await reader.next(); next.value !== 'done'; next = await reader.next())
          folders.push(next.value);
        return folders;
      }),
    );

    expect(shares.flat().sort()).toEqual(spools.map(name => join(bench.root, name)).sort());
    await Promise.all(children.map(child => (child.kill('SIGKILL'), once(child, 'exit'))));
  });
});
