import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Pool } from 'undici';
import { AppConfig } from '../config/app-config.js';

const KEEP_ALIVE_MS = 55_000;
const MAX_HEADER_BYTES = 16_384;

/** One pool of connections an origin. Nothing here follows redirects, keeps cookies or reads a proxy from outside. */
@Injectable()
export class ConnectionPools implements OnModuleDestroy {
  private readonly pools = new Map<string, Pool>();

  constructor(private readonly config: AppConfig) {}

  get(origin: string): Pool {
    let pool = this.pools.get(origin);
    if (pool === undefined) {
      const { timeouts } = this.config;
      pool = new Pool(origin, {
        connections: this.config.upstreamConnections,
        pipelining: 1,
        connect: { timeout: timeouts.connectMs },
        headersTimeout: timeouts.firstByteMs,
        bodyTimeout: timeouts.idleMs,
        keepAliveTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
      });
      this.pools.set(origin, pool);
    }
    return pool;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.pools.values()].map(pool => pool.destroy().catch(() => undefined)));
  }
}
