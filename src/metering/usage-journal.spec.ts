import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usageRecord } from '../../test/support/usage.js';
import type { AppConfig } from '../config/app-config.js';
import type { IdSource } from '../platform/id-source.js';
import { Log } from '../platform/logging.js';
import { UsageJournal } from './usage-journal.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'bough-journal-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (name: string, dataDir = folder, spoolMaxBytes = 1e9) =>
  new UsageJournal(
    { dataDir, spoolMaxBytes } as AppConfig,
    { hex: () => name } as unknown as IdSource,
    Log.create('silent'),
  );
const leftIn = async (journal: UsageJournal) => {
  const found = [];
  for await (const spool of journal.left()) {
    found.push({ ended: spool.ended, begun: spool.begun });
    spool.discard();
  }
  return found;
};

describe('the journal of a process', () => {
  it('keeps what was begun and what ended, as it was, until the ledger has it', async () => {
    const [ended, taken, begun] = ['req_1', 'req_2', 'req_3'].map(id => usageRecord(id, { costNanoUsd: 2n ** 60n }));
    if (ended === undefined || taken === undefined || begun === undefined) throw new Error('three records');
    const journal = open('one');
    for (const record of [ended, taken, begun]) expect(await journal.begin(record)).toBe(true);
    expect(await journal.begin(usageRecord('req_4'))).toBe(true);
    journal.forget('req_4');
    await journal.end(ended);
    await journal.end(taken);
    journal.acknowledge([taken]);
    expect(journal.refusing).toBe(false);
    await journal.close();
    const next = open('two');
    const [left, ...others] = await leftIn(next);
    expect(others).toEqual([]);
    expect(left?.begun).toEqual([begun]);
    expect(left?.ended).toContainEqual(ended);
    await next.close();
  });

  it('leaves nothing of what the ledger has', async () => {
    const records = ['req_1', 'req_2'].map(id => usageRecord(id));
    const journal = open('one');
    for (const record of records) await journal.begin(record);
    for (const record of records) await journal.end(record);
    journal.acknowledge(records);
    await journal.close();
    const next = open('two');
    expect(await leftIn(next)).toEqual([]);
    await next.close();
  });

  it('refuses when it is as large as it may be, though the disk takes more', async () => {
    const journal = open('one', folder, 1);
    await journal.begin(usageRecord('req_1'));
    expect(journal.refusing).toBe(true);
    await journal.close();
  });

  it('says which setting is at fault where its folder cannot be written', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(() => open('one', file)).toThrow(/usage journal cannot be kept in .*a-file.*: (?!Error).*BOUGH_DATA_DIR/);
    expect(readdirSync(folder)).toEqual(['a-file']);
  });
});
