import { roundOfOnesOwn } from './rounds.js';

describe('roundOfOnesOwn', () => {
  it('lets the event loop go round once between any two of those who asked at the same time', async () => {
    let rounds = 0;
    let counting = true;
    const count = (): void => {
      rounds += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    const seen = await Promise.all(Array.from({ length: 16 }, () => roundOfOnesOwn().then(() => rounds)));
    counting = false;

    expect(new Set(seen).size).toBe(16);
  });
});
