import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { CatalogModel } from '../catalog/catalog.types.js';
import { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ChangeFeed } from '../platform/change-feed.js';
import { Clock } from '../platform/clock.js';
import { SnapshotLoader } from '../platform/snapshot-loader.js';
import { limitKind } from './limit-kinds.js';
import type { Block } from './limit.types.js';
import { isOfSpend, LimitIndex } from './limit-index.js';
import { MINUTE_MS, windowAt } from './limit-window.js';
import { defaultLimits, loadLimits } from './limits-in-force.js';
import { amount, LeasedReservation, limitHeaders, type TakenLimit } from './leased-reservation.js';
import { LeaseService } from './lease.service.js';
import { type CallPlace, openModels } from './open-models.js';
import { compilePlan, groupBlocks, type PlannedLimit, type QuotaPlan } from './quota-plan.js';
import { blockRefusal, limitRefusal } from './quota-refusal.js';
import { QuotaRepository } from './quota.repository.js';
import type { QuotaRequest, Reservation } from './quota.types.js';

/** Plans are cheap to make again, so a full cache is emptied rather than tended. */
const MAX_PLANS = 10_000;
/** So long a refusal is believed without asking again: a flood of refused requests must not become one of questions. */
const DENIED_MS = 100;

/**
 * Answers how much: whether a request fits into every limit that holds for it, on every replica together (decision D5).
 * What is in reserve is taken at once; for the rest the store is asked.
 */
