import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../../test/support/gateway.js';
import { FaultyDisk, SpoolBench } from '../../../test/support/spool.js';

/** What this process holds open in a folder, where the system tells. */
function openFiles(folder: string): string[] {
  if (!existsSync('/proc/self/fd')) return [];
  const names = readdirSync('/proc/self/fd').map(fd => {
    try {
      return readlinkSync(join('/proc/self/fd', fd));
    } catch {
      return ''; // the look itself
    }
  });
  return names.filter(name => name.startsWith(folder));
}

let bench: SpoolBench;
beforeEach(() => void (bench = new SpoolBench()));
afterEach(() => bench.tearDown());

const ids = (count: number) => Array.from({ length: count }, (_, index) => `req_${index}`);
const begun = (requestId: string) => ({ requestId, text: 'x'.repeat(100) });
const ended = (requestId: string) => ({ requestId, cost: 2n ** 60n, text: 'ü\n\u2028\ud800' });

describe('begin and end', () => {
  it('is in the file when begin returns, and on the disk when end resolves', async () => {
    const spool = bench.open();

    expect(spool.begin('req_1', begun('req_1'))).toBe(true);
    expect(bench.read('00000001.log', 'p1').toString()).toContain('"begin","requestId":"req_1"');
    expect(await spool.end('req_1', ended('req_1'))).toBe(true);

    expect(bench.read('00000001.log', 'p1').toString()).toContain('"end","requestId":"req_1"');
  });

  it('lets nobody else read what it writes', async () => {
    const spool = bench.open();
    await spool.end('req_1', ended('req_1'));

    const mode = (path: string) => statSync(join(bench.root, path)).mode & 0o777;
    expect([mode('p1'), mode('p1/00000001.log'), mode('p1/bough.lock')]).toEqual([0o700, 0o600, 0o600]);
  });

  it('brings everybody who comes during a sync along with the next one', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk });

    const first = spool.end('req_first', ended('req_first'));
    await eventually(() => disk.syncs === 1, 'the first sync');
    const results = await Promise.all([first, ...ids(500).map(id => spool.end(id, ended(id)))]);

    expect(results.every(Boolean)).toBe(true);
    expect(disk.syncs).toBeLessThanOrEqual(3);
  });

  it('keeps a record once when it is ended twice', async () => {
    const spool = bench.open();
    await Promise.all([spool.end('req_1', ended('req_1')), spool.end('req_1', ended('req_1'))]);
    await spool.close();

    expect((await bench.adoptOne()).ended).toEqual([ended('req_1')]);
  });

  it('takes no more once it is closed', async () => {
    const spool = bench.open();
    await spool.close();

    expect(spool.begin('req_1', begun('req_1'))).toBe(false);
    expect(await spool.end('req_1', ended('req_1'))).toBe(false);
  });
});

describe('acknowledge', () => {
  it('deletes a segment once nothing in it and nothing before it is owed', async () => {
    const spool = bench.open({ segmentBytes: 1_000 });
    for (const id of ids(40)) {
      spool.begin(id, begun(id));
      await spool.end(id, ended(id));
    }
    const before = bench.files().length;
    expect(before).toBeGreaterThan(5);

    spool.acknowledge(ids(40).slice(1));
    expect(bench.files()).toHaveLength(before);

    spool.acknowledge(['req_0']);
    await eventually(() => bench.files().length === 2, 'one segment and the lock');
    expect(spool.bytes).toBe(0);
  });

  it('leaves nothing to replay when all is acknowledged, and goes on from there', async () => {
    const spool = bench.open();
    spool.begin('req_1', begun('req_1'));
    await spool.end('req_1', ended('req_1'));
    spool.acknowledge(['req_1']);
    expect(statSync(join(bench.root, 'p1', '00000001.log')).size).toBe(0);

    spool.begin('req_2', begun('req_2'));
    await spool.end('req_2', ended('req_2'));
    await spool.close();

    expect((await bench.adoptOne()).ended).toEqual([ended('req_2')]);
  });

  it('may come before the record is on the disk', async () => {
    const spool = bench.open();
    spool.begin('req_1', begun('req_1'));
    const end = spool.end('req_1', ended('req_1'));
    spool.acknowledge(['req_1']);

    expect(await end).toBe(true);
    expect(spool.bytes).toBe(0);
  });

  it('does not let one long request hold every segment after its own', async () => {
    const spool = bench.open({ segmentBytes: 2_000 });
    spool.begin('req_long', begun('req_long'));
    for (const id of ids(100)) {
      spool.begin(id, begun(id));
      await spool.end(id, ended(id));
      spool.acknowledge([id]);
    }

    await eventually(() => bench.files().length <= 4, 'the old segments to go');
    await spool.close();
    const left = await bench.adoptOne();
    expect(left.begun).toEqual([begun('req_long')]);
  });
});

