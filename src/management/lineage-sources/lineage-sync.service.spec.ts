import { FakeClock } from '../../../test/support/fake-clock.js';
import { AppConfig } from '../../config/app-config.js';
import { Log } from '../../platform/logging.js';
import { MasterKey, SecretBox } from '../../platform/secrets.js';
import type { LineageCopyService } from './lineage-copy.service.js';
import type { ClaimedSource, LineageSourceRepository } from './lineage-source.repository.js';
import { CLAIM_MS, lineageKeyContext, LineageSyncService } from './lineage-sync.service.js';
import { SourceFailure } from './source-tree.js';
import type { SourceReader } from './source-reader.js';

const secrets = new SecretBox(new MasterKey(Buffer.alloc(32)));
const claimed = (id: string, failures = 0, pollSeconds: number | null = null): ClaimedSource => ({
  id,
  projectId: `project of ${id}`,
  baseUrl: 'https://source.example.com',
  encryptedKey: secrets.encrypt(`key of ${id}`, lineageKeyContext(id)),
  failures,
  pollSeconds,
});

function syncWith(due: (ClaimedSource | null)[]) {
  const clock = new FakeClock(1_000_000);
  const noted: [string, string, number][] = [];
  const read = jest.fn(async ({ apiKey }: { apiKey: string }) => [apiKey]);
  const sources = {
    claim: jest.fn(async () => due.shift() ?? null),
    noteSuccess: async (id: string, _: Date, next: Date) => void noted.push([id, 'success', next.getTime()]),
    noteFailure: async (id: string, error: string, next: Date) => void noted.push([id, error, next.getTime()]),
    release: async (id: string, next: Date) => void noted.push([id, 'released', next.getTime()]),
  };
  const stop = jest.fn(async (): Promise<void> => undefined);
  const copy = jest.fn(async () => undefined);
  const service = new LineageSyncService(
    AppConfig.fromEnvironment({ BOUGH_LINEAGE_SYNC_MS: '30000' }),
    sources as unknown as LineageSourceRepository,
    { readTree: read, stop } as unknown as SourceReader,
    { copy } as unknown as LineageCopyService,
    secrets,
    clock,
    Log.create('silent'),
  );
  return { service, clock, noted, read, stop, sources, copy };
}

describe('the sync of lineage sources', () => {
  it('reads what is due with its own key, copies it, and comes back after the interval', async () => {
    const { service, noted, sources, copy } = syncWith([claimed('a'), claimed('b', 3)]);
    await service.syncDue();
    expect(copy.mock.calls).toEqual([
      ['a', 'project of a', ['key of a']],
      ['b', 'project of b', ['key of b']],
    ]);
    expect(noted).toEqual([
      ['a', 'success', 1_030_000],
      ['b', 'success', 1_030_000],
    ]);
    expect(sources.claim).toHaveBeenCalledTimes(3);
    expect(sources.claim).toHaveBeenCalledWith(new Date(1_000_000), new Date(1_000_000 + CLAIM_MS));
  });

  it('comes back after a source’s own interval, and after a failure within a quarter of an hour', async () => {
    const { service, noted, read } = syncWith([claimed('a', 0, 7_200), claimed('b', 0, 5), claimed('c', 0, 7_200)]);
    read.mockImplementation(async ({ apiKey }) => {
      if (apiKey === 'key of c') throw new SourceFailure('the source cannot be reached');
      return [apiKey];
    });
    await service.syncDue();
    expect(noted.toSorted().map(([id, , next]) => [id, next])).toEqual([
      ['a', 8_200_000],
      ['b', 1_005_000],
      ['c', 1_900_000],
    ]);
  });

  it.each([
    [0, 60_000],
    [1, 120_000],
    [2, 240_000],
    [3, 480_000],
    [4, 900_000],
    [500, 900_000],
  ])('waits longer after each failure: after %i, %i ms', async (before, wait) => {
    const { service, noted, read, copy } = syncWith([claimed('a', before)]);
    read.mockRejectedValue(new SourceFailure('the source cannot be reached'));
    await service.syncDue();
    expect(noted).toEqual([['a', 'the source cannot be reached', 1_000_000 + wait]]);
    expect(copy).not.toHaveBeenCalled();
  });

  it('tells of a fault of ours no more than that it is one', async () => {
    const { service, noted, copy } = syncWith([claimed('a')]);
    copy.mockRejectedValue(new Error('password=secret'));
    await service.syncDue();
    expect(noted).toEqual([['a', 'the copy could not be written here', expect.any(Number)]]);
  });

  it('opens no key that was encrypted for another source', async () => {
    const { service, noted, read } = syncWith([{ ...claimed('a'), encryptedKey: claimed('b').encryptedKey }]);
    await service.syncDue();
    expect(read).not.toHaveBeenCalled();
    expect(noted).toEqual([['a', 'the copy could not be written here', expect.any(Number)]]);
  });

  it('reads four at once and no more, and the others though one hangs', async () => {
    const { service, read } = syncWith(Array.from({ length: 10 }, (_, n) => claimed(`s${n}`)));
    const held: (() => void)[] = [];
    let running = 0;
    let most = 0;
    read.mockImplementation(async ({ apiKey }) => {
      most = Math.max(most, (running += 1));
      if (apiKey === 'key of s0') await new Promise<void>(resolve => held.push(resolve));
      running -= 1;
      return [apiKey];
    });
    const done = service.syncDue();
    expect(service.syncDue()).toBe(done);
    while (read.mock.calls.length < 10) await new Promise(resolve => setImmediate(resolve));
    held.forEach(release => release());
    await done;
    expect(most).toBeLessThanOrEqual(4);
  });

  it('lets go of what it reads when the process ends: no failure of the source, due at once, and nothing new begun', async () => {
    const { service, noted, read, stop, sources } = syncWith([claimed('a', 3), claimed('b'), claimed('c')]);
    const held: ((error: Error) => void)[] = [];
    read.mockImplementation(() => new Promise((_, reject) => held.push(reject)));
    stop.mockImplementation(async () => held.forEach(reject => reject(new SourceFailure('the source broke off'))));
    void service.syncDue();
    while (held.length < 3) await new Promise(resolve => setImmediate(resolve));
    await service.onModuleDestroy();
    expect(noted).toEqual(['a', 'b', 'c'].map(id => [id, 'released', 1_000_000]));
    const claims = sources.claim.mock.calls.length;
    await service.syncDue();
    expect(sources.claim).toHaveBeenCalledTimes(claims);
  });

  it('never rejects, though the database is away', async () => {
    const { service, sources } = syncWith([claimed('a')]);
    sources.noteSuccess = () => Promise.reject(new Error('away'));
    sources.noteFailure = () => Promise.reject(new Error('away'));
    await expect(service.syncDue()).resolves.toBeUndefined();
    sources.claim.mockRejectedValue(new Error('away'));
    await expect(service.syncDue()).resolves.toBeUndefined();
  });
});
