import { FakeClock } from '../../test/support/fake-clock.js';
import { MemoryLeases } from '../../test/support/memory-leases.js';
import type { AppConfig } from '../config/app-config.js';
import type { IdSource } from '../platform/id-source.js';
import type { Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import type { LeaseRepository } from './lease.repository.js';
import { LeaseReporting, LeaseService } from './lease.service.js';
import { windowAt } from './limit-window.js';
import type { LimitKind } from './limit-kinds.js';

const NOON = Date.UTC(2026, 9, 10, 12);
const TTL_MS = 30_000;
/** Of so few the store grants what is asked for, and no more. */
const FEW = 60;

function start({ ttlMs = TTL_MS, horizonMs = 0 } = {}) {
  const clock = new FakeClock(NOON);
  const store = new MemoryLeases();
  const reaped: unknown[][] = [];
  const reap = { failure: null as Error | null };
  const repository = Object.assign(store, {
    reap: (...times: unknown[]) => {
      reaped.push(times);
      return reap.failure === null ? Promise.resolve() : Promise.reject(reap.failure);
    },
  });
  const told: unknown[] = [];
  const log = { warn: (...words: unknown[]) => void told.push(words) } as unknown as Log;
  const metrics = new Metrics();
  const near = jest.spyOn(metrics.limitsNearCap, 'inc').mockImplementation(() => undefined);
  const leases = new LeaseService(
    { leaseTtlMs: ttlMs, leaseHorizonMs: horizonMs } as AppConfig,
    { hex: () => 'test' } as unknown as IdSource,
    clock,
    repository as unknown as LeaseRepository,
    new LeaseReporting(log, metrics),
  );
  const pool = (kind: LimitKind, cap = FEW, of = 'br', model = '') =>
    leases.pools.get(
      { key: `${kind} branch ${of} ${model}`, mayExceed: false, spender: null },
      windowAt(kind, clock.time),
      cap,
    );
  return { clock, store, reaped, reap, told, near, leases, pool };
}

describe('what is available without asking the store', () => {
  it('is taken as long as the lease is known to hold: places for a shorter time than counts', async () => {
    const { clock, leases, pool } = start();
    const [places, tokens] = [pool('concurrent_requests'), pool('spend_total')];
    const needs = [places, tokens].map(each => ({ pool: each, amount: 1 }));
    expect(leases.takeFromReserve(needs)).toEqual(needs);
    await leases.ask([places, tokens].map(each => ({ pool: each, amount: 4 })));
    for (const each of [places, tokens]) each.giveBack(4);
    expect(leases.takeFromReserve(needs)).toEqual([]);
    clock.time += 25_000;
    expect(leases.takeFromReserve(needs).map(need => need.pool)).toEqual([places]);
    clock.time += 600_000;
    expect(leases.takeFromReserve(needs)).toEqual(needs);
  });

  it('is returned as what is missing where it does not suffice', async () => {
    const { leases, pool } = start();
    const tokens = pool('spend_total');
    await leases.ask([{ pool: tokens, amount: 4 }]);
    tokens.giveBack(4);
    const [fits, not] = [3, 2].map(amount => ({ pool: tokens, amount }));
    expect(leases.takeFromReserve([fits, not].filter(need => need !== undefined))).toEqual([not]);
  });
});

describe('a change of limits', () => {
  const changed = async (cap: number | null, isNew: boolean) => {
    const { leases, pool, store } = start();
    const total = pool('spend_total');
    await leases.ask([{ pool: total, amount: 4 }]);
    total.giveBack(4);
    const { calls } = store;
    await leases.recall(
      () => cap,
      () => isNew,
    );
    return [total.cap, total.free, store.calls - calls];
  };

  it.each<[string, number | null, boolean, number[]]>([
    ['of nothing gives nothing back', FEW, false, [FEW, 4, 0]],
    ['to another cap gives back what is free', 50, false, [50, 0, 1]],
    ['to another limit of the same cap does, too', FEW, true, [FEW, 0, 1]],
    ['to none does, and keeps the cap', null, false, [FEW, 0, 1]],
  ])('%s', async (_, cap, isNew, outcome) => {
    expect(await changed(cap, isNew)).toEqual(outcome);
  });
});

describe('a report', () => {
  it('is made where something is to be told, or where it is time to say that we live', async () => {
    const { clock, leases, pool, store } = start();
    await leases.report();
    expect(store.calls).toBe(0);
    const total = pool('spend_total');
    await leases.ask([{ pool: total, amount: 4 }]);
    expect(store.calls).toBe(1);
    await leases.report();
    expect(store.calls).toBe(1);
    total.doubt();
    await leases.report();
    expect(store.calls).toBe(2);
    // What was used is told when a call is made anyway.
    total.settle(4, 4);
    await leases.report();
    expect(store.calls).toBe(2);
    clock.time += 5_000;
    await leases.report();
    expect([store.calls, store.counters.get('spend_total branch br  0')?.used]).toEqual([3, 4]);
  });

  it('leases the next window before it begins, for what is expected in an outage', async () => {
    const { clock, leases, pool } = start({ horizonMs: 10_000 });
    const minute = pool('requests_per_minute', 100_000);
    const busy = async () => {
      await leases.ask([{ pool: minute, amount: 50 }]);
      minute.settle(50, 50);
      await leases.report();
    };
    await busy();
    clock.time = NOON + 39_999;
    await busy();
    expect(leases.pools.size).toBe(1);
    clock.time = NOON + 40_000;
    await busy();
    expect(leases.pools.size).toBe(2);
  });

  it('forgets behind it what has nothing left to tell', async () => {
    const { clock, leases, pool, store } = start();
    const minute = pool('requests_per_minute');
    await leases.ask([{ pool: minute, amount: 1 }]);
    minute.settle(1, 1);
    await leases.report();
    expect(leases.pools.size).toBe(1);
    clock.time += 60_000;
    await leases.report();
    expect([leases.pools.size, [...store.counters.values()]]).toEqual([0, [{ used: 1, leased: 0 }]]);
  });

  it('remembers who calls now and then, as long as it is not kept for very many', async () => {
    const remembered = async (others: number) => {
      const { clock, leases, pool } = start({ horizonMs: 10_000 });
      const total = pool('spend_total', 1_000_000);
      const memories: number[] = [];
      jest.spyOn(total, 'measure').mockImplementation((_now, _horizon, memoryMs) => void memories.push(memoryMs));
      for (let other = 0; other < others; other += 1) pool('spend_total', 1, `br-${other}`);
      clock.time += 1;
      await leases.report();
      return memories;
    };
    expect(await remembered(1_999)).toEqual([300_000]);
    expect(await remembered(2_000)).toEqual([10_000]);
  });
});

describe('a limit that is nearly used up', () => {
  const reported = async (cap: number, used: number, kind: LimitKind = 'spend_total') => {
    const made = start();
    const total = made.pool(kind, cap, 'br', 'm');
    if (used > 0) {
      await made.leases.ask([{ pool: total, amount: used }]);
      total.settle(used, used);
    }
    await made.leases.report();
    return made;
  };

  it.each<[number, number, LimitKind, boolean]>([
    [FEW, 54, 'spend_total', true],
    [FEW, 53, 'spend_total', false],
    [FEW, 0, 'spend_total', false],
    [0, 0, 'spend_total', false],
    [FEW, FEW, 'concurrent_requests', false],
  ])('of %i, of which %i were used, of %s, is told: %p', async (cap, used, kind, isTold) => {
    const { told, near } = await reported(cap, used, kind);
    const details = { kind, scope: 'branch', id: 'br', model: 'm', cap };
    expect(told).toEqual(isTold ? [['a limit is nearly used up', details]] : []);
    expect(near.mock.calls).toEqual(isTold ? [[{ kind, scope: 'branch' }]] : []);
  });

  it('is told once a window', async () => {
    const { leases, told, clock, pool } = await reported(FEW, 55, 'spend_per_day');
    await leases.report();
    expect(told).toHaveLength(1);
    clock.time += 86_400_000;
    const next = pool('spend_per_day');
    await leases.ask([{ pool: next, amount: 55 }]);
    await leases.report();
    expect(told).toHaveLength(2);
  });
});

describe('the end', () => {
  it('gives everything back that no request holds, behind a call of which nothing is known', async () => {
    const { leases, pool, store } = start();
    const total = pool('spend_total');
    await leases.ask([{ pool: total, amount: 10 }]);
    total.settle(6, 5);
    store.failure = { error: new Error('no answer'), late: true };
    await leases.ask([{ pool: total, amount: 20 }]).catch(() => undefined);
    store.failure = null;
    await leases.stop();
    expect(store.counters.get('spend_total branch br  0')).toEqual({ used: 5, leased: 4 });
  });

  it('says nothing where there is nothing to say, and no more than twice', async () => {
    const { leases, pool, store } = start();
    await leases.stop();
    expect(store.calls).toBe(0);
    pool('spend_total');
    store.failure = { error: new Error('no store'), late: false };
    await leases.stop();
    expect(store.calls).toBe(2);
  });
});

describe('the clock of the leases', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each([
    [30_000, 2_000, 10_000],
    [6_000, 1_200, 2_000],
  ])(
    'of %i ms reports every %i ms, and frees what the dead held every %i, until its end',
    async (ttlMs, report, reap) => {
      const { leases, reaped } = start({ ttlMs });
      const reports = jest.spyOn(leases, 'report');
      leases.start();
      await jest.advanceTimersByTimeAsync(report - 1);
      expect(reports).toHaveBeenCalledTimes(0);
      await jest.advanceTimersByTimeAsync(1);
      expect(reports).toHaveBeenCalledTimes(1);
      await jest.advanceTimersByTimeAsync(reap - report - 1);
      expect(reaped).toEqual([]);
      await jest.advanceTimersByTimeAsync(1);
      expect(reaped).toEqual([[600_000, ttlMs]]);
      await leases.stop();
      expect(jest.getTimerCount()).toBe(0);
    },
  );

  it('says where what the dead held could not be freed, and goes on', async () => {
    const { leases, reap, told, reaped } = start();
    leases.start();
    reap.failure = new Error('no store');
    await jest.advanceTimersByTimeAsync(20_000);
    expect(told).toHaveLength(2);
    expect(told[0]).toEqual(['the leases of dead replicas could not be freed yet', { cause: 'Error: no store' }]);
    expect(reaped).toHaveLength(2);
    await leases.stop();
  });
});
