import { FakeClock } from '../../../test/support/fake-clock.js';
import { MinuteWindowStorage } from './minute-window.storage.js';

const TWENTY_PAST = Date.UTC(2026, 9, 10, 12, 0, 20);

function start() {
  const clock = new FakeClock(TWENTY_PAST);
  return { clock, storage: new MinuteWindowStorage(clock) };
}

describe('the windows', () => {
  it('are calendar minutes, wherever in the minute the first hit came', async () => {
    const { clock, storage } = start();
    expect(await storage.increment('key', 60_000, 2, 60_000, 'credential')).toEqual({
      totalHits: 1,
      timeToExpire: 40,
      isBlocked: false,
      timeToBlockExpire: 40,
    });

    clock.time = Date.UTC(2026, 9, 10, 12, 0, 59, 999);
    expect(await storage.increment('key', 60_000, 2, 60_000, 'credential')).toMatchObject({
      totalHits: 2,
      timeToExpire: 1,
    });
    expect(await storage.increment('key', 60_000, 2, 60_000, 'credential')).toMatchObject({
      totalHits: 3,
      isBlocked: true,
    });

    clock.time = Date.UTC(2026, 9, 10, 12, 1, 0, 0);
    expect(await storage.increment('key', 60_000, 2, 60_000, 'credential')).toMatchObject({
      totalHits: 1,
      timeToExpire: 60,
      isBlocked: false,
    });
  });

  it('keep keys and throttlers apart', () => {
    const { storage } = start();
    storage.hit('one', 'a', 60_000);

    expect(storage.hit('one', 'b', 60_000).totalHits).toBe(1);
    expect(storage.hit('two', 'a', 60_000).totalHits).toBe(1);
    expect(storage.hit('one', 'a', 60_000).totalHits).toBe(2);
  });
});

describe('memory', () => {
  it('has a bound, and forgets windows that are over first', () => {
    const { clock, storage } = start();
    for (let index = 0; index < 60_000; index += 1) storage.hit('one', `old ${index}`, 60_000);
    clock.time += 60_000;
    for (let index = 0; index < 60_000; index += 1) storage.hit('one', `new ${index}`, 60_000);

    expect(storage.size('one')).toBeLessThanOrEqual(100_000);
    expect(storage.hit('one', 'new 0', 60_000).totalHits).toBe(2);
  });

  it('has a bound within one minute too, and a flood of one throttler leaves the others alone', () => {
    const { storage } = start();
    storage.hit('credential', 'mine', 60_000);
    for (let index = 0; index < 150_000; index += 1) storage.hit('failed', `address ${index}`, 60_000);

    expect(storage.size('failed')).toBeLessThanOrEqual(100_000);
    expect(storage.hit('failed', 'address 149999', 60_000).totalHits).toBe(2);
    expect(storage.hit('credential', 'mine', 60_000).totalHits).toBe(2);
  });
});
