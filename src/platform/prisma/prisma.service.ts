import { hash } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '../../generated/prisma/client.js';

/** Where the database is. A class, so that it can be injected. */
export class DatabaseLocation {
  constructor(
    /** postgresql:// URL, with its password: never logged */
    readonly url: string,
    readonly poolSize: number,
  ) {}
}

/** Prisma's connections, of which the pool in use can be asked past Prisma. */
class Connections extends PrismaPg {
  /** null before the first connection */
  pool: pg.Pool | null = null;

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    this.pool = adapter.underlyingDriver();
    return adapter;
  }
}

/** Without a name node-postgres prepares every statement anew. */
const statementName = (sql: string) => `b${hash('sha1', sql, 'hex')}`;

/** Prisma on node-postgres. Only `*.repository.ts` may hold it. */
@Injectable()
export class PrismaService extends PrismaClient implements OnModuleDestroy {
  private readonly connections: Connections;

  constructor(location: DatabaseLocation) {
    const connections = new Connections(
      {
        connectionString: location.url,
        max: location.poolSize,
        connectionTimeoutMillis: 5_000,
        query_timeout: 30_000,
      },
      { statementNameGenerator: query => statementName(query.sql), onPoolError: () => undefined },
    );
    super({ adapter: connections });
    this.connections = connections;
  }

  async onModuleDestroy(): Promise<void> {
    await this.$disconnect();
  }

  /**
   * Runs one statement on Prisma's own connections and past its engine, which copies and escapes a long parameter several
   * times: for statements that carry hundreds of rows.
   * @throws {pg.DatabaseError} what Postgres refused; other errors where it was not reached
   */
  async executeAtOnce(statement: PlainStatement): Promise<void> {
    let { pool } = this.connections;
    if (pool === null || pool.ending) {
      await this.$connect();
      ({ pool } = this.connections);
    }
    if (pool === null) throw new Error('there is no connection to the database');
    await pool.query({ name: statement.name, text: statement.text, values: [...statement.values] });
  }
}

/** A statement with `$1`, `$2` … in it, and what stands there. */
export class PlainStatement {
  readonly name: string;

  constructor(
    readonly text: string,
    readonly values: readonly string[],
  ) {
    this.name = statementName(text);
  }
}
