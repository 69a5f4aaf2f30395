import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { GatewayError } from '../../../errors/gateway-error.js';
import { StructureError, type StructureLimits } from '../../../json/structure-meter.js';
import { WorkerPool, WorkersBusyError } from '../../../platform/workers/worker-pool.js';
import type { YamlResult, YamlTask } from './yaml.task.js';

const MAX_WAITING = 8;
/** Several times what the largest document takes. */
const TASK_TIMEOUT_MS = 20_000;
const MAX_HEAP_MB = 256;

/** Reads YAML documents in a thread: the parser needs a second for the largest, and hundredths for small ones. */
@Injectable()
export class YamlReader implements OnModuleDestroy {
  private readonly pool = new WorkerPool<YamlTask, YamlResult>(new URL('./yaml.task.js', import.meta.url), {
    size: 1,
    maxWaiting: MAX_WAITING,
    timeoutMs: TASK_TIMEOUT_MS,
    maxHeapMb: MAX_HEAP_MB,
  });

  async onModuleDestroy(): Promise<void> {
    await this.pool.close();
  }

  /**
   * The document as JSON could say it.
   * @throws {GatewayError} invalid_json (400); invalid_request (400) when it takes too long; gateway_busy (503) when others wait
   * @throws {StructureError} for what passes the limits, and for keys that come twice
   */
  async read(body: Buffer, limits: StructureLimits): Promise<unknown> {
    const result = await this.pool.run({ body, limits }).catch((cause: unknown) => {
      if (cause instanceof WorkersBusyError) throw new GatewayError('gateway_busy', { retryAfterSeconds: 1, cause });
      const publicMessage = 'the YAML document takes too long to read: send it as JSON, or in parts';
      throw new GatewayError('invalid_request', { publicMessage, cause });
    });
    if (result.ok) return result.value;
    if (result.code === 'invalid_json') throw new GatewayError('invalid_json', { publicMessage: result.message });
    throw new StructureError(result.message, result.key);
  }
}
