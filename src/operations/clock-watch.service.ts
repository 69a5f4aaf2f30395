import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.js';
import { Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';

/** Ten times what a machine with a time service is off, and too little to matter to anybody. */
const WARN_MS = 2_000;
const LOOK_MS = 5_000;

/**
 * Tells how far this machine's clock is from the database's. Nothing that Bough counts or dates depends on it, but a clock
 * that is far off spoils logs, certificates and signatures, and one of the two is wrong.
 */
@Injectable()
export class ClockWatch implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;
  private warned = false;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  get offsetSeconds(): number {
    return Math.round(this.clock.localOffsetMs()) / 1_000;
  }

  /** Whether this replica should take no requests until somebody sets its clock. */
  get isTooFarOff(): boolean {
    const { maxClockOffsetMs } = this.config;
    return maxClockOffsetMs > 0 && Math.abs(this.clock.localOffsetMs()) > maxClockOffsetMs;
  }

  onModuleInit(): void {
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  private look(): void {
    const { offsetSeconds } = this;
    this.metrics.clockOffset.set(offsetSeconds);
    const isOff = Math.abs(offsetSeconds) * 1_000 > WARN_MS;
    if (isOff && !this.warned) {
      this.log.warn("this machine's clock differs from the database's, which decides: correct the one that is wrong", {
        offsetSeconds,
      });
    }
    this.warned = isOff;
  }
}
