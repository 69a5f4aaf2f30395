import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  beginOf,
  block,
  endOf,
  forgetOf,
  noted,
  oldLine,
  otherVersion,
  SpoolBench,
  SpoolProgram,
} from '../../../test/support/spool.js';
import { Dictionary } from './dictionary.js';

let bench: SpoolBench;
beforeEach(() => void (bench = new SpoolBench()));
afterEach(() => bench.tearDown());

const begin = (requestId: string) => beginOf(noted(requestId));
const end = (requestId: string) => endOf(noted(requestId, { cost: 5n, text: 'grün' }));
const found = (spool: { ended: { requestId: string }[]; begun: { requestId: string }[] }) => ({
  ended: spool.ended.map(({ requestId }) => requestId),
  begun: spool.begun.map(({ requestId }) => requestId),
});

describe('what is found', () => {
  it('is every record, and every begin without an end', async () => {
    bench.leave(block([begin('a'), begin('b'), end('a'), begin('c')]));
    bench.leave(block([forgetOf('c'), begin('b'), begin('d'), end('e'), begin('e')]), '00000002.journal');

    const left = await bench.adoptOne();

    expect(found(left)).toEqual({ ended: ['a', 'e'], begun: ['b', 'd'] });
    expect(left.ended[0]).toEqual(noted('a', { cost: 5n, text: 'grün' }));
    expect([left.torn, left.corrupt, left.unknown]).toEqual([[], 0, 0]);
    left.discard();
    expect(() => bench.files('dead')).toThrow('ENOENT');
  });

  it('is found again when it was released, and by nobody else before', async () => {
    bench.leave(block([end('a')]));
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
    await spool.begin('req_1', noted('req_1'));

    expect(await bench.adopt()).toEqual([]);
  });
});

describe('what cannot be read', () => {
  it('costs the last block only, wherever it was cut off', async () => {
    const dictionary = new Dictionary();
    const whole = block([begin('a'), end('a'), begin('c')], dictionary);
    const last = block([end('b'), end('c')], dictionary);
    for (let cut = 1; cut < last.length; cut += 1) {
      bench.leave(Buffer.concat([whole, last.subarray(0, cut)]));
      const left = await bench.adoptOne();
      expect(found(left)).toEqual({ ended: ['a'], begun: ['c'] });
      expect([left.torn, left.corrupt]).toEqual([[{ file: '00000001.journal', bytes: cut }], 0]);
      left.release();
    }
  });

  it('is kept beside', async () => {
    bench.leave(Buffer.concat([block([end('a')]), Buffer.from('0000')]));

    (await bench.adoptOne()).discard();

    expect(bench.files('dead')).toEqual(['00000001.journal.torn']);
    expect(bench.read('00000001.journal.torn').toString()).toBe('0000');
    expect(await bench.adopt()).toEqual([]);
  });

  it('does not hide the good blocks after it, whichever byte of it was spoilt', async () => {
    const dictionary = new Dictionary();
    const [first, second, third] = ['a', 'b', 'c'].map(id => block([end(id)], dictionary)) as [Buffer, Buffer, Buffer];
    for (let at = 0; at < second.length; at += 1) {
      const spoilt = Buffer.from(second);
      spoilt[at] = (spoilt[at] ?? 0) ^ 0x41;
      bench.leave(Buffer.concat([first, spoilt, Buffer.alloc(5), third, Buffer.alloc(2)]));

      const left = await bench.adoptOne();

      expect(found(left).ended).toEqual(['a', 'c']);
      expect(left.corrupt).toBeGreaterThan(0);
      expect(left.torn).toEqual([{ file: '00000001.journal', bytes: 2 }]);
      left.release();
    }
  });

  it('takes with it only what needs a word of it, and that is never read wrongly', async () => {
    const dictionary = new Dictionary();
    const first = block([endOf(noted('a', { word: 'org-a' }))], dictionary);
    dictionary.synced(dictionary.startSync());
    const second = block([endOf(noted('b', { word: 'org-a' })), endOf(noted('c', { word: 'org-c' }))], dictionary);
    bench.leave(Buffer.concat([first.subarray(1), second]));

    const left = await bench.adoptOne();

    expect(left.ended).toEqual([noted('c', { word: 'org-c' })]);
    expect([left.corrupt, left.unknown]).toEqual([2, 0]);
    left.discard();
    expect(bench.read('00000001.journal.torn')).toEqual(Buffer.concat([first.subarray(1), second]));
  });

  it('stays where it is when a newer release wrote it', async () => {
    const newer = otherVersion(block([end('x')]), 3);
    bench.leave(Buffer.concat([block([end('a')]), newer, block([end('b')])]));

    const left = await bench.adoptOne();
    left.discard();

    expect([found(left).ended, left.unknown, left.corrupt]).toEqual([['a', 'b'], 1, 0]);
    expect(bench.read('00000001.journal').includes(newer)).toBe(true);
    expect(found(await bench.adoptOne()).ended).toEqual(['a', 'b']);
  });
});

