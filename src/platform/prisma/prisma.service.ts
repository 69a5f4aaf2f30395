import { hash } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../../generated/prisma/client.js';

/** Where the database is. A class, so that it can be injected. */
export class DatabaseLocation {
  constructor(
    /** postgresql:// URL, with its password: never logged */
    readonly url: string,
    readonly poolSize: number,
  ) {}
}

/** Prisma on node-postgres. Only `*.repository.ts` may hold it. */
@Injectable()
export class PrismaService extends PrismaClient implements OnModuleDestroy {
  constructor(location: DatabaseLocation) {
    super({
      adapter: new PrismaPg(
        {
          connectionString: location.url,
          max: location.poolSize,
          connectionTimeoutMillis: 5_000,
          query_timeout: 30_000,
        },
        // Without a name node-postgres prepares every statement anew.
        { statementNameGenerator: query => `b${hash('sha1', query.sql, 'hex')}`, onPoolError: () => undefined },
      ),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.$disconnect();
  }
}
