import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { describeCause, Log } from '../platform/logging.js';
import { LedgerPartitionRepository } from './ledger-partition.repository.js';
import { LedgerSpan } from './ledger-span.js';

const HOUR_MS = 3_600_000;
const STOP_MS = 5_000;
const DAY_MS = 86_400_000;
const DAY_LENGTH = '2026-11-23'.length;

/** Keeps the ledger's partitions: tomorrow's is there before it is needed, those past their time go. The sums stay. */
@Injectable()
export class LedgerUpkeepService implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly partitions: LedgerPartitionRepository,
    private readonly span: LedgerSpan,
    private readonly log: Log,
  ) {}

  /** A start does not wait for it: the ledger takes records without. */
  onApplicationBootstrap(): void {
    this.running = this.run();
    this.timer = setInterval(() => (this.running = this.run()), HOUR_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    // A database that hangs must not keep the process; what is cut off here is done at the next start.
    const bound = new Promise<void>(resolve => setTimeout(resolve, STOP_MS).unref());
    await Promise.race([this.running, bound]);
  }

  /** Never rejects: what fails now is done an hour later. */
  async run(): Promise<void> {
    const today = this.span.now();
    const tomorrow = new Date(today.getTime() + DAY_MS);
    try {
      await this.partitions.ensure([today, tomorrow].map(dayOf));
      for (;;) {
        const dropped = await this.partitions.dropBefore(dayOf(this.span.begin()));
        if (dropped.length === 0) return;
        this.log.info('days of the ledger are past their time and were dropped', { dropped });
      }
    } catch (error) {
      this.log.warn('the partitions of the ledger could not be kept; again in an hour', {
        cause: describeCause(error),
      });
    }
  }
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, DAY_LENGTH);
}
