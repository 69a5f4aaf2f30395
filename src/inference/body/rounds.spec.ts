import { roundOfOnesOwn } from './rounds.js';

/** How often the event loop has gone round, at each of so many calls that are made at the same time. */
async function roundsSeen(calls: number, work: () => void): Promise<number[]> {
  let rounds = 0;
  let counting = true;
  const count = (): void => {
    rounds += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const call = async (): Promise<number> => {
    await roundOfOnesOwn();
    work();
    return rounds;
  };
  const seen = await Promise.all(Array.from({ length: calls }, call));
  counting = false;
  return seen;
}

describe('roundOfOnesOwn', () => {
  it('lets the event loop go round between any two of those who asked at the same time', async () => {
    expect(new Set(await roundsSeen(16, () => undefined)).size).toBe(16);
  });

  it('leaves the event loop to others for many rounds behind one who held it long', async () => {
    const hold = (): void => {
      const until = performance.now() + 40;
      while (performance.now() < until);
    };
    const [first = 0, second = 0, third = 0] = await roundsSeen(3, hold);

    expect(second - first).toBeGreaterThan(5);
    expect(third - second).toBeGreaterThan(5);
  });
});
