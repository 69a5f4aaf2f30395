import { IdentityCache } from './identity-cache.js';

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
}

function deferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>(settle => {
    resolve = settle;
  });
  return { promise, resolve };
}

function start(maxEntries = 100) {
  const clock = { now: 0, lostAt: null as number | null };
  const cache = new IdentityCache<string>({
    ...{ maxEntries, freshMs: () => 100, staleMs: 1_000 },
    lostAt: () => clock.lostAt,
    now: () => clock.now,
  });
  return { clock, cache };
}

describe('the identity cache', () => {
  it('asks once for all who wait', async () => {
    const { cache } = start();
    const answer = deferred<string>();
    const load = jest.fn(() => answer.promise);
    const waiting = [cache.get('k', load), cache.get('k', load), cache.get('k', load)];
    answer.resolve('v');
    expect(await Promise.all(waiting)).toEqual(['v', 'v', 'v']);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('never keeps, and never answers with, what was read before a change', async () => {
    const { cache } = start();
    const old = deferred<string>();
    const load = jest.fn().mockReturnValueOnce(old.promise).mockResolvedValue('revoked');
    const answer = cache.get('k', load);
    cache.drop(() => true);
    old.resolve('valid');
    expect(await answer).toBe('revoked');
    expect(cache.peek('k')).toBe('revoked');
  });

  it('is not refilled by a load that began before a drop and ends after a later load', async () => {
    const { cache } = start();
    const slow = deferred<string>();
    const load = jest.fn().mockReturnValueOnce(slow.promise).mockResolvedValue('new');
    const first = cache.get('k', load);
    cache.drop(() => true);
    expect(await cache.get('k', () => Promise.resolve('new'))).toBe('new');
    slow.resolve('old');
    expect(await first).toBe('new');
    expect(cache.peek('k')).toBe('new');
  });

  it('answers from memory while fresh, then asks again', async () => {
    const { clock, cache } = start();
    const load = jest.fn().mockResolvedValueOnce('one').mockResolvedValueOnce('two');
    expect(await cache.get('k', load)).toBe('one');
    clock.now = 99;
    expect(await cache.get('k', load)).toBe('one');
    clock.now = 100;
    expect(await cache.get('k', load)).toBe('two');
  });

  it('answers with the last known while the store fails, for the stated time since it was known to be true and no longer', async () => {
    const { clock, cache } = start();
    const broken = () => Promise.reject(new Error('down'));
    await cache.get('k', () => Promise.resolve('known'));
    clock.now = 150;
    expect(await cache.get('k', broken)).toBe('known');
    clock.now = 1_149;
    expect(await cache.get('k', broken)).toBe('known');
    clock.now = 1_150;
    await expect(cache.get('k', broken)).rejects.toThrow('down');
    await expect(cache.get('unknown', broken)).rejects.toThrow('down');
  });

  it('counts that time from the moment at which changes were heard last, where that is earlier', async () => {
    const { clock, cache } = start();
    const broken = () => Promise.reject(new Error('down'));
    await cache.get('k', () => Promise.resolve('known'));
    clock.lostAt = 40;
    clock.now = 1_039;
    expect(await cache.get('k', broken)).toBe('known');
    clock.now = 1_040;
    await expect(cache.get('k', broken)).rejects.toThrow('down');
  });

  it('forgets nothing when any change may have gone unheard, asks again, and does not believe it for longer', async () => {
    const { clock, cache } = start();
    const broken = jest.fn(() => Promise.reject(new Error('down')));
    await cache.get('k', () => Promise.resolve('known'));
    for (clock.now = 10; clock.now < 1_010; clock.now += 90) {
      cache.expire(10);
      expect(cache.peek('k')).toBeUndefined();
      expect(await cache.get('k', broken)).toBe('known');
    }
    expect(broken).toHaveBeenCalled();
    await expect(cache.get('k', broken)).rejects.toThrow('down');
    expect(await cache.get('k', () => Promise.resolve('true again'))).toBe('true again');
    expect(cache.peek('k')).toBe('true again');
  });

  it('lets nobody who has an entry wait for a store that does not answer, but for the first', async () => {
    const { clock, cache } = start();
    await cache.get('k', () => Promise.resolve('known'));
    clock.now = 150;
    const hanging = jest.fn(() => new Promise<string>(() => undefined));
    expect(await cache.get('k', hanging)).toBe('known');
    for (let request = 0; request < 1_000; request += 1) expect(await cache.get('k', hanging)).toBe('known');
    expect(hanging).toHaveBeenCalledTimes(1);
  });

  it('is asked behind the answers until it answers, and then serves what it says', async () => {
    const { clock, cache } = start();
    await cache.get('k', () => Promise.resolve('known'));
    clock.now = 150;
    await cache.get('k', () => Promise.reject(new Error('down')));
    clock.now = 1_149;
    const load = jest.fn(() => Promise.resolve('new'));
    expect(await cache.get('k', load)).toBe('known');
    expect(load).toHaveBeenCalledTimes(0);
    clock.now = 1_150;
    cache.expire(1_149);
    clock.now = 1_140;
    await expect(cache.get('other', load)).resolves.toBe('new');
    expect(await cache.get('k', load)).toBe('new');
  });

  it('what was dropped is not answered even while the store fails', async () => {
    const { cache } = start();
    await cache.get('k', () => Promise.resolve('known'));
    cache.drop(key => key === 'k');
    await expect(cache.get('k', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  });

  it('has a bound', async () => {
    const { cache } = start(10);
    for (let index = 0; index < 1_000; index += 1) await cache.get(`k${index}`, () => Promise.resolve('v'));
    expect(cache.size).toBe(10);
    expect(cache.peek('k999')).toBe('v');
  });
});
