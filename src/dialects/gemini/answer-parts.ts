import { isCarriable, isList, isObject, type Json, type JsonObject, nonEmpty } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import type { MediaPart, Opaque } from '../neutral/neutral.types.js';
import { standardBase64 } from '../wire/base64.js';
import { mediaKindOf } from '../wire/media-types.js';
import { readSignature } from './reasoning-signature.js';
import { MAX_DEPTH } from './wire-fields.js';

/** What one part of an answer says. */
export type AnswerPart =
  | { readonly type: 'text'; readonly text: string; readonly signature: Opaque | null }
  | { readonly type: 'thought'; readonly text: string; readonly signature: Opaque | null; readonly redacted: boolean }
  | {
      readonly type: 'call';
      readonly id: string | null;
      readonly name: string;
      readonly arguments: string;
      readonly signature: Opaque | null;
    }
  | { readonly type: 'call-piece'; readonly call: JsonObject; readonly signature: Opaque | null }
  | { readonly type: 'media'; readonly media: MediaPart };

/** A part that is a function call, whole or in pieces. */
export type CallPart = Extract<AnswerPart, { readonly type: 'call' }>;

/** Null for what has no neutral meaning, such as the record of a tool of Google's own. @throws {UnreadableAnswer} */
export function readAnswerPart(part: Json): AnswerPart | null {
  if (!isObject(part)) throw new UnreadableAnswer('a part of the content is no object');
  const given = nonEmpty(part['thoughtSignature']);
  const signature = given === null ? null : readSignature(given);
  const opaque = signature?.opaque ?? null;
  const text = part['text'] ?? null;
  if (text !== null && typeof text !== 'string') throw new UnreadableAnswer('a text of the content is no string');
  if (isObject(part['functionCall'])) return readCall(part['functionCall'], opaque);
  // What a thought looks at on its way is no part of the answer.
  if (isObject(part['inlineData'])) return part['thought'] === true ? null : readMedia(part['inlineData']);
  // Gemini signs pictures and the records of its tools, too: those are no words.
  if (text === null && (signature === null || recordIn(part) !== null)) return null;
  if (part['thought'] !== true) return { type: 'text', text: text ?? '', signature: opaque };
  return { type: 'thought', text: text ?? '', signature: opaque, redacted: signature?.redacted ?? false };
}

/** What a part holds that is an object, by its name; null for none. */
export function recordIn(part: JsonObject): string | null {
  return Object.keys(part).find(key => isObject(part[key])) ?? null;
}

function readCall(call: JsonObject, signature: Opaque | null): AnswerPart {
  const { id, name, args } = call;
  if (isPiece(call)) return { type: 'call-piece', call, signature };
  if (typeof name !== 'string' || name === '') throw new UnreadableAnswer('a function call has no name');
  const given = args ?? {};
  if (!isObject(given) || !isCarriable(given, MAX_DEPTH)) {
    throw new UnreadableAnswer('the arguments of a function call are no object that JSON can say');
  }
  return {
    type: 'call',
    id: typeof id === 'string' && id !== '' ? id : null,
    name,
    arguments: JSON.stringify(given),
    signature,
  };
}

/** Vertex AI sends the arguments of a call piece by piece where its caller wants them so; the last piece may hold nothing. */
function isPiece(call: JsonObject): boolean {
  const { name, args, partialArgs, willContinue } = call;
  return partialArgs != null || willContinue === true || (name == null && args == null);
}

function readMedia({ mimeType, data }: JsonObject): AnswerPart {
  if (typeof mimeType !== 'string' || typeof data !== 'string') {
    throw new UnreadableAnswer('media of the content has no type or no data');
  }
  return {
    type: 'media',
    media: {
      type: 'media',
      kind: mediaKindOf(mimeType),
      source: { type: 'base64', mediaType: mimeType, data: standardBase64(data) },
    },
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
