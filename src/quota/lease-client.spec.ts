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

function desk(ttlMs = TTL_MS) {
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
    const { client } = desk();
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
      const { clock, client } = desk();
      await client.report(() => []);
      clock.time += ms;
      expect([client.placesHold, client.countsHold, client.due]).toEqual([places, counts, due]);
    },
  );

  it('of a short life is renewed in a third of it', async () => {
    const { clock, client } = desk(9_000);
    await client.report(() => []);
    clock.time += 2_999;
    expect(client.due).toBe(false);
    clock.time += 1;
    expect(client.due).toBe(true);
  });

  it('is counted from when the store was asked, and not from its answer', async () => {
    const { clock, client, store } = desk();
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
    const { clock, client, store, pool } = desk();
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
    const { clock, client, store } = desk();
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
      const { clock, client, pool } = desk();
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
    const { client, pool } = desk();
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
    const { client, store, pool } = desk();
    const tokens = pool('tokens_per_minute', 5);
    const asked = await Promise.all([1, 2, 3].map(() => client.ask([{ pool: tokens, amount: 2 }])));
    expect(asked).toEqual([null, null, tokens]);
    expect(store.calls).toBe(1);
  });
});
