import { AbortSource } from '../../upstream/abort-signal.js';
import { ExchangeAborted } from '../../upstream/exchange.js';
import { Turns } from './turns.js';

const RULES = { maxWaiting: 4, maxWaitingOfOne: 3, waitMs: 30_000 };

describe('the turns of large translations', () => {
  let turns: Turns;
  let order: string[];
  beforeEach(() => {
    jest.useFakeTimers();
    turns = new Turns(RULES);
    order = [];
  });
  afterEach(() => jest.useRealTimers());

  const take = (owner: string, name = owner, signal = new AbortSource()) =>
    turns.take(owner, signal).then(
      () => void order.push(name),
      (error: Error & { code?: string }) => void order.push(`${name}: ${error.code ?? error.name}`),
    );
  const settle = () => jest.advanceTimersByTimeAsync(0);

  it('are given one at a time, in order, and none twice to one owner while another waits', async () => {
    for (const [owner, name] of [
      ['a', 'a1'],
      ['a', 'a2'],
      ['a', 'a3'],
      ['b', 'b1'],
      ['b', 'b2'],
    ] as const) {
      void take(owner, name);
    }
    for (const given of [1, 2, 3, 4, 5]) {
      await settle();
      expect(order).toHaveLength(given);
      turns.end();
    }
    expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
    void take('c');
    await settle();
    expect(order.at(-1)).toBe('c');
  });

  it('are refused at once where too many wait, of all or of one owner', async () => {
    for (const owner of ['a', 'a', 'a', 'a', 'a']) void take(owner);
    await settle();
    expect(order).toEqual(['a', 'a: gateway_busy']);
    void take('b');
    void take('c');
    await settle();
    expect(order.slice(2)).toEqual(['c: gateway_busy']);
  });

  it('are waited for so long and no longer, and who gave up is passed over', async () => {
    void take('a');
    void take('b');
    await jest.advanceTimersByTimeAsync(29_999);
    void take('c');
    expect(order).toEqual(['a']);
    await jest.advanceTimersByTimeAsync(1);
    expect(order).toEqual(['a', 'b: gateway_busy']);
    turns.end();
    await settle();
    expect(order.slice(2)).toEqual(['c']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are not kept for callers who left', async () => {
    const left = new AbortSource();
    void take('a');
    void take('b', 'b', left);
    left.fire();
    await settle();
    expect([order, turns.waiters, jest.getTimerCount()]).toEqual([['a', `b: ${ExchangeAborted.name}`], 0, 0]);
    turns.end();
    void take('c', 'c', left);
    void take('d');
    await settle();
    expect(order.slice(2)).toEqual([`c: ${ExchangeAborted.name}`, 'd']);
  });
});