describe('what releases before left as lines of JSON', () => {
  const json = (requestId: string) => ({ requestId, cost: '5', text: 'grün', word: 'org-a' });
  const oldBegin = (requestId: string) => oldLine('begin', requestId, json(requestId));
  const oldEnd = (requestId: string) => oldLine('end', requestId, json(requestId));
  const leave = (content: string | Buffer, number = 1) => bench.leave(content, `0000000${number}.log`);

  it('is every record, and every begin without an end', async () => {
    leave(oldBegin('a') + oldBegin('b') + oldEnd('a') + oldBegin('c'));
    leave(oldLine('forget', 'c') + oldBegin('b') + oldBegin('d') + oldEnd('e'), 2);

    const left = await bench.adoptOne();

    expect(found(left)).toEqual({ ended: ['a', 'e'], begun: ['b', 'd'] });
    expect(left.ended[0]).toEqual(noted('a', { cost: 5n, text: 'grün' }));
    expect([left.torn, left.corrupt, left.unknown]).toEqual([[], 0, 0]);
    left.discard();
    expect(() => bench.files('dead')).toThrow('ENOENT');
  });

  it('is read up to where it was cut off', async () => {
    const last = Buffer.from(oldEnd('b'));
    for (let cut = 1; cut < last.length; cut += 1) {
      leave(Buffer.concat([Buffer.from(oldBegin('a') + oldEnd('a')), last.subarray(0, cut)]));
      const left = await bench.adoptOne();
      expect(found(left)).toEqual({ ended: ['a'], begun: [] });
      expect(left.torn).toEqual([{ file: '00000001.log', bytes: cut }]);
      left.release();
    }
  });

  it('is read behind a spoilt line', async () => {
    const spoilt = oldEnd('b').replace('"b"', '"x"');
    leave(`${oldEnd('a')}${spoilt}\0\0\0\n${oldEnd('c')}\0\0`);

    const left = await bench.adoptOne();

    expect(found(left).ended).toEqual(['a', 'c']);
    expect([left.corrupt, left.torn]).toEqual([2, [{ file: '00000001.log', bytes: 2 }]]);
    left.discard();
    expect(bench.read('00000001.log.torn').toString()).toBe(`${spoilt}\0\0\0\n\0\0`);
  });

  it('stays where it is when it cannot be understood, and an end that cannot is not forestalled by an estimate', async () => {
    const newer = oldLine('refund', 'a', {});
    leave(oldEnd('a') + newer + oldBegin('b') + oldLine('end', 'b', { noCost: true }) + oldBegin('c'));

    const left = await bench.adoptOne();
    left.discard();

    expect([found(left), left.unknown]).toEqual([{ ended: ['a'], begun: ['c'] }, 2]);
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
        spool.begin(requestId, { requestId, cost: 1n, text: '', word: 'w' + (index % 5) }).then(noted => {
          if (!noted) return;
          process.stdout.write('begun ' + requestId + '\\n');
          if (index % 10 === 0) return;
          spool.end(requestId, { requestId, cost: 7n, text: 'x'.repeat(index % 300), word: 'w' + (index % 5) })
            .then(kept => kept && process.stdout.write('ended ' + requestId + '\\n'));
        });
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
    expect([left.corrupt, left.unknown]).toEqual([0, 0]);
  });

  it('that start together share out what is left: each spool goes to one', async () => {
    const spools = Array.from({ length: 20 }, (_, index) => `dead${index}`);
    for (const name of spools) {
      bench.leave('999999999 1  0\n', 'bough.lock', name); // of a process that is gone
      bench.leave(block([end(name)]), '00000001.journal', name);
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
