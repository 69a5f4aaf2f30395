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

    await jest.advanceTimersByTimeAsync(500);

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

  it('tells those who watch, and counts tokens by class and spend in dollars', async () => {
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
    expect(metering.saturated).toBe(true);
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

describe('a record', () => {
  it('waits half a second for company, counted from the first, and two behind a batch', async () => {
    const { ledger, metering } = start();
    void metering.record(usageRecord('req_1'));
    await jest.advanceTimersByTimeAsync(300);
    void metering.record(usageRecord('req_2'));
    await jest.advanceTimersByTimeAsync(199);
    expect(ledger.batches).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(ledger.batches).toEqual([2]);
    void metering.record(usageRecord('req_3'));
    await jest.advanceTimersByTimeAsync(1_999);
    expect(ledger.batches).toEqual([2]);
    await jest.advanceTimersByTimeAsync(1);
    expect([ledger.batches, jest.getTimerCount()]).toEqual([[2, 1], 0]);
    await jest.advanceTimersByTimeAsync(1_800);
    void metering.record(usageRecord('req_4'));
    await jest.advanceTimersByTimeAsync(499);
    expect(ledger.batches).toEqual([2, 1]);
    await jest.advanceTimersByTimeAsync(1);
    expect(ledger.batches).toEqual([2, 1, 1]);
  });

  it('that comes while a batch is under way waits for company behind it, unless it fills one', async () => {
    const written = async (more: number) => {
      const { ledger, metering } = start();
      let release: () => void = () => undefined;
      ledger.hold = new Promise(resolve => (release = resolve));
      for (const id of ids(500)) void metering.record(usageRecord(id));
      for (const id of ids(more)) void metering.record(usageRecord(id));
      release();
      await jest.advanceTimersByTimeAsync(0);
      const atOnce = [...ledger.batches];
      await jest.advanceTimersByTimeAsync(2_000);
      return [atOnce, ledger.batches];
    };
    expect(await written(499)).toEqual([[500], [500, 499]]);
    expect(await written(500)).toEqual([
      [500, 500],
      [500, 500],
    ]);
  });

  it('fills a batch with the five hundredth, and not before', async () => {
    const { ledger, metering } = start();
    for (const id of ids(499)) void metering.record(usageRecord(id));
    await jest.advanceTimersByTimeAsync(0);
    expect(ledger.batches).toEqual([]);
    void metering.record(usageRecord('req_last'));
    await jest.advanceTimersByTimeAsync(0);
    expect([ledger.batches, jest.getTimerCount()]).toEqual([[500], 0]);
  });

  it('is acknowledged to the journal once the ledger has it', async () => {
    const { journal, metering } = start();
    for (const id of ids(3)) void metering.record(usageRecord(id));
    await metering.drain();
    expect([journal.acknowledged, metering.queued]).toEqual([ids(3), 0]);
  });

  it('is counted as far as its counts are counts, and costs', async () => {
    const { metrics, metering } = start();
    const queue = jest.spyOn(metrics.usageQueue, 'set');
    const tokens = { input: Number.NaN, cacheRead: Infinity, cacheWrite: -1, output: 0, reasoning: 0 };
    void metering.record(usageRecord('req_1', { modelId: 'free-model', tokens, costNanoUsd: 0n }));
    void metering.record(usageRecord('req_2', { tokens, costNanoUsd: 1n }));
    await metering.drain();
    const text = await metrics.registry.metrics();
    expect(text).not.toMatch(/bough_tokens_total\{/);
    expect(text).not.toContain('free-model');
    expect(text).toContain('bough_spend_usd_total{model="gpt-5"} 1e-9');
    expect(queue.mock.calls).toEqual([[1], [2], [0]]);
  });
});

describe('whether new work may be taken', () => {
  it('is a matter of the journal, too', async () => {
    const { journal, metering } = start();
    const forgotten = jest.spyOn(journal, 'forget');
    expect([metering.saturated, await metering.begin(usageRecord('req_1'))]).toEqual([false, true]);
    metering.forget('req_1');
    expect(forgotten).toHaveBeenCalledWith('req_1');
    journal.refusing = true;
    expect([metering.saturated, await metering.begin(usageRecord('req_2'))]).toEqual([true, false]);
  });
});

describe('a database that does not answer', () => {
  it('is asked again after a quarter of a second, twice as long each time, five seconds at most, and then as before', async () => {
    const { ledger, lines, metering } = start();
    const times: number[] = [];
    const began = Date.now();
    let down = true;
    ledger.refuse = () => {
      times.push(Date.now() - began - 500);
      if (down) throw new Error('connection lost');
    };
    void metering.record(usageRecord('req_1'));
    await jest.advanceTimersByTimeAsync(500 + 17_750);
    expect(times).toEqual([0, 250, 750, 1_750, 3_750, 7_750, 12_750, 17_750]);
    // What comes meanwhile does not ask sooner, however much it is.
    for (const id of ids(600)) void metering.record(usageRecord(id));
    await jest.advanceTimersByTimeAsync(4_999);
    expect([times.length, new Set(lines).size]).toEqual([8, 1]);
    down = false;
    await jest.advanceTimersByTimeAsync(1);
    expect(ledger.batches).toEqual([500]);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(ledger.batches).toEqual([500, 101]);
    // The next outage begins with a quarter of a second again.
    down = true;
    times.length = 0;
    void metering.record(usageRecord('req_x'));
    await jest.advanceTimersByTimeAsync(2_000 + 250);
    expect(times).toHaveLength(2);
    jest.clearAllTimers();
  });
});

describe('the end of the process', () => {
  it('writes what waits when the modules are destroyed, and is not kept by a ledger that hangs', async () => {
    const { ledger, metering } = start();
    void metering.record(usageRecord('req_1'));
    await metering.onModuleDestroy();
    expect([ledger.written, jest.getTimerCount()]).toEqual([['req_1'], 0]);
    ledger.hold = new Promise(() => undefined);
    void metering.record(usageRecord('req_2'));
    let over = false;
    void metering.onModuleDestroy().then(() => (over = true));
    await jest.advanceTimersByTimeAsync(9_999);
    expect(over).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(over).toBe(true);
  });

  it('says nothing where nothing waits, though the ledger does not close', async () => {
    const { journal, ledger, lines, metering } = start();
    ledger.close = () => Promise.reject(new Error('closed'));
    await metering.onApplicationShutdown();
    expect([lines, journal.closed]).toEqual([[], 1]);
  });

  it('asks the ledger ten times a second while it is being ended', async () => {
    const { ledger, metering } = start();
    let tries = 0;
    ledger.refuse = () => {
      tries += 1;
      throw new Error('connection lost');
    };
    void metering.record(usageRecord('req_1'));
    const drained = metering.drain();
    await jest.advanceTimersByTimeAsync(999);
    expect(tries).toBe(10);
    ledger.refuse = () => undefined;
    await jest.advanceTimersByTimeAsync(1);
    await drained;
    expect(ledger.written).toEqual(['req_1']);
  });
});
