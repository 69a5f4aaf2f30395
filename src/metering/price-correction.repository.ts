import { Injectable } from '@nestjs/common';
import { COUNTED_CLASSES, type CountColumn } from '../dialects/counted-classes.js';
import type { Served, TokenCounts } from '../dialects/token-counts.js';
import { Prisma } from '../generated/prisma/client.js';
import { PrismaService } from '../platform/prisma/prisma.service.js';

/** Arbitrary, but the same on every replica: corrections of one model take turns, each sees what the last one added. */
const CORRECTION_LOCK = 7_261_003;
const PAGE = 5_000;
const BOUND = { maxWait: 10_000, timeout: 600_000 };
const MAX_BIGINT = 2n ** 63n - 1n;
const COUNTS = Prisma.raw(COUNTED_CLASSES.map(({ column }) => `'${column}', ${column}::text`).join(', '));
const DAY_LENGTH = '2026-11-23'.length;

/** That requests of [from, to) should have cost what `pricing` says. */
export interface PriceCorrection {
  readonly id: string;
  readonly modelId: string;
  readonly pricing: unknown;
  readonly from: Date;
  readonly to: Date;
  readonly note: string;
}

export interface StoredCorrection extends PriceCorrection {
  readonly createdAt: Date;
}

/** What a correction did to an organization. */
export interface CorrectionSum {
  readonly requests: number;
  readonly deltaNanoUsd: bigint;
}

type CountName = (typeof COUNTED_CLASSES)[number]['name'];
type PriceOf = (tokens: TokenCounts) => bigint;

/** A request with what it costs until now, adjustments included. Big integers as texts. */
interface ChargedRow {
  readonly request_id: string;
  readonly day: string;
  readonly counts: Readonly<Record<CountColumn, string>>;
  readonly served: Served | null;
  readonly charged: string;
}

interface Delta {
  readonly request_id: string;
  readonly day: string;
  readonly delta: string;
}

