import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../../test/support/gateway.js';
import { codec, FaultyDisk, noted, SpoolBench } from '../../../test/support/spool.js';
import { readBlocks } from './block.js';

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
const begun = (requestId: string) => noted(requestId, { text: 'x'.repeat(100) });
const ended = (requestId: string) => noted(requestId, { cost: 2n ** 60n, text: 'ü\n\u2028' });
/** Turns of the event loop in which whatever need not wait for the disk happens. */
const turns = async () => {
  for (let count = 0; count < 20; count += 1) await new Promise(resolve => setImmediate(resolve));
};
/** What can be read of a segment, or of its first so many bytes: the kinds and ids, in order. */
const entriesIn = (bytes: Buffer) => {
  const entries: string[] = [];
  readBlocks(bytes, codec, ({ kind, requestId }) => entries.push(`${kind} ${requestId}`));
  return entries;
};
const written = (name = '00000001.journal') => entriesIn(bench.read(name, 'p1'));
const isSynced = (disk: FaultyDisk) => eventually(() => disk.durable.size > 0, 'a sync');
const holdSyncs = (disk: FaultyDisk): (() => void) => {
  let free: () => void = () => undefined;
  disk.hold = new Promise(resolve => (free = resolve));
  return free;
};

describe('begin and end', () => {
  it('are with the system when they resolve', async () => {
    const spool = bench.open();

    expect(await spool.begin('req_1', begun('req_1'))).toBe(true);
    expect(written()).toEqual(['begin req_1']);
    expect(await spool.end('req_1', ended('req_1'))).toBe(true);

    expect(written()).toEqual(['begin req_1', 'end req_1']);
  });

  it('take one write for all that come in one turn of the event loop', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk });
    await Promise.all(ids(50).map(id => spool.begin(id, begun(id))));
    expect(disk.writes).toBe(1);

    const ends = ids(50).map(id => spool.end(id, ended(id)));
    const others = ids(20).map(id => spool.begin(`other_${id}`, begun(`other_${id}`)));
    spool.forget('other_req_0');
    await Promise.all([...ends, ...others]);

    expect(disk.writes).toBe(2);
    await spool.close();
    const left = await bench.adoptOne();
    expect([left.ended.length, left.begun.length]).toEqual([50, 19]);
  });

  it('say once in a segment what repeats', async () => {
    const spool = bench.open();
    const word = 'an-organization-with-a-long-name';
    for (const id of ids(30)) {
      await spool.begin(id, noted(id, { word }));
      await spool.end(id, noted(id, { word }));
    }

    const bytes = bench.read('00000001.journal', 'p1');
    // until a sync has covered it, each block says it for itself
    expect(bytes.toString('latin1').split(word).length - 1).toBeLessThan(30);
    expect(bytes.length).toBeLessThan(60 * (40 + 16));
  });

  it('lets nobody else read what it writes', async () => {
    const spool = bench.open();
    await spool.end('req_1', ended('req_1'));

    const mode = (path: string) => statSync(join(bench.root, path)).mode & 0o777;
    expect([mode('p1'), mode('p1/00000001.journal'), mode('p1/bough.lock')]).toEqual([0o700, 0o600, 0o600]);
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

  it('an end waits for the sync of its begin', async () => {
    const disk = new FaultyDisk();
    const free = holdSyncs(disk);
    const spool = bench.open({ disk });
    expect(await spool.begin('req_1', begun('req_1'))).toBe(true);
    let over = false;
    const end = spool.end('req_1', ended('req_1')).then(kept => ((over = true), kept));
    await turns();
    expect(written()).toEqual(['begin req_1', 'end req_1']);
    expect(over).toBe(false);

    free();

    expect(await end).toBe(true);
  });

  it('an end does not wait for its own sync, which follows by itself', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk });
    await spool.begin('req_1', begun('req_1'));
    await isSynced(disk);
    const free = holdSyncs(disk);

    expect(await spool.end('req_1', ended('req_1'))).toBe(true);
    expect(
      [...disk.durable.values()].map(bytes => entriesIn(bench.read('00000001.journal', 'p1').subarray(0, bytes))),
    ).toEqual([['begin req_1']]);

    free();
    await eventually(() => disk.unsynced.size === 0 && disk.syncs === 2, 'the sync of the end');
  });

  it('an end without a begin waits for its own sync', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk });

    expect(await spool.end('req_1', ended('req_1'))).toBe(true);

    expect(disk.syncs).toBe(1);
  });

  it('leave to a power cut something to bill of each request whose end has resolved', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk });
    const bill = async (id: string) => {
      await spool.begin(id, begun(id));
      for (let wait = id.length % 5; wait > 0; wait -= 1) await new Promise(resolve => setImmediate(resolve));
      expect(await spool.end(id, ended(id))).toBe(true);
      const [bytes = 0] = disk.durable.values();
      const kept = entriesIn(bench.read('00000001.journal', 'p1').subarray(0, bytes));
      expect(kept.filter(entry => entry.endsWith(` ${id}`))).not.toEqual([]);
    };
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(ids(20).map(id => bill(`${id}_${'y'.repeat(round % 7)}_${round}`)));
    }
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

    expect(await spool.begin('req_1', begun('req_1'))).toBe(false);
    expect(await spool.end('req_1', ended('req_1'))).toBe(false);
  });
});

