import type { NeutralRequest } from '../../dialects/neutral/neutral.types.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { freeBytes } from '../../platform/free-bytes.js';
import { Moved } from '../../platform/workers/moved.js';
import { wholeBuffer } from '../body/whole-buffer.js';
import {
  type Translated,
  type TranslationTask,
  decodeRequest,
  encodeRequest,
  inForm,
  outlineOf,
  translateAnswer,
} from './translate.js';
import type { TaskResult } from './task-result.js';

/** More than anybody reads; each is an object that the event loop would have to take over. */
const MAX_LOSSES = 1_024;

/** Runs in a worker thread. What it makes is moved to the event loop, not copied. */
export function run(task: TranslationTask): Moved<TaskResult> | TaskResult {
  try {
    const { translated, outline } = translate(task);
    const body = wholeBuffer(translated.body);
    const losses = translated.losses.slice(0, MAX_LOSSES);
    return new Moved({ ok: true, body, losses, outline }, [body.buffer]);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, publicMessage, internal, param } = error;
    return { ok: false, code, publicMessage, internal, param };
  }
}

function translate(task: TranslationTask): { translated: Translated; outline: NeutralRequest | null } {
  if (task.type === 'vectors') return { translated: inForm(task.body, task.form), outline: null };
  const { body, from, to } = task;
  if (task.type === 'answer') return { translated: translateAnswer(body, from, to, task.options), outline: null };
  const decoded = decodeRequest(body, from, task.saidInPath);
  freeBytes(body);
  return { translated: encodeRequest(decoded, to, task.options), outline: outlineOf(decoded.request) };
}
