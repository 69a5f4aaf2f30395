import { isCarriable, isList, isObject, type Json, type JsonObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import type { MediaPart, Opaque } from '../neutral/neutral.types.js';
import { kindOf } from './media.js';
import { readSeal } from './seal.js';
import { MAX_DEPTH } from './wire-fields.js';

/** What one part of an answer says. */
export type AnswerPart =
  | { readonly type: 'text'; readonly text: string; readonly seal: Opaque | null }
  | { readonly type: 'thought'; readonly text: string; readonly seal: Opaque | null; readonly redacted: boolean }
  | {
      readonly type: 'call';
      readonly id: string | null;
      readonly name: string;
      readonly arguments: string;
      readonly seal: Opaque | null;
    }
  | { readonly type: 'media'; readonly media: MediaPart };

/** Null for what has no neutral meaning, such as the record of a tool of Google's own. @throws {UnreadableAnswer} */
export function readAnswerPart(part: Json): AnswerPart | null {
  if (!isObject(part)) throw new UnreadableAnswer('a part of the content is no object');
  const signature = part['thoughtSignature'];
  const seal = typeof signature === 'string' && signature !== '' ? readSeal(signature) : null;
  const opaque = seal?.opaque ?? null;
  const text = part['text'] ?? null;
  if (text !== null && typeof text !== 'string') throw new UnreadableAnswer('a text of the content is no string');
  if (isObject(part['functionCall'])) return readCall(part['functionCall'], opaque);
  if (text !== null || seal !== null) {
    if (part['thought'] !== true) return { type: 'text', text: text ?? '', seal: opaque };
    return { type: 'thought', text: text ?? '', seal: opaque, redacted: seal?.redacted ?? false };
  }
  // What a thought looks at on its way is no part of the answer.
  return isObject(part['inlineData']) && part['thought'] !== true ? readMedia(part['inlineData']) : null;
}

function readCall(call: JsonObject, seal: Opaque | null): AnswerPart {
  const { id, name, args } = call;
  if (typeof name !== 'string' || name === '') throw new UnreadableAnswer('a function call has no name');
  if (call['partialArgs'] != null) throw new UnreadableAnswer('a function call comes in pieces that nobody asked for');
  const given = args ?? {};
  if (!isObject(given) || !isCarriable(given, MAX_DEPTH)) {
    throw new UnreadableAnswer('the arguments of a function call are no object that JSON can say');
  }
  return {
    type: 'call',
    id: typeof id === 'string' && id !== '' ? id : null,
    name,
    arguments: JSON.stringify(given),
    seal,
  };
}

function readMedia({ mimeType, data }: JsonObject): AnswerPart {
  if (typeof mimeType !== 'string' || typeof data !== 'string') {
    throw new UnreadableAnswer('media of the content has no type or no data');
  }
  return {
    type: 'media',
    media: { type: 'media', kind: kindOf(mimeType), source: { type: 'base64', mediaType: mimeType, data } },
  };
}

/** The parts of a candidate's content; none where it is absent, as in an answer that was stopped. */
export function partsOf(candidate: JsonObject): readonly Json[] {
  const { content } = candidate;
  if (content == null) return [];
  if (!isObject(content)) throw new UnreadableAnswer('the content of a candidate is no object');
  const { parts } = content;
  if (parts == null) return [];
  if (!isList(parts)) throw new UnreadableAnswer('the parts of a candidate are no list');
  return parts;
}
