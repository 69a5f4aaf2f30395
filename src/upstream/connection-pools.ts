import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Pool } from 'undici';
import { AppConfig } from '../config/app-config.js';
import { checkLiteral, guardedLookup } from '../platform/network/guarded-lookup.js';
import { TrackedClient } from './tracked-client.js';

const KEEP_ALIVE_MS = 55_000;
const MAX_HEADER_BYTES = 16_384;

/** One pool of connections an origin. Nothing here follows redirects, keeps cookies or reads a proxy from outside. */
@Injectable()
export class ConnectionPools implements OnModuleDestroy {
  private readonly pools = new Map<string, Pool>();
  private readonly lookup: ReturnType<typeof guardedLookup>;

  constructor(private readonly config: AppConfig) {
    this.lookup = guardedLookup(config.privatePlaces);
  }

  /**
   * @param trusted who runs the process named this address; elsewhere the address is checked at every connection
   * @throws {ForbiddenAddress} for an address that may not be called
   */
  get(origin: string, trusted: boolean): Pool {
    const key = trusted ? origin : `checked ${origin}`;
    let pool = this.pools.get(key);
    if (pool === undefined) {
      if (!trusted) checkLiteral(origin, this.config.privatePlaces);
      const { timeouts } = this.config;
      pool = new Pool(origin, {
        connections: this.config.upstreamConnections,
        pipelining: 1,
        connect: { timeout: timeouts.connectMs, ...(trusted ? {} : { lookup: this.lookup }) },
        headersTimeout: timeouts.firstByteMs,
        bodyTimeout: timeouts.idleMs,
        keepAliveTimeout: KEEP_ALIVE_MS,
        factory: (url, options) => new TrackedClient(url, options),
        maxHeaderSize: MAX_HEADER_BYTES,
      });
      this.pools.set(key, pool);
    }
    return pool;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.pools.values()].map(pool => pool.destroy().catch(() => undefined)));
  }
}
