import type { AppConfig } from '../config/app-config.js';
import type { Log } from '../platform/logging.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import type { LedgerPartitionRepository } from './ledger-partition.repository.js';
import { LedgerSpan } from './ledger-span.js';
import { LedgerUpkeepService } from './ledger-upkeep.service.js';

const HOUR_MS = 3_600_000;

class FakePartitions {
  readonly made: string[][] = [];
  readonly droppedBefore: string[] = [];
  answer: () => Promise<void> = () => Promise.resolve();

  async ensure(days: Iterable<string>): Promise<void> {
    this.made.push([...days]);
    await this.answer();
  }

  dropBefore(day: string): Promise<string[]> {
    this.droppedBefore.push(day);
    return Promise.resolve([]);
  }
}

function start() {
  const partitions = new FakePartitions();
  const clock = new FakeClock(Date.UTC(2026, 11, 31, 23, 30));
  const span = new LedgerSpan({ usageRetentionDays: 400 } as AppConfig, clock);
  const told: unknown[][] = [];
  const log = { info: (...line: unknown[]) => told.push(line), warn: (...line: unknown[]) => told.push(line) };
  const upkeep = new LedgerUpkeepService(
    partitions as unknown as LedgerPartitionRepository,
    span,
    log as unknown as Log,
  );
  upkeep.onApplicationBootstrap();
  return { partitions, clock, upkeep, told };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('the upkeep of the ledger', () => {
  it('looks at the start and every hour, until the end', async () => {
    const { partitions, clock, upkeep } = start();
    await jest.advanceTimersByTimeAsync(0);
    clock.time += HOUR_MS;
    await jest.advanceTimersByTimeAsync(HOUR_MS);
    await upkeep.onModuleDestroy();
    await jest.advanceTimersByTimeAsync(3 * HOUR_MS);

    expect(partitions.made).toEqual([
      ['2026-12-31', '2027-01-01'],
      ['2027-01-01', '2027-01-02'],
    ]);
    expect(partitions.droppedBefore).toEqual(['2025-11-26', '2025-11-27']);
  });

  it('goes on after a failure', async () => {
    const { partitions, upkeep, told } = start();
    partitions.answer = () => Promise.reject(new Error('connection lost'));
    await jest.advanceTimersByTimeAsync(2 * HOUR_MS);
    partitions.answer = () => Promise.resolve();
    await jest.advanceTimersByTimeAsync(HOUR_MS);
    await upkeep.onModuleDestroy();

    const failure = { cause: 'Error: connection lost' };
    const line = ['the partitions of the ledger could not be kept; again in an hour', failure];
    // What was asked at the start was answered.
    expect(told).toEqual([line, line]);
    expect(partitions.made).toHaveLength(4);
    expect(partitions.droppedBefore).toHaveLength(2);
  });

  it('ends after what it is doing, where that takes no longer than five seconds', async () => {
    const { partitions, upkeep } = start();
    await jest.advanceTimersByTimeAsync(0);
    partitions.answer = () => new Promise(resolve => setTimeout(resolve, 4_000));
    await jest.advanceTimersByTimeAsync(HOUR_MS);
    let isOver = false;
    const stopped = upkeep.onModuleDestroy().then(() => void (isOver = true));
    await jest.advanceTimersByTimeAsync(3_900);
    expect(isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(100);
    expect(isOver).toBe(true);
    await stopped;
  });

  it('does not keep a process that ends, whatever the database does', async () => {
    const { partitions, upkeep } = start();
    await jest.advanceTimersByTimeAsync(0);
    partitions.answer = () => new Promise(() => undefined);
    await jest.advanceTimersByTimeAsync(HOUR_MS);
    const stopped = upkeep.onModuleDestroy();
    await jest.advanceTimersByTimeAsync(5_000);

    await expect(stopped).resolves.toBeUndefined();
  });

  it('drops days as long as there are any past their time', async () => {
    const { partitions, upkeep, told } = start();
    const days = [['2025-01-01', '2025-01-02'], ['2025-01-03'], []];
    partitions.dropBefore = day => {
      partitions.droppedBefore.push(day);
      return Promise.resolve(days.shift() ?? []);
    };
    await jest.advanceTimersByTimeAsync(0);
    expect(partitions.droppedBefore).toEqual(['2025-11-26', '2025-11-26', '2025-11-26']);
    expect(told).toEqual(
      [['2025-01-01', '2025-01-02'], ['2025-01-03']].map(dropped => [
        'days of the ledger are past their time and were dropped',
        { dropped },
      ]),
    );
    await upkeep.onModuleDestroy();
  });
});
