import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../../platform/clock.js';
import { describeCause, Log } from '../../../platform/logging.js';
import { IdempotencyRepository } from './idempotency.repository.js';

const EVERY_MS = 600_000;
const BATCH = 1_000;
const MAX_BATCHES = 20;

/** Forgets keys whose day is over, a bounded number at a time. */
@Injectable()
export class IdempotencyCleanupService implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly repository: IdempotencyRepository,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.clean(), EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** Never rejects. What is left waits for the next time. */
  async clean(): Promise<void> {
    try {
      for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
        if ((await this.repository.deleteExpired(new Date(this.clock.now()), BATCH)) < BATCH) return;
      }
    } catch (error) {
      this.log.warn('idempotency keys could not be cleaned up yet', { cause: describeCause(error) });
    }
  }
}
