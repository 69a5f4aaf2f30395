import { FakeClock } from '../../test/support/fake-clock.js';
import { MemoryLeases } from '../../test/support/memory-leases.js';
import { LeaseClient } from './lease-client.js';
import { LeasePool } from './lease-pool.js';

const TTL_MS = 30_000;
const GRACE_MS = 60_000;
/** A fifth of every time is left for clocks and calls that take long. */
const PLACES_MS = 24_000;
const COUNTS_MS = 72_000;
const ALWAYS = { begin: 0, end: null };

function setup(ttlMs = TTL_MS) {
  const clock = new FakeClock(1_000_000);
  const store = new MemoryLeases();
  const pools: LeasePool[] = [];
  const client = new LeaseClient(store, 'replica', { ttlMs, graceMs: GRACE_MS }, clock, () => pools);
  const pool = (kind: string, cap = 10) => {
    const made = new LeasePool({ key: `${kind} branch br `, mayExceed: false, spender: null }, ALWAYS, cap);
    pools.push(made);
    return made;
  };
  return { clock, store, client, pool };
}

describe('a lease', () => {
  it('holds nothing before the store was asked', () => {
    const { client } = setup();
    expect([client.placesHold, client.countsHold, client.due]).toEqual([false, false, true]);
  });

  it.each([
    [0, true, true, false],
    [4_999, true, true, false],
    [5_000, true, true, true],
    [PLACES_MS - 1, true, true, true],
    [PLACES_MS, false, true, true],
    [COUNTS_MS - 1, false, true, true],
    [COUNTS_MS, false, false, true],
  ])(
    '%i ms behind the last call: places hold %p, counts hold %p, a call is due %p',
    async (ms, places, counts, due) => {
      const { clock, client } = setup();
      await client.report(() => []);
      clock.time += ms;
      expect([client.placesHold, client.countsHold, client.due]).toEqual([places, counts, due]);
    },
  );

  it('of a short life is renewed in a third of it', async () => {
    const { clock, client } = setup(9_000);
    await client.report(() => []);
    clock.time += 2_999;
    expect(client.due).toBe(false);
    clock.time += 1;
    expect(client.due).toBe(true);
  });

  it('is counted from when the store was asked, and not from its answer', async () => {
    const { clock, client, store } = setup();
    const lease = store.lease.bind(store);
    store.lease = (...call) => {
      clock.time += 20_000;
      return lease(...call);
    };
    await client.report(() => []);
    clock.time += 3_999;
    expect(client.placesHold).toBe(true);
    clock.time += 1;
    expect(client.placesHold).toBe(false);
  });

  it('that was over before it was answered is none', async () => {
    const { clock, client, store, pool } = setup();
    const lease = store.lease.bind(store);
    const tokens = pool('tokens_per_minute');
    store.lease = (...call) => {
      clock.time += PLACES_MS;
      return lease(...call);
    };
    await expect(client.ask([{ pool: tokens, amount: 1 }])).rejects.toThrow('over before');
    expect([client.placesHold, client.countsHold, tokens.reserved]).toEqual([false, false, 0]);
  });

  it('is not renewed by a call that fails', async () => {
    const { clock, client, store } = setup();
    await client.report(() => []);
    store.failure = { error: new Error('no store'), late: false };
    clock.time += PLACES_MS;
    await client.report(() => []);
    expect([client.placesHold, client.countsHold]).toEqual([false, true]);
  });

  it.each([
    [PLACES_MS - 1, 5, 5],
    [PLACES_MS, 0, 5],
    [COUNTS_MS, 0, 0],
  ])(
    'lapses with a silence of %i ms: of five places %i are in reserve, of five tokens %i',
    async (ms, places, tokens) => {
      const { clock, client, pool } = setup();
      const [place, token] = [pool('concurrent_requests'), pool('tokens_per_minute')];
      await client.ask([
        { pool: place, amount: 5 },
        { pool: token, amount: 5 },
      ]);
      place.giveBack(5);
      token.giveBack(5);
      clock.time += ms;
      await client.report(() => []);
      expect([place.free, token.free]).toEqual([places, tokens]);
    },
  );
});