@Injectable()
export class QuotaService implements OnModuleInit, OnModuleDestroy {
  private readonly plans = new Map<string, QuotaPlan>();
  private readonly limits: SnapshotLoader<LimitIndex>;
  private readonly corrections: SnapshotLoader<number>;
  private followedCorrections = 0;
  private readonly blocks: SnapshotLoader<ReadonlyMap<string, readonly Block[]>>;
  private latest = 0;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly feed: ChangeFeed,
    repository: QuotaRepository,
    private readonly leases: LeaseService,
  ) {
    this.limits = new SnapshotLoader(new LimitIndex([], defaultLimits(config)), () => loadLimits(repository, config));
    this.corrections = new SnapshotLoader(0, () => repository.countCorrections());
    this.blocks = new SnapshotLoader<ReadonlyMap<string, readonly Block[]>>(new Map(), async () =>
      groupBlocks(await repository.listBlocks(clock.now())),
    );
  }

  async onModuleInit(): Promise<void> {
    this.feed.on('limits', () => this.followLimits());
    this.feed.on('blocks', () => this.follow(this.blocks));
    await this.limits.reload();
    await this.corrections.reload();
    this.followedCorrections = this.corrections.current;
    await this.blocks.reload();
    this.leases.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.leases.stop();
  }

  /**
   * Takes a place in every limit of the credential, the branch, each of its ancestors, the project and the account, or in
   * none of them. Settle the reservation on every way out, and end it when the answer is over.
   * @throws {GatewayError} account_blocked (429, until lifted); quota_exceeded (429, with the seconds to wait);
   * authorization_unavailable (503) when what is in reserve does not suffice and the store cannot be asked
   */
  reserve(request: QuotaRequest): Reservation | Promise<Reservation> {
    const now = this.present();
    const plan = this.planFor(request);
    for (const block of plan.blocks) {
      if (block.until === null || block.until > now) throw blockRefusal(block, now);
    }
    const wanted = this.poolsOf(plan, request, now);
    for (const { limit, pool, amount: need } of wanted) {
      if (pool.isDenied(need, this.clock.monotonicMs()) || (need > pool.cap && !mayPassAlone(limit)))
        throw this.refusalOf({ limit, pool }, wanted, request, now);
    }
    const missing = this.leases.takeFromReserve(wanted);
    const reservation = new LeasedReservation(now, wanted, () => this.clock.now());
    return missing.length === 0 ? reservation : this.askFor(request, missing, wanted, reservation);
  }

  /** `X-Ratelimit-*` as they stand for a request that takes no place: name, value. */
  headersFor(request: QuotaRequest): readonly (readonly [string, string])[] {
    const now = this.present();
    return limitHeaders(this.poolsOf(this.planFor(request), request, now), now);
  }

  /** Which models the credential may call on the branch, as limits and blocks stand now; asked once for each model. */
  openModels(place: CallPlace): (model: CatalogModel) => boolean {
    return openModels(this.limits.current, this.blocks.current, place);
  }

  private async askFor(
    request: QuotaRequest,
    missing: readonly TakenLimit[],
    wanted: readonly TakenLimit[],
    reservation: Reservation,
  ): Promise<Reservation> {
    const giveBack = () => {
      for (const part of wanted) if (!missing.includes(part)) part.pool.giveBack(part.amount);
    };
    let refusedBy;
    try {
      refusedBy = await this.leases.ask(missing);
    } catch (cause) {
      giveBack();
      throw new GatewayError('authorization_unavailable', { retryAfterSeconds: 1, internal: 'no lease', cause });
    }
    if (refusedBy === null) return reservation;
    giveBack();
    const now = this.present();
    refusedBy.deny(this.clock.monotonicMs() + DENIED_MS);
    const met = missing.find(({ pool }) => pool === refusedBy) ?? missing[0];
    throw met === undefined ? new GatewayError('internal_error') : this.refusalOf(met, wanted, request, now);
  }

  /** The longest answer that it names fits into all hard limits, not into this alone. */
  private refusalOf(
    { limit, pool }: Pick<TakenLimit, 'limit' | 'pool'>,
    wanted: readonly TakenLimit[],
    { estimate }: QuotaRequest,
    now: number,
  ): GatewayError {
    const fits = () => {
      const [most, hard] = [estimate.most(), wanted.filter(each => each.limit.hard)];
      return Math.min(...hard.map(each => most.outputThatFits(each.limit.kind, each.pool.remaining())));
    };
    return limitRefusal(limit, pool.window, now, fits, this.config.supportContact);
  }

  private poolsOf(plan: QuotaPlan, { estimate }: QuotaRequest, now: number): TakenLimit[] {
    const tokens = amount(estimate.inputTokens) + amount(estimate.outputTokens);
    const spend = amount(Number(estimate.costNanoUsd));
    const most = plan.anyHard ? estimate.most() : null;
    return plan.limits.map(limit => ({
      limit,
      pool: this.leases.pools.get(limit.counter, windowAt(limit.kind, now), limit.cap),
      amount:
        limit.hard && most !== null
          ? neededOf(limit, amount(most.tokens), amount(Number(most.costNanoUsd)))
          : neededOf(limit, tokens, spend),
    }));
  }

  /** A clock that is put back by less than a minute does not open the last window again. */
  private present(): number {
    const now = this.clock.now();
    if (now >= this.latest || this.latest - now >= MINUTE_MS) this.latest = now;
    return this.latest;
  }

  private planFor(request: QuotaRequest): QuotaPlan {
    const { caller, branch, model } = request;
    const key = `${caller.credentialId} ${branch.id} ${model.id}`;
    const known = this.plans.get(key);
    if (known !== undefined && known.lineage === branch.lineage) return known;
    if (this.plans.size >= MAX_PLANS) this.plans.clear();
    const plan = compilePlan(request, this.limits.current, this.blocks.current);
    this.plans.set(key, plan);
    return plan;
  }

  private async follow(source: SnapshotLoader<unknown>): Promise<void> {
    await source.reload();
    this.plans.clear();
  }

  /** What is in reserve was leased under the old caps, or before a correction moved the counters. */
  private async followLimits(): Promise<void> {
    const before = this.limits.current;
    await this.corrections.reload();
    await this.follow(this.limits);
    const [now, corrections] = [this.limits.current, this.corrections.current];
    const corrected = corrections !== this.followedCorrections;
    await this.leases.recall(
      key => now.capOf(key),
      key => now.idOf(key) !== before.idOf(key) || (corrected && isOfSpend(key)),
    );
    this.followedCorrections = corrections;
  }
}

/** Without credit not even what costs nothing passes, so that takes the smallest part there is. */
function neededOf({ kind, ofCredit }: PlannedLimit, tokens: number, spend: number): number {
  switch (limitKind(kind).takes) {
    case 'cost':
      return ofCredit ? Math.max(1, spend) : spend;
    case 'tokens':
      return tokens;
    case 'request':
    case 'place':
      return 1;
  }
}

function mayPassAlone({ counter, cap }: PlannedLimit): boolean {
  return counter.mayExceed && cap > 0;
}
