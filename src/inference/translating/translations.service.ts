import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { EncodeResponseOptions } from '../../dialects/neutral/codec.js';
import type { ChatDialect, NeutralRequest } from '../../dialects/neutral/neutral.types.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { Clock } from '../../platform/clock.js';
import { LOOP_PACE } from '../../platform/loop-pace.js';
import { WorkerPool, WorkerTimeoutError } from '../../platform/workers/worker-pool.js';
import type { AnswerHold } from '../../relay/json-relay-rules.js';
import type { Target } from '../../routing/target.types.js';
import { AbortSource, type Abortable } from '../../upstream/abort-signal.js';
import { BodyBudget, workBytes } from '../body/body-budget.js';
import type { ByteHold } from '../body/byte-budget.js';
import { estimateInputTokens } from '../estimate.js';
import type { InferenceRequest } from '../inference-request.js';
import { encodeOptions } from '../translation.js';
import type { TaskResult } from './task-result.js';
import {
  decodeRequest,
  encodeRequest,
  inForm,
  type ReadRequest,
  type Translated,
  translateAnswer,
  type TranslationTask,
} from './translate.js';
import { busy, Turns } from './turns.js';

/** Up to here a body is translated on the event loop, in a few milliseconds. */
const INLINE_BYTES = 524_288;
/** What a translation takes of memory, times the body: its text, its values, the text that they become. */
const WORK_FACTOR = 4;
const MAX_WAITING = 64;
const MAX_WAITING_OF_ONE = 16;
const TASK_TIMEOUT_MS = 60_000;
/** The heap of the thread, in bodies of the largest size: JSON of many small values is many times as large in memory. */
const HEAP_BODIES = 16;
const MIN_HEAP_MB = 512;
const MEBIBYTE = 1_048_576;
const COPY_STEP_BYTES = 262_144;

/** Whom a request is translated for. */
export interface AskedTarget {
  readonly from: ChatDialect;
  readonly to: ChatDialect;
  readonly target: Target;
  /** no other target is asked after it: the caller's bytes are not needed again */
  readonly isLast: boolean;
}

const NEVER = new AbortSource();

/**
 * Translates requests and answers between dialects. Small ones at once; large ones in a thread of their own, one after the
 * other, so that no other request waits for them, and within the budget of memory.
 */
@Injectable()
export class Translations implements OnModuleDestroy {
  private readonly turns: Turns;
  private readonly pool: WorkerPool<TranslationTask, TaskResult>;