describe('a request for more than is in reserve', () => {
  it('gets all of its needs, or none of them', async () => {
    const { client, pool } = setup();
    const [wide, narrow] = [pool('tokens_per_minute', 10), pool('requests_per_minute', 1)];
    expect(
      await client.ask([
        { pool: wide, amount: 3 },
        { pool: narrow, amount: 1 },
      ]),
    ).toBeNull();
    expect(
      await client.ask([
        { pool: wide, amount: 3 },
        { pool: narrow, amount: 1 },
      ]),
    ).toBe(narrow);
    expect([wide.reserved, narrow.reserved, wide.pinned, narrow.pinned]).toEqual([3, 1, false, false]);
  });

  it('is judged together with all that ask in the same turn', async () => {
    const { client, store, pool } = setup();
    const tokens = pool('tokens_per_minute', 5);
    const asked = await Promise.all([1, 2, 3].map(() => client.ask([{ pool: tokens, amount: 2 }])));
    expect(asked).toEqual([null, null, tokens]);
    expect(store.calls).toBe(1);
  });
});

/** What each call said, and an answer that a test lets through. */
function recorded(leases: ReturnType<typeof setup>) {
  const calls: {
    sequence: number;
    attempt: number;
    keys: string[];
    needs: unknown;
    used: number[];
    caps: (number | null)[];
  }[] = [];
  const lease = leases.store.lease.bind(leases.store);
  leases.store.lease = (replica, call, ttlMs, counters, requests) => {
    const [keys, used] = [counters.map(({ key }) => key), counters.map(counter => counter.used)];
    calls.push({ ...call, keys, needs: requests, used, caps: counters.map(({ cap }) => cap) });
    return lease(replica, call, ttlMs, counters, requests);
  };
  return calls;
}

