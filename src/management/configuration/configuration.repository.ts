import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { together } from '../../platform/prisma/together.js';

/** Any number that no other lock has. */
const LOCK = 7_286_451_902n;

@Injectable()
export class ConfigurationRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** As one transaction, and one after the other: a document is compared with what holds when it is applied. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return together(this.prisma, async () => {
      await this.prisma.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK})`;
      return work();
    });
  }

  /** The limits that branches got from their project's defaults when they were made. */
  async bornLimits(): Promise<Set<string>> {
    const rows = await this.prisma.limit.findMany({ where: { defaultId: { not: null } }, select: { id: true } });
    return new Set(rows.map(({ id }) => id));
  }
}
