import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { ChangeFeed } from '../platform/change-feed.js';
import { Clock } from '../platform/clock.js';
import type { Block } from './limit.types.js';
import { counterKey, type DefaultLimits, LimitBook, scopesOf } from './limit-book.js';
import { amount, limitHeaders, MemoryReservation, MINUTE_MS } from './memory-reservation.js';
import { Newest } from './newest.js';
import { compilePlan, groupBlocks, type PlannedLimit, type QuotaPlan } from './quota-plan.js';
import { blockRefusal, limitRefusal, wholeSeconds } from './quota-refusal.js';
import { type LedgerSum, QuotaRepository } from './quota.repository.js';
import type { QuotaRequest, Reservation } from './quota.types.js';
import { WindowCounters } from './window-counters.js';

const MINUTES_A_DAY = 1_440;
const DAY_MS = MINUTES_A_DAY * MINUTE_MS;
/** Plans are cheap to make again, so a full cache is emptied rather than tended. */
const MAX_PLANS = 10_000;

/**
 * Answers how much: whether a request fits into every limit that holds for it. Counts in this process; the ledger brings
 * back what a restart would forget.
 */
@Injectable()
export class QuotaService implements OnModuleInit {
  private readonly minutes = new WindowCounters();
  private readonly days = new WindowCounters();
  private readonly plans = new Map<string, QuotaPlan>();
  private readonly limits: Newest<LimitBook>;
  private readonly blocks: Newest<ReadonlyMap<string, readonly Block[]>>;
  private minute = 0;

  constructor(
    config: AppConfig,
    private readonly clock: Clock,
    private readonly feed: ChangeFeed,
    private readonly repository: QuotaRepository,
  ) {
    const defaults: DefaultLimits = {
      tokensPerMinute: config.accountTokensPerMinute,
      modelTokensPerMinute: config.modelTokensPerMinute,
      spendPerDay: config.accountSpendPerDayNanoUsd,
    };
    this.limits = new Newest(
      new LimitBook([], defaults),
      async () => new LimitBook(await repository.listLimits(), defaults),
    );
    this.blocks = new Newest<ReadonlyMap<string, readonly Block[]>>(new Map(), async () =>
      groupBlocks(await repository.listBlocks(clock.now())),
    );
  }

  async onModuleInit(): Promise<void> {
    this.feed.on('limits', () => this.follow(this.limits));
    this.feed.on('blocks', () => this.follow(this.blocks));
    await this.limits.reload();
    await this.blocks.reload();
    await this.restore();
  }

  /**
   * Takes a place in every limit of the credential, the branch, each of its ancestors, the project and the account, or in
   * none of them. Settle the reservation on every way out.
   * @throws {GatewayError} account_blocked (429, until lifted); quota_exceeded (429, with the seconds to wait)
   */
  reserve(request: QuotaRequest): Reservation {
    const now = this.clock.now();
    const minute = this.turnTo(Math.floor(now / MINUTE_MS));
    const day = Math.floor(minute / MINUTES_A_DAY);
    const plan = this.planFor(request);
    for (const block of plan.blocks) {
      if (block.until === null || block.until > now) throw blockRefusal(block, now);
    }
    const { estimate } = request;
    const taken = {
      minute,
      day,
      tokens: amount(estimate.inputTokens) + amount(estimate.outputTokens),
      spend: amount(Number(estimate.costNanoUsd)),
    };
    for (const limit of plan.limits) {
      if (!fits(limit, taken)) throw limitRefusal(limit, secondsLeft(limit, taken, now));
    }
    for (const counter of plan.requests) counter.add(minute, 1);
    for (const counter of plan.tokens) counter.add(minute, taken.tokens);
    for (const counter of plan.spend) counter.add(day, taken.spend);
    return new MemoryReservation(plan, taken, this.clock);
  }

  /** `X-Ratelimit-*` as they stand for a request that takes no place: name, value. */
  headersFor(request: QuotaRequest): readonly (readonly [string, string])[] {
    return limitHeaders(this.planFor(request), this.clock.now());
  }

  /** A clock that is put back by less than a minute does not open the last window again. */
  private turnTo(minute: number): number {
    if (minute === this.minute || minute === this.minute - 1) return this.minute;
    this.minute = minute;
    const swept = [this.minutes.sweep(minute), this.days.sweep(Math.floor(minute / MINUTES_A_DAY))];
    if (swept.includes(true)) this.plans.clear();
    return minute;
  }

  private planFor(request: QuotaRequest): QuotaPlan {
    const { caller, branch, model } = request;
    const key = `${caller.credentialId} ${branch.id} ${model.id}`;
    const known = this.plans.get(key);
    if (known !== undefined && known.lineage === branch.lineage) return known;
    if (this.plans.size >= MAX_PLANS) this.plans.clear();
    const plan = compilePlan(request, {
      limits: this.limits.value,
      blocks: this.blocks.value,
      minutes: this.minutes,
      days: this.days,
    });
    this.plans.set(key, plan);
    return plan;
  }

  private async follow(source: Newest<unknown>): Promise<void> {
    await source.reload();
    this.plans.clear();
  }

  /** A restart must not give a second day's money, nor a second minute's tokens. */
  private async restore(): Promise<void> {
    const now = this.clock.now();
    const today = await this.repository.sumLedger(now - (now % DAY_MS));
    const thisMinute = await this.repository.sumLedger(now - (now % MINUTE_MS));
    const parents = await this.repository.listParents([...new Set(today.map(sum => sum.projectId))]);
    const minute = this.turnTo(Math.floor(now / MINUTE_MS));
    for (const sum of today) {
      eachKey('spend_per_day', sum, parents, key => this.days.get(key).add(Math.floor(now / DAY_MS), sum.spend));
    }
    for (const sum of thisMinute) {
      eachKey('tokens_per_minute', sum, parents, key => this.minutes.get(key).add(minute, sum.tokens));
      eachKey('requests_per_minute', sum, parents, key => this.minutes.get(key).add(minute, sum.requests));
    }
  }
}

/**
 * Tokens: a request that is larger than the whole limit passes when nothing else was taken in its window, or a long
 * prompt could never run at all. Money has no such exception.
 */
function fits(
  { kind, cap, counter }: PlannedLimit,
  taken: { minute: number; day: number; tokens: number; spend: number },
) {
  if (kind === 'requests_per_minute') return counter.takenIn(taken.minute) + 1 <= cap;
  if (kind === 'spend_per_day') return counter.takenIn(taken.day) + taken.spend <= cap;
  const before = counter.takenIn(taken.minute);
  return before + taken.tokens <= cap || (before === 0 && cap > 0);
}

function secondsLeft({ kind }: PlannedLimit, taken: { minute: number; day: number }, now: number): number {
  const end = kind === 'spend_per_day' ? (taken.day + 1) * DAY_MS : (taken.minute + 1) * MINUTE_MS;
  return wholeSeconds(end - now);
}

function eachKey(
  kind: 'spend_per_day' | 'tokens_per_minute' | 'requests_per_minute',
  sum: LedgerSum,
  parents: ReadonlyMap<string, string | null>,
  visit: (key: string) => void,
): void {
  const lineage: string[] = [];
  for (let id: string | null | undefined = sum.branchId; id != null && !lineage.includes(id); id = parents.get(id)) {
    lineage.push(id);
  }
  for (const scope of scopesOf(sum.organizationId, sum.projectId, lineage, sum.credentialId)) {
    visit(counterKey(kind, scope, ''));
    visit(counterKey(kind, scope, sum.modelId));
  }
}
