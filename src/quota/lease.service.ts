import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.js';
import { IdSource } from '../platform/id-source.js';
import { describeCause, Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { LeaseClient, type LeaseNeed } from './lease-client.js';
import type { LeasePool } from './lease-pool.js';
import { LeasePools } from './lease-pools.js';
import { LeaseRepository } from './lease.repository.js';
import { kindOfCounter } from './limit-kinds.js';

const MAX_REPORT_MS = 2_000;
/** Money and tokens of a replica that died without a word stay taken so long: they may have been spent. */
const GRACE_MS = 600_000;
/** A window is leased from so much earlier than an outage would need it. */
const AHEAD_MS = 10_000;
/** Who calls now and then finds something in reserve for so long behind the last request, */
const MEMORY_MS = 300_000;
/** as long as it is not kept for very many. */
const MANY_POOLS = 2_000;
/** With this part of a limit left it is nearly used up. */
const NEAR_PART = 0.1;
const MAX_TOLD = 10_000;

/** Where the leases speak of themselves. */
@Injectable()
export class LeaseReporting {
  constructor(
    readonly log: Log,
    readonly metrics: Metrics,
  ) {}
}

/** This replica's leases: takes from them, reports what became of them, returns what nobody needs. */
@Injectable()
export class LeaseService {
  readonly pools = new LeasePools();
  private readonly client: LeaseClient;
  private readonly ttlMs: number;
  private readonly horizonMs: number;
  /** of which limit in which window it was said that it is nearly used up */
  private readonly told = new Set<string>();
  private timers: NodeJS.Timeout[] = [];

  constructor(
    config: AppConfig,
    ids: IdSource,
    private readonly clock: Clock,
    private readonly store: LeaseRepository,
    private readonly reporting: LeaseReporting,
  ) {
    this.ttlMs = config.leaseTtlMs;
    this.horizonMs = config.leaseHorizonMs;
    const times = { ttlMs: this.ttlMs, graceMs: GRACE_MS };
    this.client = new LeaseClient(store, `replica_${ids.hex(8)}`, times, clock, () => this.pools.all());
  }

  start(): void {
    const reportMs = Math.min(MAX_REPORT_MS, this.ttlMs / 5);
    this.timers = [
      setInterval(() => void this.report(), reportMs).unref(),
      setInterval(() => void this.reap(), this.ttlMs / 3).unref(),
    ];
  }

  /** Gives everything back that no request holds. Never rejects. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    for (const pool of this.pools.all()) {
      pool.retire();
      pool.recall(pool.cap);
    }
    // The first call may repeat one whose outcome is not known, and says no more than that one did.
    for (let call = 0; call < 2 && this.pools.size > 0; call += 1)
      await this.client.report(() => [...this.pools.all()]);
  }

  /** Takes what is in reserve for each need. Returns the needs for which it did not suffice. */
  takeFromReserve<Need extends LeaseNeed>(needs: readonly Need[]): readonly Need[] {
    const { placesHold, countsHold } = this.client;
    return needs.filter(({ pool, amount }) => !((pool.isPlaces ? placesHold : countsHold) && pool.take(amount)));
  }

  ask(needs: readonly LeaseNeed[]): Promise<LeasePool | null> {
    return this.client.ask(needs);
  }

  /** Gives back what was leased under another limit. `capOf` tells the caps that are in force now, `isNew` other limits. */
  async recall(capOf: (key: string) => number | null, isNew: (key: string) => boolean): Promise<void> {
    const changed: LeasePool[] = [];
    for (const pool of this.pools.all()) {
      const cap = capOf(pool.identity.key);
      if (cap === pool.cap && !isNew(pool.identity.key)) continue;
      pool.recall(cap ?? pool.cap);
      changed.push(pool);
    }
    if (changed.length > 0) await this.client.report(() => changed);
  }

  /** Regularly: what became of the leases, and what is wanted next. Never rejects. */
  async report(): Promise<void> {
    const at = this.clock.monotonicMs();
    const memoryMs = this.pools.size > MANY_POOLS ? this.horizonMs : MEMORY_MS;
    const now = this.clock.now();
    this.pools.advance(now, this.horizonMs + AHEAD_MS);
    for (const pool of this.pools.current()) pool.measure(at, this.horizonMs, memoryMs);
    this.tellOfNearCaps();
    const { due } = this.client;
    const telling = () => [...this.pools.all()].filter(pool => (due ? pool.hasUnreported : pool.needsReport));
    if (this.pools.size > 0 && (due || telling().length > 0)) await this.client.report(telling);
    // Behind the report: what was settled late in a window that is over is told before it is forgotten.
    this.pools.sweep(now);
  }

  private async reap(): Promise<void> {
    try {
      await this.store.reap(GRACE_MS, this.ttlMs);
    } catch (error) {
      this.reporting.log.warn('the leases of dead replicas could not be freed yet', { cause: describeCause(error) });
    }
  }

  private tellOfNearCaps(): void {
    for (const pool of this.pools.all()) {
      const { key } = pool.identity;
      const name = `${key} ${pool.window.begin}`;
      if (pool.cap === 0 || pool.remaining() > pool.cap * NEAR_PART || this.told.has(name)) continue;
      if (this.told.size >= MAX_TOLD) this.told.clear();
      this.told.add(name);
      const [kind = '', scope = '', id = '', model = ''] = key.split(' ');
      if (kindOfCounter(key)?.takes === 'place') continue;
      this.reporting.metrics.limitsNearCap.inc({ kind, scope });
      this.reporting.log.warn('a limit is nearly used up', { kind, scope, id, model, cap: pool.cap });
    }
  }
}
