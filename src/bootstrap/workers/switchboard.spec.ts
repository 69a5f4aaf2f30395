import { channelPair } from '../../../test/support/channels.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { FOLLOW_CHANGE } from '../../platform/change-feed.js';
import { type MetricsSnapshot, metricsText, READ_ALL_METRICS, READ_METRICS } from '../../platform/metric-sums.js';
import type { Channel } from '../../platform/siblings/channel.js';
import { Siblings } from '../../platform/siblings/siblings.js';
import { MinuteWindowStorage } from '../../platform/throttling/minute-window.storage.js';
import { Switchboard } from './switchboard.js';

const LONG_MS = 60_000;
const MINUTE_MS = 60_000;
const counter = (name: string, value: number): MetricsSnapshot => [
  { name, help: name, type: 'counter', aggregator: 'sum', values: [{ value, labels: {} }] },
];

interface Member {
  readonly id: number;
  readonly channel: Channel;
  readonly storage: MinuteWindowStorage;
  die(): void;
}

function start(count: number) {
  const switchboard = new Switchboard(count, () => counter('restarts', 0));
  const clock = new FakeClock(Date.UTC(2026, 9, 10, 12, 0, 20));
  let lastId = 0;
  const add = (): Member => {
    const { one, other, cut } = channelPair();
    lastId += 1;
    const id = lastId;
    const storage = new MinuteWindowStorage(clock, new Siblings(other));
    switchboard.connect(id, one);
    const die = () => {
      cut();
      switchboard.disconnect(id);
    };
    return { id, channel: other, storage, die };
  };
  return { add, clock, workers: Array.from({ length: count }, add) };
}

/** Takes hits from workers in turn and counts those that pass. */
async function passed(members: readonly Member[], hits: number, limit: number): Promise<number> {
  const taken = Array.from({ length: hits }, async (_, index) => {
    const hit = await (members[index % members.length] as Member).storage.take(
      'requests',
      'credential',
      MINUTE_MS,
      limit,
    );
    return hit.totalHits <= limit;
  });
  return (await Promise.all(taken)).filter(Boolean).length;
}

describe('a throttler’s hits', () => {
  it.each([
    [1, 300],
    [2, 300],
    [3, 300],
    [7, 300],
    [100, 300],
    [1_000, 1_500],
    [1_000, 900],
  ])('are %d for all together, of %d that are tried at once', async (limit, tries) => {
    const { workers } = start(3);
    expect(await passed(workers, tries, limit)).toBe(Math.min(limit, tries));
  });

  it.each([5, 60, 600])('are all there for one that is asked alone: %d', async limit => {
    const { workers } = start(4);
    const [first, second] = workers as [Member, Member];
    expect(await passed([first], 1, limit)).toBe(1);
    // What the first was granted in advance is not lost to the second.
    expect(await passed([second], limit, limit)).toBe(limit - 1);
    expect(await passed(workers, 40, limit)).toBe(0);
  });

  it('are told to the caller: how many are left, and when there are more', async () => {
    const { workers, clock } = start(2);
    const [first] = workers as [Member];
    expect(await first.storage.take('requests', 'a', MINUTE_MS, 2)).toEqual({ totalHits: 1, resetSeconds: 40 });
    expect(await first.storage.take('requests', 'a', MINUTE_MS, 2)).toEqual({ totalHits: 2, resetSeconds: 40 });
    expect(await first.storage.take('requests', 'a', MINUTE_MS, 2)).toEqual({ totalHits: 3, resetSeconds: 40 });
    clock.time += 40_000;
    expect(await first.storage.take('requests', 'a', MINUTE_MS, 2)).toEqual({ totalHits: 1, resetSeconds: 60 });
  });

  it('are never more, though one dies with what it was granted, and another takes its place', async () => {
    const { workers, add } = start(3);
    const [victim, ...others] = workers as [Member, Member, Member];
    let sum = await passed(workers, 30, 200);
    victim.die();
    sum += await passed([...others, add()], 400, 200);
    expect(sum).toBeLessThanOrEqual(200);
    // A sixth of what was left is all that can be lost.
    expect(sum).toBeGreaterThanOrEqual(150);
  });

  it('need no question for most requests', async () => {
    const { workers } = start(3);
    const [first] = workers as [Member];
    await first.storage.take('requests', 'a', MINUTE_MS, 6_000);
    let asked = 0;
    for (let hit = 1; hit < 3_000; hit += 1) {
      const taken = first.storage.take('requests', 'a', MINUTE_MS, 6_000);
      if (taken instanceof Promise) asked += 1;
      await taken;
    }
    expect(asked).toBeLessThan(10);
  });

  it('that are counted where they happen are heard by all others', async () => {
    const { workers } = start(3);
    const [first, ...others] = workers as [Member, Member, Member];
    for (let hit = 0; hit < 5; hit += 1) first.storage.hit('failures', 'address', MINUTE_MS);
    while (others.some(({ storage }) => storage.hits('failures', 'address', MINUTE_MS).totalHits < 5)) {
      await new Promise(resolve => setImmediate(resolve));
    }
    for (const { storage } of workers) expect(storage.hits('failures', 'address', MINUTE_MS).totalHits).toBe(5);
  });
});

