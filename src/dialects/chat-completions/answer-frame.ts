import type { JsonObject } from '../../json/value.js';
import type { EncodeResponseOptions } from '../neutral/codec.js';
import type { MediaPart } from '../neutral/neutral.types.js';

export interface AnswerFacts {
  /** the upstream's; '' where it gave none */
  readonly id: string;
  readonly createdAt: number | null;
}

/** What an answer, and every event of a stream, says of the whole. */
export function answerFrame(
  object: 'chat.completion' | 'chat.completion.chunk',
  { id, createdAt }: AnswerFacts,
  { requestId, model, now }: EncodeResponseOptions,
): JsonObject {
  return { id: id === '' ? `chatcmpl-${requestId}` : id, object, created: createdAt ?? now, model };
}

/** Nothing is kept here, so the audio has no name under which it could be asked for again. */
export function encodeAudio({ source }: MediaPart): JsonObject | null {
  return source.type === 'base64' ? { id: '', data: source.data, expires_at: 0, transcript: '' } : null;
}