describe('forget', () => {
  it('leaves no trace of a request that came to nothing', async () => {
    const spool = bench.open();
    spool.begin('req_1', begun('req_1'));
    spool.begin('req_2', begun('req_2'));
    spool.forget('req_1');
    await spool.close();

    const left = await bench.adoptOne();
    expect([left.begun, left.ended]).toEqual([[begun('req_2')], []]);
  });
});

describe('bounds', () => {
  it('is full at its bound: refuses begins, still takes ends, and has room again once they are acknowledged', async () => {
    const spool = bench.open({ maxBytes: 3_000, segmentBytes: 1_000 });
    const taken = ids(100).filter(id => spool.begin(id, begun(id)));

    expect(spool.full).toBe(true);
    expect(taken.length).toBeGreaterThan(10);
    expect(spool.bytes).toBeLessThan(3_300);
    const results = await Promise.all(taken.map(id => spool.end(id, ended(id))));
    expect(results.every(Boolean)).toBe(true);

    spool.acknowledge(taken);
    expect(spool.full).toBe(false);
    expect(spool.begin('req_next', begun('req_next'))).toBe(true);
  });
});

describe('a disk that fails', () => {
  it('refuses begins while it is full, answers ends after a bound, and writes all when it has room again', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk, endWaitMs: 20 });
    spool.begin('req_1', begun('req_1'));

    disk.room = 50;
    expect(spool.begin('req_2', begun('req_2'))).toBe(false);
    expect(spool.failing).toBe(true);
    expect(spool.begin('req_3', begun('req_3'))).toBe(false);
    expect(await spool.end('req_1', ended('req_1'))).toBe(false);

    disk.room = Number.POSITIVE_INFINITY;
    await eventually(() => !spool.failing, 'a retry');
    expect(spool.begin('req_4', begun('req_4'))).toBe(true);
    await spool.close();
    const left = await bench.adoptOne();
    expect([left.ended, left.begun]).toEqual([[ended('req_1')], [begun('req_4')]]);
    expect([left.torn, left.corruptLines]).toEqual([[], 0]);
    expect(bench.lines).toEqual(['the usage journal cannot be written', 'the usage journal is written again']);
  });

  it('writes to a new file what a failed sync may have lost', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk });
    spool.begin('req_open', begun('req_open'));

    disk.refuseSync = new Error('EIO');
    const end = spool.end('req_1', ended('req_1'));
    await eventually(() => spool.failing, 'the failure');
    disk.refuseSync = null;

    expect(await end).toBe(true);
    expect(bench.files().filter(name => name.endsWith('.log'))).toEqual(['00000002.log']);
    await spool.close();
    const left = await bench.adoptOne();
    expect([left.ended, left.begun]).toEqual([[ended('req_1')], [begun('req_open')]]);
  });

  it('is not taken for mended by a sync that began before it failed', async () => {
    const disk = new FaultyDisk();
    let free: () => void = () => undefined;
    disk.hold = new Promise(resolve => (free = resolve));
    const spool = bench.open({ disk });
    const end = spool.end('req_1', ended('req_1'));
    await eventually(() => disk.syncs === 1, 'the sync');

    disk.room = 0;
    spool.begin('req_2', begun('req_2'));
    free();

    expect(await end).toBe(true);
    expect(spool.failing).toBe(true);
    disk.room = Number.POSITIVE_INFINITY;
    await eventually(() => !spool.failing, 'a retry');
  });

  it('does not let an end wait for a disk that hangs', async () => {
    const disk = new FaultyDisk();
    let free: () => void = () => undefined;
    disk.hold = new Promise(resolve => (free = resolve));
    const spool = bench.open({ disk, endWaitMs: 20 });

    expect(await spool.end('req_1', ended('req_1'))).toBe(false);
    free();
  });
});

describe('segments', () => {
  it('may change while a sync is under way', async () => {
    const disk = new FaultyDisk();
    let free: () => void = () => undefined;
    disk.hold = new Promise(resolve => (free = resolve));
    const spool = bench.open({ disk, segmentBytes: 500 });
    const first = spool.end('req_first', ended('req_first'));
    await eventually(() => disk.syncs === 1, 'the first sync');

    for (const id of ids(20)) spool.begin(id, begun(id));
    free();
    const results = await Promise.all([first, ...ids(20).map(id => spool.end(id, ended(id)))]);

    expect(results.every(Boolean)).toBe(true);
    expect([bench.lines, [...disk.unsynced]]).toEqual([[], []]);
    await eventually(() => openFiles(join(bench.root, 'p1')).length <= 1, 'old files to be closed');
  });
});

describe('close', () => {
  it('leaves no folder when nothing is owed', async () => {
    const spool = bench.open();
    spool.begin('req_1', begun('req_1'));
    await spool.end('req_1', ended('req_1'));
    spool.acknowledge(['req_1']);
    await spool.close();
    await spool.close();

    expect(() => bench.files()).toThrow('ENOENT');
    expect(bench.lines).toEqual([]);
  });
});
