import type { ServerResponse } from 'node:http';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { ScannedRequest } from '../../dialects/scanned-request.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { onConnectionClosed } from '../../platform/http/connection-closed.js';
import { WorkerPool } from '../../platform/workers/worker-pool.js';
import { BodyBudget } from '../body/body-budget.js';
import type { ByteHold } from '../body/byte-budget.js';
import { readBody } from '../body/request-body.js';
import { wholeBuffer } from '../body/whole-buffer.js';
import type { InferenceRequest } from '../inference-request.js';
import { type Rejected, withoutRejected } from '../parameter-policy.js';
import type { DialectDescriptor } from '../../dialects/descriptor.js';
import type { ReadResult, ReadTask } from './read-request.task.js';

/** Up to here a body is scanned on the event loop, in a few milliseconds; a larger one in a thread, without a copy. */
const INLINE_BYTES = 2_097_152;
/** A suspicious body is parsed: only up to here on the event loop. */
const INLINE_SUSPICIOUS_BYTES = 65_536;
const TASK_TIMEOUT_MS = 30_000;
/** Bodies that wait are in the budget of memory, which bounds them long before. */
const MAX_WAITING = 1_024;
const MAX_HEAP_MB = 256;

/** Reads the body of a request within the budget of memory, and finds in it what the gateway must know. */
@Injectable()
export class RequestReader implements OnModuleDestroy {
  private readonly pool = new WorkerPool<ReadTask, ReadResult>(new URL('./read-request.task.js', import.meta.url), {
    size: 1,
    maxWaiting: MAX_WAITING,
    timeoutMs: TASK_TIMEOUT_MS,
    maxHeapMb: MAX_HEAP_MB,
  });

  constructor(
    private readonly config: AppConfig,
    private readonly budget: BodyBudget,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await this.pool.close();
  }

  /** @throws {GatewayError} for a body that does not come, is too large, or is no request of the dialect */
  async read(request: InferenceRequest, response: ServerResponse, dialect: DialectDescriptor): Promise<ScannedRequest> {
    const { maxBodyBytes: maxBytes, bodyArrival: arrival } = this.config;
    const hold = this.budget.hold(request.caller);
    releaseAtEnd(hold, request, response);
    const body = await readBody(request, response, { maxBytes, hold, arrival });
    const path = request.pathFields ?? null;
    if (body.length > INLINE_BYTES) return this.readLarge(body, path, dialect);
    const wire = dialect.readRequest(body, path);
    const inline = !wire.suspicious || body.length <= INLINE_SUSPICIOUS_BYTES;
    return inline ? wire : this.readLarge(body, path, dialect);
  }

  /** A request without what was rejected of it, read again. The body of the one that is given is used up. */
  async without(
    rejected: readonly Rejected[],
    wire: ScannedRequest,
    dialect: DialectDescriptor,
  ): Promise<ScannedRequest> {
    if (rejected.length === 0) return wire;
    const { body, model, stream } = wire;
    const inline = body.length <= INLINE_BYTES && wire.looked === undefined;
    const read = inline
      ? dialect.readRequest(withoutRejected(body, rejected, dialect), null)
      : await this.readLarge(body, null, dialect, rejected);
    return { ...read, model, stream };
  }

  private async readLarge(
    body: Buffer,
    path: ReadTask['path'],
    { name: dialect }: DialectDescriptor,
    rejected: readonly Rejected[] = [],
  ): Promise<ScannedRequest> {
    const moved = wholeBuffer(body);
    const result = await this.pool
      .run({ dialect, body: moved, path, rejected }, [moved.buffer])
      .catch((cause: unknown) => {
        throw new GatewayError('gateway_busy', {
          retryAfterSeconds: 5,
          internal: 'a body could not be scanned',
          cause,
        });
      });
    if (result.ok) return { ...result.wire, body: Buffer.from(result.body.buffer) };
    const { code, publicMessage, internal, param } = result;
    throw new GatewayError(code, {
      publicMessage,
      ...(internal === undefined ? {} : { internal }),
      ...(param === undefined ? {} : { param }),
    });
  }
}

/** Given back when the answer is over, whichever way: it closes, or its connection does while it waits for another. */
function releaseAtEnd(hold: ByteHold, request: InferenceRequest, response: ServerResponse): void {
  const release = () => hold.release();
  if (response.closed) {
    release();
    return;
  }
  const forget = onConnectionClosed(request.socket, release);
  response.on('close', () => {
    forget();
    release();
  });
}
