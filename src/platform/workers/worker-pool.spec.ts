import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { Asked } from '../../../test/support/worker-tasks.js';
import { WorkerPool, type WorkerPoolOptions, WorkersBusyError, WorkerTimeoutError } from './worker-pool.js';

const TASKS = pathToFileURL(join(__dirname, '../../../test/support/worker-tasks.js'));
const QUIET = { size: 1, maxWaiting: 10, timeoutMs: 60_000, maxHeapMb: 256 };

describe('a pool of worker threads', () => {
  const pools: WorkerPool<Asked, unknown>[] = [];
  const poolOf = (options: Partial<WorkerPoolOptions> = {}, module = TASKS) => {
    const pool = new WorkerPool<Asked, unknown>(module, { ...QUIET, ...options });
    pools.push(pool);
    return pool;
  };

  afterEach(async () => {
    await Promise.all(pools.splice(0).map(pool => pool.close()));
  });

  it('answers each task with its own result, in whatever thread it ran', async () => {
    const pool = poolOf({ size: 2, maxWaiting: 100 });
    const numbers = Array.from({ length: 50 }, (_, index) => index);

    const sums = await Promise.all(numbers.map(number => pool.run({ do: 'add', numbers: [number, 1] })));

    expect(sums).toEqual(numbers.map(number => number + 1));
  });

  it('takes what is transferred without a copy', async () => {
    const bytes = new ArrayBuffer(1_000_000);

    expect(await poolOf().run({ do: 'length', bytes }, [bytes])).toBe(1_000_000);
    expect(bytes.byteLength).toBe(0);
  });

  it('keeps the environment, and with it every secret, out of its threads', async () => {
    expect(await poolOf().run({ do: 'environment' })).toBe(0);
  });

  it('leaves the event loop free while a task runs', async () => {
    const pool = poolOf({ timeoutMs: 2_000 });
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 1);

    await expect(pool.run({ do: 'forever' })).rejects.toThrow(WorkerTimeoutError);

    clearInterval(turning);
    expect(turns).toBeGreaterThan(10);
  });

  it.each([
    ['does not end', { do: 'forever' }, 'longer than 1000 ms', 1_000],
    ['needs more memory than it may', { do: 'grow' }, 'memory limit', 60_000],
    ['ends its thread', { do: 'leave' }, 'ended', 60_000],
    ['throws', { do: 'throw' }, 'no such thing', 60_000],
    ['cannot be copied', { do: 'add', numbers: [(() => 1) as unknown as number] }, 'could not be cloned', 60_000],
  ] as [string, Asked, string, number][])(
    'rejects a task that %s, and runs the next one',
    async (_, bad, reason, timeoutMs) => {
      const pool = poolOf({ timeoutMs, maxHeapMb: 32 });
      const failed = pool.run(bad);
      const next = pool.run({ do: 'add', numbers: [1, 2] });

      await expect(failed).rejects.toThrow(reason);
      expect(await next).toBe(3);
      expect(await pool.run({ do: 'add', numbers: [3, 4] })).toBe(7);
    },
  );

  it('says with the task that its module cannot be loaded', async () => {
    await expect(poolOf({}, new URL('file:///nowhere.js')).run({ do: 'throw' })).rejects.toThrow(/nowhere/);
  });

  it('refuses what would wait behind too many, and takes work again when those are done', async () => {
    const pool = poolOf({ maxWaiting: 2 });
    const add = () => pool.run({ do: 'add', numbers: [1] });
    const taken = [add(), add(), add()];

    await expect(add()).rejects.toThrow(WorkersBusyError);
    expect(await Promise.all(taken)).toEqual([1, 1, 1]);
    expect(await add()).toBe(1);
  });

  it('starts its threads again after they ended for want of work', async () => {
    const pool = poolOf({ idleMs: 1 });
    for (let round = 0; round < 5; round += 1) {
      expect(await pool.run({ do: 'add', numbers: [round] })).toBe(round);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  });

  it('rejects at its end what runs, what waits and what comes after', async () => {
    const pool = poolOf();
    const ends = [pool.run({ do: 'forever' }), pool.run({ do: 'add', numbers: [] })].map(run =>
      run.then(
        () => 'done',
        (error: Error) => error.message,
      ),
    );

    await pool.close();

    expect(await Promise.all(ends)).toEqual(['the worker pool was closed', 'the worker pool was closed']);
    await expect(pool.run({ do: 'add', numbers: [] })).rejects.toThrow('is closed');
  });
});