  constructor(
    private readonly config: AppConfig,
    private readonly budget: BodyBudget,
    private readonly clock: Clock,
  ) {
    const waitMs = config.timeouts.translationWaitMs;
    this.turns = new Turns({ maxWaiting: MAX_WAITING, maxWaitingOfOne: MAX_WAITING_OF_ONE, waitMs });
    this.pool = new WorkerPool(new URL('./translate.task.js', import.meta.url), {
      size: 1,
      maxWaiting: 1,
      timeoutMs: TASK_TIMEOUT_MS,
      maxHeapMb: Math.max(MIN_HEAP_MB, Math.ceil((config.maxBodyBytes * HEAP_BODIES) / MEBIBYTE)),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool.close();
  }

  /** Opens the translation of one request. Release it when its answer is over. */
  of(request: InferenceRequest): RequestTranslation {
    return new RequestTranslation(request);
  }

  /**
   * A request as a target of another dialect is to be asked it.
   * @throws {GatewayError} invalid_request where it cannot be said; gateway_busy where there is no room for so large a one
   */
  translateRequest(
    translation: RequestTranslation,
    { from, to, target, isLast }: AskedTarget,
    signal: Abortable,
  ): Translated | Promise<Translated> {
    const { request } = translation;
    const { model, stream, modelField, body } = request.wire;
    const saidInPath = modelField === null ? { model, stream } : null;
    const options = encodeOptions(request, target, this.config.noStreamUsage);
    if (body.length <= INLINE_BYTES) {
      translation.decoded ??= decodeRequest(body, from, saidInPath);
      return encodeRequest(translation.decoded, to, options);
    }
    return this.large(translation, { type: 'request', body, from, to, saidInPath, options }, signal, isLast);
  }

  /** @throws {GatewayError} upstream_invalid_response for what is no answer of its dialect */
  translateAnswer(
    translation: RequestTranslation,
    from: ChatDialect,
    to: ChatDialect,
    body: Buffer,
  ): Translated | Promise<Translated> {
    const options = this.responseOptions(translation);
    if (body.length <= INLINE_BYTES) return translateAnswer(body, from, to, options);
    return this.large(translation, { type: 'answer', body, from, to, options }, NEVER);
  }

  /** Room for an answer that is to be rewritten: of its caller's share of memory. */
  answerHold({ caller }: InferenceRequest): AnswerHold {
    return this.budget.holdAnswer(caller);
  }

  /** An answer of vectors as its caller reads them. */
  vectors(translation: RequestTranslation, body: Buffer): Translated | Promise<Translated> {
    const { vectorForm: form = 'base64' } = translation.request.wire;
    if (body.length <= INLINE_BYTES) return inForm(body, form);
    return this.large(translation, { type: 'vectors', body, form }, NEVER);
  }

  responseOptions(translation: RequestTranslation): EncodeResponseOptions {
    const { request, asked } = translation;
    return {
      model: request.wire.model ?? request.model.id,
      requestId: request.requestId,
      now: Math.floor(this.clock.now() / 1000),
      streamUsage: asked.streamUsage,
      inputTokens: estimateInputTokens(request.wire),
      request: asked,
    };
  }

  /** @param moves the body is not needed again: it is moved into the thread, where it is copied otherwise */
  private async large(
    translation: RequestTranslation,
    task: TranslationTask,
    signal: Abortable,
    moves = false,
  ): Promise<Translated> {
    const deadline = performance.now() + this.config.timeouts.translationWaitMs;
    await this.turns.take(translation.request.caller.credentialId, signal);
    const work = this.budget.hold(null);
    try {
      await this.roomFor(work, Math.min(WORK_FACTOR * task.body.length, workBytes(this.config)), deadline);
      const result = await this.run(task, moves);
      if (!result.ok) throw new GatewayError(result.code, errorOptions(result));
      if (result.outline !== null) translation.outline = result.outline;
      const body = Buffer.from(result.body.buffer);
      work.shrinkTo(body.length);
      translation.keep(work);
      return { body, losses: result.losses };
    } catch (error) {
      work.release();
      throw error;
    } finally {
      this.turns.end();
    }
  }

  /** Waits until the budget has room. Its holders are not waiting for us, so some is given back in time. */
  private async roomFor(work: ByteHold, bytes: number, deadline: number): Promise<void> {
    while (work.take(bytes) !== null) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw busy();
      await new Promise<void>(resolve => {
        const go = () => {
          clearTimeout(timer);
          stop();
          resolve();
        };
        const timer = setTimeout(go, leftMs);
        const stop = this.budget.onGiven(go);
      });
    }
  }

  private async run(task: TranslationTask, moves: boolean): Promise<TaskResult> {
    try {
      const body = (moves ? wholeOf(task.body) : null) ?? (await copyInSteps(task.body));
      return await this.pool.run({ ...task, body }, [body.buffer]);
    } catch (cause) {
      const tooMuch = cause instanceof WorkerTimeoutError || /memory limit/.test(String(cause));
      if (!tooMuch) throw new GatewayError('internal_error', { internal: 'a translation failed', cause });
      throw new GatewayError('gateway_busy', {
        publicMessage:
          'the translation into another dialect takes more than the gateway has for one. Send less at once',
        retryAfterSeconds: 5,
        cause,
      });
    }
  }
}

/** A copy of tens of megabytes takes as many milliseconds, mostly for the memory's pages: others get the loop in between. */
async function copyInSteps(body: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const copy = new Uint8Array(body.length);
  for (let from = 0; from < body.length; from += COPY_STEP_BYTES) {
    await LOOP_PACE.room(COPY_STEP_BYTES);
    copy.set(body.subarray(from, from + COPY_STEP_BYTES), from);
  }
  return copy;
}

/** The bytes as the whole of an array buffer, which can be moved; null where they are part of another. */
function wholeOf({ buffer, byteLength }: Uint8Array): Uint8Array<ArrayBuffer> | null {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? new Uint8Array(buffer) : null;
}

/** What is made of one request on its way into other dialects, kept for its other targets and for its answer. */
export class RequestTranslation {
  /** its meaning, once a target that speaks another dialect is tried */
  decoded: ReadRequest | null = null;
  /** of a large request, what the translation of its answer needs */
  outline: NeutralRequest | null = null;
  private held: ByteHold | null = null;
  private released = false;

  constructor(readonly request: InferenceRequest) {}

  /** What was asked, as far as the translation of its answer needs it. */
  get asked(): NeutralRequest {
    const asked = this.outline ?? this.decoded?.request ?? null;
    if (asked === null) throw new GatewayError('internal_error', { internal: 'the request was not translated' });
    return asked;
  }

  /** The translated body is in memory as long as this, in the place of one for a target before. */
  keep(work: ByteHold): void {
    this.held?.release();
    this.held = work;
    if (this.released) work.release();
  }

  /** Gives the memory back, also what is made later. */
  release(): void {
    this.released = true;
    this.held?.release();
  }
}

function errorOptions({ publicMessage, internal, param }: Exclude<TaskResult, { ok: true }>) {
  return {
    publicMessage,
    ...(internal === undefined ? {} : { internal }),
    ...(param === undefined ? {} : { param }),
  };
}
