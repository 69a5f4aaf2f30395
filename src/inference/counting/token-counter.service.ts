import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { describeCause, Log } from '../../platform/logging.js';
import { Metrics } from '../../platform/metrics.js';
import { WorkerPool } from '../../platform/workers/worker-pool.js';
import type { CountResult } from './count-tokens.task.js';
import type { CountTask } from './token-count.js';

const POOL = {
  // Its own thread, so that neither the event loop nor translations wait for it; it holds the vocabulary.
  size: 1,
  maxWaiting: 32,
  timeoutMs: 15_000,
  // A body of 32 MiB that is all small objects needs a dozen times as much; one that needs more is guessed.
  maxHeapMb: 512,
};

/** Counts a request's tokens where its provider does not, in a thread of its own. */
@Injectable()
export class TokenCounter implements OnModuleDestroy {
  private readonly pool = new WorkerPool<CountTask, CountResult>(
    new URL('./count-tokens.task.js', import.meta.url),
    POOL,
  );

  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await this.pool.close();
  }

  /**
   * Null where it cannot be counted: too many wait, or it takes too much.
   * @throws {GatewayError} invalid_request for a body that is no request of the dialect
   */
  async count(task: CountTask): Promise<number | null> {
    const result = await this.pool.run(task).catch((cause: unknown) => {
      this.log.warn('tokens were guessed, not counted', { cause: describeCause(cause) });
      return null;
    });
    this.metrics.tokenCounts.inc({ outcome: result === null ? 'guessed' : 'counted' });
    if (result === null) return null;
    if ('tokens' in result) return result.tokens;
    const { code, publicMessage, param } = result;
    throw new GatewayError(code, { publicMessage, ...(param === undefined ? {} : { param }) });
  }
}