describe('a call', () => {
  it('names each counter once, in one order for all replicas', async () => {
    const leases = setup();
    const calls = recorded(leases);
    const [b, a] = [leases.pool('spend_total'), leases.pool('concurrent_requests')];
    const early = new LeasePool(b.identity, { begin: -5, end: 0 }, 10);
    await Promise.all([
      leases.client.ask([{ pool: b, amount: 1 }]),
      leases.client.ask([
        { pool: early, amount: 3 },
        { pool: a, amount: 2 },
        { pool: b, amount: 1 },
      ]),
      leases.client.report(() => [b, a]),
    ]);
    expect(calls).toMatchObject([
      {
        keys: ['concurrent_requests branch br ', 'spend_total branch br ', 'spend_total branch br '],
        needs: [
          [[2, 1]],
          [
            [1, 3],
            [0, 2],
            [2, 1],
          ],
        ],
      },
    ]);
  });

  it('judges five hundred requests, and more in the next', async () => {
    const leases = setup();
    const calls = recorded(leases);
    const total = leases.pool('spend_total', 1_000);
    await Promise.all(Array.from({ length: 501 }, () => leases.client.ask([{ pool: total, amount: 1 }])));
    expect(calls.map(({ needs }) => (needs as unknown[]).length)).toEqual([500, 1]);
    expect(total.reserved).toBe(501);
  });

  it('follows another, with those that came meanwhile', async () => {
    const leases = setup();
    const calls = recorded(leases);
    const total = leases.pool('spend_total');
    const first = leases.client.report(() => [total]);
    await Promise.resolve();
    await Promise.resolve();
    const second = leases.client.report(() => []);
    const asked = leases.client.ask([{ pool: total, amount: 1 }]);
    await Promise.all([first, second, asked]);
    expect(calls.map(({ sequence, attempt }) => [sequence, attempt])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('whose outcome is not known is repeated under its number before anything else is said', async () => {
    const leases = setup();
    const calls = recorded(leases);
    const total = leases.pool('spend_total');
    total.settle(0, 3);
    leases.store.failure = { error: new Error('no answer'), late: true };
    await leases.client.report(() => [total]);
    expect([total.pinned, total.needsReport]).toEqual([true, true]);
    total.settle(0, 2);
    leases.store.failure = null;
    await leases.client.report(() => []);
    await leases.client.report(() => [total]);
    expect(calls.map(({ sequence, attempt, used }) => [sequence, attempt, used])).toEqual([
      [1, 1, [3]],
      [1, 2, [3]],
      [2, 3, [2]],
    ]);
    expect([total.pinned, leases.store.counters.get('spend_total branch br  0')?.used]).toEqual([false, 5]);
  });

  it('that fails takes nothing, and says so to each that asked', async () => {
    const leases = setup();
    const total = leases.pool('spend_total');
    leases.store.failure = { error: new Error('no store'), late: false };
    const asked = await Promise.allSettled([1, 2].map(amount => leases.client.ask([{ pool: total, amount }])));
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([total.reserved, total.needsReport]).toEqual([0, true]);
  });

  it('that is not answered in three seconds is in doubt', async () => {
    jest.useFakeTimers();
    const leases = setup();
    leases.store.lease = () => new Promise(() => undefined);
    const asked = leases.client.ask([{ pool: leases.pool('spend_total'), amount: 1 }]).catch((error: Error) => error);
    let over = false;
    void asked.then(() => (over = true));
    await jest.advanceTimersByTimeAsync(2_999);
    expect(over).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await asked).toBeInstanceOf(Error);
    jest.useRealTimers();
  });

  it('tells the clock what the store’s says, between its beginning and its end', async () => {
    const leases = setup();
    const observed: unknown[] = [];
    leases.clock.observe = (...seen: unknown[]) => void observed.push(seen);
    const lease = leases.store.lease.bind(leases.store);
    for (const now of [null, 5_000]) {
      leases.store.lease = async (...call) => {
        leases.clock.time += 7;
        return { ...(await lease(...call)), now };
      };
      await leases.client.report(() => []);
    }
    expect(observed).toEqual([[5_000, leases.clock.monotonicMs() - 7, leases.clock.monotonicMs()]]);
  });

  it('learns what is left only of what it asked for', async () => {
    const leases = setup();
    const [asked, told] = [leases.pool('spend_total'), leases.pool('spend_per_day')];
    await Promise.all([leases.client.ask([{ pool: asked, amount: 1 }]), leases.client.report(() => [told])]);
    expect([asked.left, told.left]).toEqual([9, null]);
  });
});

describe('a request that the store refuses', () => {
  /** Another replica has all but this. */
  const scarce = async (free: number, left: number) => {
    const leases = setup();
    const total = leases.pool('spend_total', 10);
    const others = leases.pool('requests_per_minute', 10);
    await leases.client.ask([{ pool: total, amount: 10 - left }]);
    total.giveBack(free);
    const calls = recorded(leases);
    const refusedBy = await leases.client.ask([
      { pool: others, amount: 1 },
      { pool: total, amount: 5 },
    ]);
    return { total, others, calls, refusedBy };
  };

  it('is asked for once more where what is free here helps: that goes into the call', async () => {
    const { total, others, calls, refusedBy } = await scarce(3, 2);
    expect([refusedBy, calls.length, total.reserved, others.reserved]).toEqual([null, 2, 10, 1]);
    expect([total.pinned, others.pinned]).toEqual([false, false]);
  });

  it('is refused at once where it does not', async () => {
    const { total, others, calls, refusedBy } = await scarce(2, 2);
    expect([refusedBy, calls.length, total.free, others.reserved]).toEqual([total, 1, 2, 0]);
  });

  it('is refused the second time, however that is', async () => {
    const leases = setup();
    const total = leases.pool('spend_total', 10);
    await leases.client.ask([{ pool: total, amount: 8 }]);
    total.giveBack(3);
    const counter = leases.store.counters.get('spend_total branch br  0');
    let calls = 0;
    const lease = leases.store.lease.bind(leases.store);
    leases.store.lease = (...call) => {
      calls += 1;
      // Meanwhile others took what was left.
      if (calls === 2 && counter !== undefined) counter.used += 2;
      return lease(...call);
    };
    const asked = leases.client.ask([{ pool: total, amount: 5 }]);
    expect([await asked, calls, total.pinned]).toEqual([total, 2, false]);
  });
});

describe('a silence', () => {
  it('gives up what is free, under the same caps, and tells of all that runs', async () => {
    const leases = setup();
    const [places, total] = [leases.pool('concurrent_requests'), leases.pool('spend_total')];
    await leases.client.ask([
      { pool: places, amount: 5 },
      { pool: total, amount: 5 },
    ]);
    const calls = recorded(leases);
    await leases.client.report(() => []);
    leases.clock.time += PLACES_MS;
    await leases.client.report(() => []);
    leases.clock.time += COUNTS_MS;
    await leases.client.report(() => []);
    expect(calls.map(({ keys }) => keys.map(key => key.split(' ')[0]))).toEqual([
      [],
      ['concurrent_requests'],
      ['concurrent_requests', 'spend_total'],
    ]);
    expect([places.cap, total.cap]).toEqual([10, 10]);
  });
});