describe('acknowledge', () => {
  it('deletes a segment once nothing in it and nothing before it is owed', async () => {
    const spool = bench.open({ segmentBytes: 1_000 });
    for (const id of ids(40)) {
      await spool.begin(id, begun(id));
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
    await spool.begin('req_1', begun('req_1'));
    await spool.end('req_1', ended('req_1'));
    spool.acknowledge(['req_1']);
    await eventually(() => statSync(join(bench.root, 'p1', '00000001.journal')).size === 0, 'an empty file');

    await spool.begin('req_2', begun('req_2'));
    await spool.end('req_2', ended('req_2'));
    await spool.close();

    expect((await bench.adoptOne()).ended).toEqual([ended('req_2')]);
  });

  it('may come before the record is on the disk', async () => {
    const spool = bench.open();
    await spool.begin('req_1', begun('req_1'));
    const end = spool.end('req_1', ended('req_1'));
    spool.acknowledge(['req_1']);

    expect(await end).toBe(true);
    await eventually(() => spool.bytes === 0, 'an empty journal');
  });

  it('does not let one long request hold every segment after its own', async () => {
    const spool = bench.open({ segmentBytes: 2_000 });
    await spool.begin('req_long', begun('req_long'));
    for (const id of ids(100)) {
      await spool.begin(id, begun(id));
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
    await spool.begin('req_1', begun('req_1'));
    await spool.begin('req_2', begun('req_2'));
    spool.forget('req_1');
    await spool.close();

    const left = await bench.adoptOne();
    expect([left.begun, left.ended]).toEqual([[begun('req_2')], []]);
  });
});

describe('bounds', () => {
  it('is full at its bound: refuses begins, still takes ends, and has room again once they are acknowledged', async () => {
    const spool = bench.open({ maxBytes: 3_000, segmentBytes: 1_000 });
    const taken: string[] = [];
    for (const id of ids(100)) if (await spool.begin(id, begun(id))) taken.push(id);

    expect(spool.full).toBe(true);
    expect(taken.length).toBeGreaterThan(10);
    expect(spool.bytes).toBeLessThan(3_300);
    const results = await Promise.all(taken.map(id => spool.end(id, ended(id))));
    expect(results.every(Boolean)).toBe(true);

    spool.acknowledge(taken);
    await eventually(() => !spool.full, 'room');
    expect(await spool.begin('req_next', begun('req_next'))).toBe(true);
  });

  it('holds for what one turn of the event loop brings, too', async () => {
    const spool = bench.open({ maxBytes: 3_000 });

    const taken = await Promise.all(ids(100).map(id => spool.begin(id, begun(id))));

    expect(taken.filter(Boolean).length).toBeLessThan(40);
  });
});

describe('a disk that fails', () => {
  it('refuses begins while it is full, answers ends after a bound, and writes all when it has room again', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk, endWaitMs: 20 });
    await spool.begin('req_1', begun('req_1'));

    disk.room = 50;
    const refused = [spool.begin('req_2', begun('req_2')), spool.begin('req_2b', begun('req_2b'))];
    expect(await Promise.all(refused)).toEqual([false, false]);
    expect(spool.failing).toBe(true);
    expect(await spool.begin('req_3', begun('req_3'))).toBe(false);
    expect(await spool.end('req_1', ended('req_1'))).toBe(false);

    disk.room = Number.POSITIVE_INFINITY;
    await eventually(() => !spool.failing, 'a retry');
    expect(await spool.begin('req_4', begun('req_4'))).toBe(true);
    await spool.close();
    const left = await bench.adoptOne();
    expect([left.ended, left.begun]).toEqual([[ended('req_1')], [begun('req_4')]]);
    expect([left.torn, left.corrupt]).toEqual([[], 0]);
    expect(bench.lines).toEqual(['the usage journal cannot be written', 'the usage journal is written again']);
  });

  it('is tried again and again until it takes something', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk, endWaitMs: 20 });
    await spool.begin('req_1', begun('req_1'));
    disk.room = 0;
    expect(await spool.end('req_1', ended('req_1'))).toBe(false);
    const tries = disk.writes;
    await eventually(() => disk.writes >= tries + 3, 'three retries');

    disk.room = Number.POSITIVE_INFINITY;

    await eventually(() => !spool.failing, 'a retry that helps');
    expect(written()).toEqual(['begin req_1', 'end req_1']);
    expect(bench.lines).toEqual(['the usage journal cannot be written', 'the usage journal is written again']);
  });

  it('refuses each begin of a turn whose write fails, and notes none of them later', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk });
    await spool.begin('req_1', begun('req_1'));
    disk.room = 0;
    const end = spool.end('req_1', ended('req_1'));

    expect(await Promise.all(ids(5).map(id => spool.begin(`new_${id}`, begun(id))))).toEqual(Array(5).fill(false));

    disk.room = Number.POSITIVE_INFINITY;
    expect(await end).toBe(true);
    await spool.close();
    const left = await bench.adoptOne();
    expect([left.ended, left.begun]).toEqual([[ended('req_1')], []]);
  });

  it('loses no word to a write that failed', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk });
    await spool.begin('req_1', begun('req_1'));
    disk.room = 30;
    expect(await spool.begin('req_2', noted('req_2', { word: 'org-new' }))).toBe(false);
    disk.room = Number.POSITIVE_INFINITY;
    await eventually(() => !spool.failing, 'a retry');

    await spool.begin('req_3', noted('req_3', { word: 'org-new' }));
    await spool.close();

    expect((await bench.adoptOne()).begun).toEqual([begun('req_1'), noted('req_3', { word: 'org-new' })]);
  });

  it('writes to a new file what a failed sync may have lost', async () => {
    const disk = new FaultyDisk();
    const spool = bench.open({ disk });
    await spool.begin('req_open', begun('req_open'));

    disk.refuseSync = new Error('EIO');
    const end = spool.end('req_1', ended('req_1'));
    await eventually(() => spool.failing, 'the failure');
    disk.refuseSync = null;

    expect(await end).toBe(true);
    expect(bench.files().filter(name => name.endsWith('.journal'))).toEqual(['00000002.journal']);
    await spool.close();
    const left = await bench.adoptOne();
    expect([left.ended, left.begun]).toEqual([[ended('req_1')], [begun('req_open')]]);
  });

  it('is not taken for repaired by a sync that began before it failed', async () => {
    const disk = new FaultyDisk();
    const free = holdSyncs(disk);
    const spool = bench.open({ disk });
    const end = spool.end('req_1', ended('req_1'));
    await eventually(() => disk.syncs === 1, 'the sync');

    disk.room = 0;
    await spool.begin('req_2', begun('req_2'));
    free();

    expect(await end).toBe(true);
    expect(spool.failing).toBe(true);
    disk.room = Number.POSITIVE_INFINITY;
    await eventually(() => !spool.failing, 'a retry');
  });

  it('does not let an end wait for a disk that hangs', async () => {
    const disk = new FaultyDisk();
    const free = holdSyncs(disk);
    const spool = bench.open({ disk, endWaitMs: 20 });

    expect(await spool.end('req_1', ended('req_1'))).toBe(false);
    free();
  });
});

describe('segments', () => {
  it('may change while a sync is under way', async () => {
    const disk = new FaultyDisk();
    const free = holdSyncs(disk);
    const spool = bench.open({ disk, segmentBytes: 500 });
    const first = spool.end('req_first', ended('req_first'));
    await eventually(() => disk.syncs === 1, 'the first sync');

    for (const id of ids(20)) await spool.begin(id, begun(id));
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
    await spool.begin('req_1', begun('req_1'));
    await spool.end('req_1', ended('req_1'));
    spool.acknowledge(['req_1']);
    await spool.close();
    await spool.close();

    expect(() => bench.files()).toThrow('ENOENT');
    expect(bench.lines).toEqual([]);
  });
});
