import { ForgetfulJournal, usageRecord } from '../../test/support/usage.js';
import { Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { MeteringService } from './metering.service.js';
import { estimateTokens } from './tokenizer.js';
import { UsageFeed } from './usage-feed.js';
import type { UsageRecord } from './usage-record.js';
import { UnwritableRecordsError, UsageRepository } from './usage.repository.js';

class FakeLedger {
  readonly written: string[] = [];
  readonly batches: number[] = [];
  /** asked before each batch: throws to refuse it */
  refuse: (ids: readonly string[]) => void = () => undefined;
  hold: Promise<void> = Promise.resolve();
  closed = 0;

  async insert(records: readonly UsageRecord[]): Promise<void> {
    await this.hold;
    const ids = records.map(({ requestId }) => requestId);
    this.refuse(ids);
    this.batches.push(ids.length);
    this.written.push(...ids);
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }
}

function start() {
  const ledger = new FakeLedger();
  const feed = new UsageFeed();
  const metrics = new Metrics();
  const lines: string[] = [];
  const log = { error: (message: string) => lines.push(message), info: () => undefined } as unknown as Log;
  const journal = ForgetfulJournal.make();
  const metering = new MeteringService(ledger as unknown as UsageRepository, journal, feed, metrics, log);
  return { ledger, journal, feed, metrics, lines, metering };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const ids = (count: number) => Array.from({ length: count }, (_, index) => `req_${index}`);

it('counts words only once it was asked to be ready for that', async () => {
  const { metering } = start();
  const words = 'river '.repeat(9);
  expect(estimateTokens(words)).toBe(14);
  jest.useRealTimers();

  await metering.readyToCount();

  expect(estimateTokens(words)).toBeLessThan(12);
});

describe('record', () => {
  it('brings a lone record into the ledger within two seconds', async () => {
    const { ledger, metering } = start();
    void metering.record(usageRecord('req_1'));

    await jest.advanceTimersByTimeAsync(2_000);

    expect(ledger.written).toEqual(['req_1']);
  });

  it('writes at most 500 records at once, in order', async () => {
    const { ledger, metering } = start();
    for (const id of ids(1_200)) void metering.record(usageRecord(id));

    await metering.drain();

    expect(ledger.written).toEqual(ids(1_200));
    expect(Math.max(...ledger.batches)).toBe(500);
  });

  it('does not wait for the quarter of a second when a batch is full', async () => {
    const { ledger, metering } = start();
    for (const id of ids(500)) void metering.record(usageRecord(id));

    await jest.advanceTimersByTimeAsync(0);

    expect(ledger.written).toHaveLength(500);
  });

  it('tells whoever watches, and counts tokens by class and spend in dollars', async () => {
    const { feed, metrics, metering } = start();
    const seen: string[] = [];
    feed.settled.subscribe(({ requestId }) => seen.push(requestId));

    void metering.record(usageRecord('req_1'));

    expect(seen).toEqual(['req_1']);
    const text = await metrics.registry.metrics();
    expect(text).toContain('bough_tokens_total{model="gpt-5",class="input"} 10');
    expect(text).toContain('bough_tokens_total{model="gpt-5",class="cache_read"} 3');
    expect(text).toContain('bough_tokens_total{model="gpt-5",class="output"} 5');
    expect(text).not.toContain('class="cache_write"');
    expect(text).toContain('bough_spend_usd_total{model="gpt-5"} 0.0015');
  });
});

describe('while the database is down', () => {
  it('keeps every record and writes each once when it is back', async () => {
    const { ledger, metering } = start();
    let attempts = 0;
    ledger.refuse = () => {
      attempts += 1;
      throw new Error('connect ECONNREFUSED');
    };
    for (const id of ids(700)) void metering.record(usageRecord(id));
    await jest.advanceTimersByTimeAsync(60_000);

    expect(metering.queued).toBe(700);
    // 250 ms doubling to 5 s: a minute holds a good dozen attempts, not one for every record.
    expect(attempts).toBeGreaterThan(10);
    expect(attempts).toBeLessThan(25);

    ledger.refuse = () => undefined;
    await jest.advanceTimersByTimeAsync(5_000);

    expect(ledger.written).toEqual(ids(700));
    expect(metering.queued).toBe(0);
  });

  it('keeps what came while a batch that then failed was under way', async () => {
    const { ledger, metering } = start();
    let release: () => void = () => undefined;
    ledger.hold = new Promise(resolve => (release = resolve));
    ledger.refuse = () => {
      throw new Error('connection lost');
    };
    void metering.record(usageRecord('req_1'));
    await jest.advanceTimersByTimeAsync(1_000);
    void metering.record(usageRecord('req_2'));
    release();
    await jest.advanceTimersByTimeAsync(0);
    ledger.refuse = () => undefined;

    await jest.advanceTimersByTimeAsync(1_000);

    expect(ledger.written).toEqual(['req_1', 'req_2']);
  });

  it('says so, once, when 100,000 records wait, and drops none', async () => {
    const { ledger, lines, metering } = start();
    ledger.refuse = () => {
      throw new Error('connection lost');
    };
    for (const id of ids(99_999)) void metering.record(usageRecord(id));
    expect(metering.saturated).toBe(false);
    void metering.record(usageRecord('req_a'));
    void metering.record(usageRecord('req_b'));

    expect(metering.saturated).toBe(true);
    expect(metering.queued).toBe(100_001);
    expect(lines.filter(line => line.includes('pile up'))).toHaveLength(1);
    jest.clearAllTimers();
  });
});

describe('a record that Postgres can never take', () => {
  it('goes to the log, and holds up no other', async () => {
    const { ledger, lines, metering } = start();
    ledger.refuse = batch => {
      if (batch.includes('req_3')) throw new UnwritableRecordsError('out of range');
    };
    for (const id of ids(600)) void metering.record(usageRecord(id));

    await metering.drain();

    expect(ledger.written).toEqual(ids(600).filter(id => id !== 'req_3'));
    expect(ledger.batches.at(-1)).toBeGreaterThan(1);
    expect(lines).toEqual(['a usage record is in this log line only']);
  });
});

describe('shutdown', () => {
  it('writes what waits, and closes the connection that it opened for that', async () => {
    const { ledger, metering } = start();
    void metering.record(usageRecord('req_1'));

    await metering.onApplicationShutdown();

    expect(ledger.written).toEqual(['req_1']);
    expect(ledger.closed).toBe(1);
  });

  it('waits out a short outage', async () => {
    const { ledger, metering } = start();
    let refusals = 5;
    ledger.refuse = () => {
      if (refusals-- > 0) throw new Error('connection lost');
    };
    void metering.record(usageRecord('req_1'));
    const stopped = metering.onApplicationShutdown();

    await jest.advanceTimersByTimeAsync(1_000);
    await stopped;

    expect(ledger.written).toEqual(['req_1']);
  });

  it('gives up after ten seconds, and leaves the records in the journal for the next start', async () => {
    const { journal, ledger, lines, metering } = start();
    ledger.refuse = () => {
      throw new Error('connection lost');
    };
    void metering.record(usageRecord('req_1'));
    void metering.record(usageRecord('req_2'));
    const stopped = metering.onApplicationShutdown();

    await jest.advanceTimersByTimeAsync(10_100);
    await stopped;

    expect(lines.filter(line => line.includes('wait in the journal'))).toHaveLength(1);
    expect(journal.acknowledged).toEqual([]);
    expect(journal.closed).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives up after ten seconds on a database that does not answer at all', async () => {
    const { ledger, metering } = start();
    ledger.hold = new Promise(() => undefined);
    void metering.record(usageRecord('req_1'));
    const stopped = metering.onApplicationShutdown();

    await jest.advanceTimersByTimeAsync(10_000);

    await expect(stopped).resolves.toBeUndefined();
  });
});
