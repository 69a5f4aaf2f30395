import { Injectable } from '@nestjs/common';
import { PrismaService } from '../platform/prisma/prisma.service.js';
import type { CounterReport, LeaseAnswer, LeaseCall, LeaseNeeds, LeaseStore } from './lease.types.js';

interface WireAnswer {
  readonly g: number[];
  readonly r: number[];
  readonly h: (number | null)[];
  readonly n: number;
}

/** The counters of all replicas in Postgres: one function call, which is one transaction (migrations `leases`, `lease_horizon`). */
@Injectable()
export class LeaseRepository implements LeaseStore {
  constructor(private readonly prisma: PrismaService) {}

  async lease(
    replica: string,
    { sequence, attempt }: LeaseCall,
    ttlMs: number,
    counters: readonly CounterReport[],
    requests: readonly LeaseNeeds[],
  ): Promise<LeaseAnswer> {
    const reports = JSON.stringify(counters.map(wireReport));
    const needs = JSON.stringify(requests);
    const rows = await this.prisma.$queryRaw<{ answer: WireAnswer }[]>`
      SELECT bough_lease(${replica}, ${sequence}::bigint, ${attempt}::bigint, ${ttlMs}::int, ${reports}::jsonb, ${needs}::jsonb) AS answer`;
    const answer = rows[0]?.answer;
    if (answer === undefined) throw new Error('bough_lease returned nothing');
    return { granted: answer.g, refusedBy: answer.r, left: answer.h.map(left => left ?? 0), now: answer.n };
  }

  async reap(graceMs: number, ttlMs: number): Promise<void> {
    await this.prisma.$queryRaw`SELECT bough_reap(${graceMs}::int, ${ttlMs}::int)`;
  }
}

function wireReport({ key, begin, end, used, held, cap, ...more }: CounterReport): object {
  const { wanted, horizon, mayExceed, spender } = more;
  const asked =
    cap === null ? {} : { c: cap, x: wanted, y: horizon, b: mayExceed, e: end, ...(spender && { s: spender }) };
  return { k: key, w: begin, u: used, a: held, ...asked };
}
