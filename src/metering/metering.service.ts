import { Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { TOKEN_CLASSES } from '../dialects/counted-classes.js';
import { describeCause, Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { loadTokenizer } from './tokenizer.js';
import { UsageFeed } from './usage-feed.js';
import { UsageJournal } from './usage-journal.js';
import type { UsageRecord } from './usage-record.js';
import { UnwritableRecordsError, UsageRepository } from './usage.repository.js';

const BATCH = 500;
/** The journal keeps a record safe, so that a batch may wait for company: for as long as the database rests after each write … */
const BATCH_EVERY_MS = 2_000;
/** … and so long at least, so that one request by itself is in the ledger within a second. */
const BATCH_WAIT_MS = 500;
/** Some 50 MB. Nothing is dropped beyond it, but the gateway should take no new work then. */
const CAPACITY = 100_000;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5_000;
const DRAIN_RETRY_MS = 100;
const DRAIN_MS = 10_000;

/** Brings usage records into the ledger, in batches. A record leaves the queue only after Postgres has it. */
@Injectable()
export class MeteringService implements OnModuleDestroy, OnApplicationShutdown {
  private readonly queue: UsageRecord[] = [];
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> | null = null;
  private batchSize = BATCH;
  private retryMs = RETRY_MIN_MS;
  private failing = false;
  /** monotonic milliseconds of the last batch that was written */
  private wroteAt = -Infinity;
  private counting: Promise<void> | null = null;

  constructor(
    private readonly repository: UsageRepository,
    private readonly journal: UsageJournal,
    private readonly feed: UsageFeed,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /** Whether so much waits for Postgres, or so little room is on the disk, that new requests should be refused. */
  get saturated(): boolean {
    return this.queue.length >= CAPACITY || this.journal.refusing;
  }

  /** How many records are not in the ledger yet. */
  get queued(): number {
    return this.queue.length;
  }

  /** Resolves when words can be counted: the vocabulary is loaded for the first answer that needs it. Never rejects. */
  readyToCount(): Promise<void> {
    return (this.counting ??= loadTokenizer().catch((cause: unknown) => {
      this.log.error('the tokenizer did not load; token counts are guesses', { cause: describeCause(cause) });
    }));
  }

  /**
   * Notes what to record of a request should this process die in its midst. Resolves when a kill cannot lose that any more;
   * false when it cannot be kept. Never rejects.
   */
  begin(ifKilled: UsageRecord): Promise<boolean> {
    return this.journal.begin(ifKilled);
  }

  /** No provider was asked after all: there will be no record. */
  forget(requestId: string): void {
    this.journal.forget(requestId);
  }

  /**
   * Takes a settled request: counted at once, in Postgres some two seconds later, if it can be. Resolves when a kill can
   * no longer lose it, and a power cut leaves it or what `begin` noted; at the latest after a second. Never rejects.
   */
  record(record: UsageRecord): Promise<unknown> {
    this.queue.push(record);
    if (this.queue.length === CAPACITY) {
      this.log.error('usage records pile up: the ledger does not take them', { queued: CAPACITY });
    }
    this.count(record);
    if (record.status !== 'refused') this.feed.announce(record);
    if (this.writing === null) {
      if (this.queue.length >= BATCH && !this.failing) void this.write();
      else this.wake(this.failing ? this.retryMs : this.waitMs());
    }
    return this.journal.end(record);
  }

  /** Resolves when every record is in the ledger, or after ten seconds. Never rejects. */
  async drain(): Promise<void> {
    const bound = new AbortController();
    const timer = setTimeout(() => bound.abort(), DRAIN_MS);
    const expired = new Promise<void>(resolve =>
      bound.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    await Promise.race([this.writeAll(bound.signal), expired]);
    clearTimeout(timer);
  }

  /** The platform closes its connections after the other modules: a write that was under way then would wait for nothing. */
  async onModuleDestroy(): Promise<void> {
    await this.drain();
  }

  /** By now the server is closed and every answer has ended, so no record comes later. Prisma connects anew if it must. */
  async onApplicationShutdown(): Promise<void> {
    await this.drain();
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.queue.length > 0) {
      this.log.error(
        'usage records wait in the journal: the next start on this data folder brings them into the ledger',
        {
          queued: this.queue.length,
        },
      );
    }
    await this.journal.close();
    await this.repository.close().catch(() => undefined);
  }

  private async writeAll(bound: AbortSignal): Promise<void> {
    while (this.queue.length > 0 && !bound.aborted) {
      await this.write();
      if (this.failing) await new Promise(resolve => setTimeout(resolve, DRAIN_RETRY_MS));
    }
  }

  private waitMs(): number {
    return Math.max(BATCH_WAIT_MS, this.wroteAt + BATCH_EVERY_MS - performance.now());
  }

  private wake(afterMs: number): void {
    this.timer ??= setTimeout(() => void this.write(), afterMs).unref();
  }

  /** One writer at a time; callers that come meanwhile wait for the same. Never rejects. */
  private write(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.writing ??= this.writeBatches().finally(() => {
      this.writing = null;
      if (this.queue.length > 0) this.wake(this.failing ? this.retryMs : this.waitMs());
    });
    return this.writing;
  }

  /** What came while a batch was under way waits for company, unless it is a batch by itself. */
  private async writeBatches(): Promise<void> {
    do {
      const batch = this.queue.slice(0, this.batchSize);
      try {
        await this.repository.insert(batch);
        this.written(batch.length);
      } catch (error) {
        if (!(error instanceof UnwritableRecordsError)) return this.retryLater(error);
        this.isolate(batch, error);
      }
    } while (this.queue.length >= this.batchSize);
  }

  private written(count: number): void {
    this.wroteAt = performance.now();
    this.journal.acknowledge(this.queue.splice(0, count));
    this.metrics.usageQueue.set(this.queue.length);
    this.retryMs = RETRY_MIN_MS;
    this.failing = false;
  }

  private retryLater(error: unknown): void {
    this.log.error('usage records could not be written yet', {
      queued: this.queue.length,
      cause: describeCause(error),
    });
    this.retryMs = this.failing ? Math.min(this.retryMs * 2, RETRY_MAX_MS) : RETRY_MIN_MS;
    this.failing = true;
  }

  /** One record that Postgres will never take must not hold up the others: they go one by one until it is found. */
  private isolate(batch: readonly UsageRecord[], error: Error): void {
    const [record] = batch;
    if (batch.length > 1 || record === undefined) {
      this.batchSize = 1;
      return;
    }
    this.keepInLog(record, describeCause(error));
    this.batchSize = BATCH;
    this.written(1);
  }

  private keepInLog(record: UsageRecord, cause: string): void {
    const fields = { ...record, costNanoUsd: record.costNanoUsd.toString() };
    this.log.error('a usage record is in this log line only', { record: fields, cause });
  }

  private count({ modelId: model, tokens, costNanoUsd }: UsageRecord): void {
    this.metrics.usageQueue.set(this.queue.length);
    for (const { name, price } of TOKEN_CLASSES) {
      const count = tokens[name] ?? 0;
      if (count > 0 && Number.isFinite(count)) this.metrics.tokens.add(count, model, price);
    }
    if (costNanoUsd > 0n) this.metrics.spend.add(Number(costNanoUsd) / 1e9, model);
  }
}
