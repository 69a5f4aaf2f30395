import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.js';

const DAY_MS = 86_400_000;

/** Which time the single records of the ledger cover: whole UTC days up to today. */
@Injectable()
export class LedgerSpan {
  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  now(): Date {
    return new Date(this.clock.now());
  }

  /** The first moment of the oldest day that is kept. */
  begin(): Date {
    const now = this.clock.now();
    return new Date(now - (now % DAY_MS) - this.config.usageRetentionDays * DAY_MS);
  }
}