describe('a change', () => {
  it('is answered when every other worker has followed it', async () => {
    const { workers } = start(3);
    const [first, second, third] = workers as [Member, Member, Member];
    const heard: string[] = [];
    let follow: () => void = () => undefined;
    second.channel.onAsked(FOLLOW_CHANGE, ({ key }) => {
      heard.push(`second ${key}`);
      return new Promise<void>(resolve => (follow = resolve));
    });
    third.channel.onAsked(FOLLOW_CHANGE, ({ key }) => void heard.push(`third ${key}`));
    let isAnswered = false;
    const change = { topic: 'limits' as const, key: '*', id: '1' };
    const answered = first.channel.ask(FOLLOW_CHANGE, change, LONG_MS).then(() => (isAnswered = true));
    while (heard.length < 2) await new Promise(resolve => setImmediate(resolve));
    for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    follow();
    await answered;
    expect(heard.toSorted()).toEqual(['second *', 'third *']);
  });

  it('does not wait for a worker that dies, or that does not serve yet', async () => {
    const { workers } = start(3);
    const [first, second] = workers as [Member, Member];
    second.channel.onAsked(FOLLOW_CHANGE, () => {
      second.die();
      return new Promise<void>(() => undefined);
    });
    await first.channel.ask(FOLLOW_CHANGE, { topic: 'limits', key: '*', id: '1' }, LONG_MS);
  });
});

describe('the metrics', () => {
  const read = async (member: Member) => metricsText(await member.channel.ask(READ_ALL_METRICS, null, LONG_MS), []);

  it('are those of all workers and of the primary, whichever is asked', async () => {
    const { workers } = start(3);
    for (const { channel, id } of workers) channel.onAsked(READ_METRICS, () => counter('requests', 10 ** id));
    for (const member of workers) {
      expect(await read(member)).toContain('\nrequests 1110\n');
      expect(await read(member)).toContain('\nrestarts 0\n');
    }
  });

  it('keep what a dead worker had counted when it was last asked, once', async () => {
    const { workers, add } = start(2);
    const [first, second] = workers as [Member, Member];
    let counted = 5;
    first.channel.onAsked(READ_METRICS, () => counter('requests', counted));
    second.channel.onAsked(READ_METRICS, () => counter('requests', 7));
    expect(await read(first)).toContain('\nrequests 12\n');
    counted = 8;
    second.die();
    expect(await read(first)).toContain('\nrequests 15\n');
    add().channel.onAsked(READ_METRICS, () => counter('requests', 1));
    expect(await read(first)).toContain('\nrequests 16\n');
    expect(await read(first)).toContain('\nrequests 16\n');
  });

  it('do not shrink while a worker does not answer', async () => {
    const { workers } = start(2);
    const [first, second] = workers as [Member, Member];
    first.channel.onAsked(READ_METRICS, () => counter('requests', 5));
    second.channel.onAsked(READ_METRICS, () => counter('requests', 7));
    expect(await read(first)).toContain('\nrequests 12\n');
    second.channel.onAsked(READ_METRICS, () => Promise.reject(new Error('busy')));
    expect(await read(first)).toContain('\nrequests 12\n');
  });
});
