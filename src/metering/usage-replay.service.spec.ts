import { usageRecord } from '../../test/support/usage.js';
import type { Log } from '../platform/logging.js';
import type { UsageJournal } from './usage-journal.js';
import type { UsageRecord } from './usage-record.js';
import { UsageReplayService } from './usage-replay.service.js';
import { UnwritableRecordsError, type UsageRepository } from './usage.repository.js';

const ids = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `req_${from + index}`);

/** What a dead process left, and what became of it. */
function left(ended: string[], begun: string[] = []) {
  const done: string[] = [];
  return {
    ...{ ended: ended.map(id => usageRecord(id)), begun: begun.map(id => usageRecord(id, { status: 'aborted' })) },
    ...{ torn: [], corrupt: 1, unknown: 2, done },
    discard: () => void done.push('discard'),
    release: () => void done.push('release'),
  };
}

function start(...spools: ReturnType<typeof left>[]) {
  const batches: string[][] = [];
  const told: [string, unknown][] = [];
  const ledger = { refuse: (_ids: readonly string[]): void => undefined };
  const repository = {
    insert: async (records: readonly UsageRecord[]) => {
      const requestIds = records.map(({ requestId }) => requestId);
      await Promise.resolve();
      ledger.refuse(requestIds);
      batches.push(requestIds);
    },
  };
  const journal = {
    async *left() {
      await Promise.resolve();
      yield* spools;
    },
  };
  const say = (message: string, details: unknown) => void told.push([message, details]);
  const replay = new UsageReplayService(
    journal as unknown as UsageJournal,
    repository as unknown as UsageRepository,
    { warn: say, error: say } as unknown as Log,
  );
  replay.onApplicationBootstrap();
  return { replay, batches, told, ledger, passes: (ms: number) => jest.advanceTimersByTimeAsync(ms) };
}

describe('what a process left that was killed', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is brought into the ledger, what had ended first, and forgotten then', async () => {
    const spool = left(['req_1'], ['req_2']);
    const { batches, told, passes } = start(spool);
    await passes(0);
    expect([batches, spool.done]).toEqual([[['req_1', 'req_2']], ['discard']]);
    expect(told).toEqual([
      [
        'usage of a process that was killed is brought into the ledger',
        { ended: 1, aborted: 1, torn: [], corrupt: 1, unknown: 2 },
      ],
    ]);
  });

  it('is brought in batches of five hundred, one process behind the other', async () => {
    const [one, other] = [left(ids(1_000)), left(ids(501, 1_000))];
    const { batches, passes } = start(one, other);
    await passes(0);
    expect(batches.map(({ length }) => length)).toEqual([500, 500, 500, 1]);
    expect(batches.flat()).toEqual(ids(1_501));
    expect([one.done, other.done]).toEqual([['discard'], ['discard']]);
  });

  it('is tried again every two seconds while the ledger does not take it', async () => {
    const spool = left(['req_1']);
    const { batches, ledger, passes } = start(spool);
    let tries = 0;
    ledger.refuse = () => {
      if (++tries < 3) throw new Error('no database');
    };
    await passes(3_999);
    expect([tries, batches, spool.done]).toEqual([2, [], []]);
    await passes(1);
    expect([tries, batches, spool.done]).toEqual([3, [['req_1']], ['discard']]);
  });

  it('stays for the next start where this one stops before', async () => {
    const [one, other] = [left(['req_1']), left(['req_2'])];
    const { replay, batches, ledger, told, passes } = start(one, other);
    ledger.refuse = () => {
      throw new Error('no database');
    };
    await passes(10);
    const stopped = replay.onModuleDestroy();
    await passes(0);
    await stopped;
    expect([batches, one.done, other.done, jest.getTimerCount()]).toEqual([[], ['release'], [], 0]);
    expect(told.at(-1)).toEqual(['what a dead process left is not in the ledger yet', { cause: 'Error: no database' }]);
  });

  it('does not hold up what another left', async () => {
    const [one, other] = [left(['req_1']), left(['req_2'])];
    one.discard = () => {
      throw new Error('no such folder');
    };
    const { batches, passes } = start(one, other);
    await passes(0);
    expect([batches, one.done, other.done]).toEqual([[['req_1'], ['req_2']], ['release'], ['discard']]);
  });

  it('goes to the log where the ledger will never take it, and the others go in one by one', async () => {
    const spool = left(ids(4));
    const { batches, ledger, told, passes } = start(spool);
    ledger.refuse = requestIds => {
      if (requestIds.includes('req_2')) throw new UnwritableRecordsError('out of range');
    };
    await passes(0);
    expect([batches, spool.done]).toEqual([[['req_0'], ['req_1'], ['req_3']], ['discard']]);
    expect(told.slice(1)).toEqual([
      [
        'a usage record is in this log line only',
        {
          record: { ...usageRecord('req_2'), costNanoUsd: '1500000' },
          cause: expect.stringContaining('out of range'),
        },
      ],
    ]);
  });

  it('may be nothing', async () => {
    const { replay, told, passes } = start();
    await passes(0);
    await replay.onModuleDestroy();
    expect(told).toEqual([]);
  });
});