@Injectable()
export class PriceCorrectionRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Adds the difference between what each request should have cost and what it costs until now, to the hourly sums and the
   * counters of limits too, all of it or nothing. The ledger stays as it is. A correction whose id is there already changes nothing.
   * @returns the correction of that id, which may be an older one with other contents
   */
  async apply(correction: PriceCorrection, priceOf: PriceOf): Promise<StoredCorrection> {
    const { id, modelId, pricing, from, to, note } = correction;
    return this.prisma.$transaction(async transaction => {
      await transaction.$executeRaw`
        SELECT pg_advisory_xact_lock(${CORRECTION_LOCK}::int, hashtext(${modelId}))`;
      const before = await transaction.priceCorrection.findUnique({ where: { id } });
      if (before !== null) return before;
      const stored = await transaction.priceCorrection.create({
        data: { id, modelId, pricing: pricing as Prisma.InputJsonValue, from, to, note },
      });
      for (let last: ChargedRow | undefined, more = true; more;) {
        const rows = await listCharged(transaction, correction, last);
        await addAdjustments(
          transaction,
          correction,
          rows.flatMap(row => deltaOf(row, priceOf)),
        );
        last = rows.at(-1);
        more = rows.length === PAGE;
      }
      await addToHours(transaction, id);
      await transaction.$executeRaw`SELECT bough_correct_counters(${id})`;
      return stored;
    }, BOUND);
  }

  /** Newest first. */
  async list(
    modelId: string,
    after: { createdAt: Date; id: string } | null,
    limit: number,
  ): Promise<StoredCorrection[]> {
    const older = after && [
      { createdAt: { lt: after.createdAt } },
      { createdAt: after.createdAt, id: { lt: after.id } },
    ];
    return this.prisma.priceCorrection.findMany({
      where: { modelId, ...(older === null ? {} : { OR: older }) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
  }

  /** What each of the corrections did to an organization. Those that did nothing are absent. */
  async sumEach(ids: readonly string[], organizationId: string): Promise<Map<string, CorrectionSum>> {
    const rows = await this.prisma.$queryRaw<{ id: string; requests: string; delta: string }[]>`
      SELECT correction_id AS id, count(*)::text AS requests, sum(delta_nano_usd)::text AS delta
      FROM usage_adjustments WHERE correction_id = ANY(${[...ids]}) AND organization_id = ${organizationId}
      GROUP BY 1`;
    return new Map(rows.map(row => [row.id, { requests: Number(row.requests), deltaNanoUsd: BigInt(row.delta) }]));
  }
}

/** The requests behind `last`, in the order of their keys. Texts with their zone, so that no session's zone matters. */
function listCharged(
  transaction: Prisma.TransactionClient,
  { modelId, from, to }: PriceCorrection,
  last: ChargedRow | undefined,
): Promise<ChargedRow[]> {
  const [begin, end] = [from.toISOString(), to.toISOString()];
  return transaction.$queryRaw<ChargedRow[]>`
    SELECT request_id, day::text, json_build_object(${COUNTS}) AS counts, served,
      (cost_nano_usd + coalesce((
        SELECT sum(delta_nano_usd) FROM usage_adjustments a WHERE a.request_id = r.request_id AND a.day = r.day
      ), 0))::text AS charged
    FROM usage_records r
    WHERE model_id = ${modelId} AND status <> 'refused' AND occurred_at >= ${begin}::timestamptz AND occurred_at < ${end}::timestamptz
      AND day >= ${last?.day ?? begin.slice(0, DAY_LENGTH)}::date AND day <= ${end.slice(0, DAY_LENGTH)}::date
      AND (day, request_id) > (${last?.day ?? '-infinity'}::date, ${last?.request_id ?? ''})
    ORDER BY day, request_id LIMIT ${PAGE}`;
}

function deltaOf(row: ChargedRow, priceOf: PriceOf): Delta[] {
  const cost = priceOf(tokensOf(row));
  // The ledger's own column holds no more either.
  const delta = (cost > MAX_BIGINT ? MAX_BIGINT : cost) - BigInt(row.charged);
  return delta === 0n ? [] : [{ request_id: row.request_id, day: row.day, delta: delta.toString() }];
}

/** What the ledger keeps of a request is all that its price depends on. */
function tokensOf({ counts, served }: ChargedRow): TokenCounts {
  const tokens: Partial<Record<CountName, number>> = {};
  for (const { name, column } of COUNTED_CLASSES) tokens[name] = Number(counts[column]);
  return { ...(tokens as TokenCounts), reasoning: 0, ...(served !== null && { served }) };
}

async function addAdjustments(
  transaction: Prisma.TransactionClient,
  { id, note }: PriceCorrection,
  deltas: readonly Delta[],
): Promise<void> {
  if (deltas.length === 0) return;
  await transaction.$executeRaw`
    INSERT INTO usage_adjustments (request_id, correction_id, occurred_at, day, organization_id, project_id, branch_id,
      credential_id, model_id, delta_nano_usd, reason)
    SELECT request_id, ${id}, occurred_at, day, organization_id, project_id, branch_id, credential_id, model_id, delta,
      ${note}
    FROM json_to_recordset(${JSON.stringify(deltas)}::json) AS given(request_id text, day date, delta bigint)
    JOIN usage_records USING (request_id, day)`;
}

/** Last of all, in the order of the keys: the ledger's own writes wait for these rows no longer than they must. */
async function addToHours(transaction: Prisma.TransactionClient, id: string): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO usage_hourly AS sums
      (organization_id, hour, project_id, branch_id, model_id, credential_id, adjustments_nano_usd)
    SELECT organization_id, date_trunc('hour', occurred_at, 'UTC'), project_id, branch_id, model_id, credential_id,
      sum(delta_nano_usd)
    FROM usage_adjustments WHERE correction_id = ${id}
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (organization_id, hour, project_id, branch_id, model_id, credential_id)
    DO UPDATE SET adjustments_nano_usd = sums.adjustments_nano_usd + excluded.adjustments_nano_usd`;
}
