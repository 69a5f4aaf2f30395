import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { describeCause, Log } from '../platform/logging.js';
import type { LeftSpool } from './spool/left-spool.js';
import { UsageJournal } from './usage-journal.js';
import type { UsageRecord } from './usage-record.js';
import { UnwritableRecordsError, UsageRepository } from './usage.repository.js';

const BATCH = 500;
const RETRY_MS = 2_000;

/**
 * Brings into the ledger what processes left that were killed: the records of requests that had ended, and an estimate for
 * those whose end nobody saw. The ledger takes no request twice, so it does not matter how far they had come.
 */
@Injectable()
export class UsageReplayService implements OnApplicationBootstrap, OnModuleDestroy {
  private running: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(
    private readonly journal: UsageJournal,
    private readonly repository: UsageRepository,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.replayAll();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async replayAll(): Promise<void> {
    for await (const left of this.journal.left()) {
      try {
        await this.replay(left);
      } catch (error) {
        left.release();
        this.log.error('what a dead process left is not in the ledger yet', { cause: describeCause(error) });
      }
      if (this.stopping.signal.aborted) return;
    }
  }

  private async replay(left: LeftSpool<UsageRecord>): Promise<void> {
    const { ended, begun, torn, corrupt, unknown } = left;
    this.log.warn('usage of a process that was killed is brought into the ledger', {
      ended: ended.length,
      aborted: begun.length,
      torn,
      corrupt,
      unknown,
    });
    const records = [...ended, ...begun];
    for (let at = 0; at < records.length; at += BATCH) await this.insert(records.slice(at, at + BATCH));
    left.discard();
  }

  /** Tries until it is done or the process stops; then the next start goes on. */
  private async insert(batch: readonly UsageRecord[]): Promise<void> {
    for (;;) {
      try {
        await this.repository.insert(batch);
        return;
      } catch (error) {
        if (error instanceof UnwritableRecordsError) {
          await this.insertOneByOne(batch, error);
          return;
        }
        if (this.stopping.signal.aborted) throw error;
        await pause(RETRY_MS, this.stopping.signal);
      }
    }
  }

  private async insertOneByOne(batch: readonly UsageRecord[], error: Error): Promise<void> {
    const [record] = batch;
    if (batch.length > 1) {
      for (const one of batch) await this.insert([one]);
    } else if (record !== undefined) {
      const fields = { ...record, costNanoUsd: record.costNanoUsd.toString() };
      this.log.error('a usage record is in this log line only', { record: fields, cause: describeCause(error) });
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
