import { isObject, type JsonObject } from '../../json/value.js';
import type { MediaPart, TextPart } from '../neutral/neutral.types.js';
import { CACHE_FIELDS, decodeCacheMark } from '../wire/cache-mark.js';
import type { FieldReader } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';
import { findGeminiSeal } from './gemini-seal.js';
import { decodeMediaPart } from './media-parts.js';

/** What is known around a message: a caller's message is read strictly, an upstream's answer as well as it goes. */
export interface MessageContext {
  readonly reader: FieldReader;
  readonly strict: boolean;
  readonly path: string;
  readonly losses: LossList;
  /** makes an id for a call that has none */
  readonly nameCall: (name: string, place: string) => string;
}

/** A part that any message may hold: a text or a medium. */
export function decodeContentPart(part: JsonObject, path: string, context: MessageContext): (TextPart | MediaPart)[] {
  if (part['type'] === 'text') return decodeTextPart(part, path, context);
  const { reader, losses, strict } = context;
  const media = decodeMediaPart(part, path, reader);
  if (media === null) {
    // An answer may hold what its server alone knows; what a caller sent must not vanish.
    return strict ? reader.refuse(`${path}.type`, 'is not a type of content that is known here') : [];
  }
  if (!strict) return [media];
  const image = part['image_url'];
  if (isObject(image) && image['detail'] === 'original') {
    losses.add(`${path}.image_url.detail`, 'other dialects look no closer than "high"');
  }
  losses.addUnknown(part, MEDIA_FIELDS, path);
  return [{ ...media, ...decodeCacheMark(part, path, losses) }];
}

const MEDIA_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'image_url',
  'video_url',
  'audio_url',
  'input_audio',
  'file',
  ...CACHE_FIELDS,
]);

const TEXT_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'text',
  'extra_content',
  'thoughtSignature',
  ...CACHE_FIELDS,
]);

/** None for a text that says nothing: it would only trouble the vendors that refuse empty blocks. */
function decodeTextPart(part: JsonObject, path: string, context: MessageContext): TextPart[] {
  const { reader, losses, strict } = context;
  const text = reader.string(part['text'], `${path}.text`);
  const signature = findGeminiSeal(part);
  const mark = strict ? decodeCacheMark(part, path, losses) : {};
  if (strict) losses.addUnknown(part, TEXT_FIELDS, path);
  if (text === '' && signature === null && mark.cache === undefined) return [];
  return [{ type: 'text', text, ...mark, ...(signature !== null && { signature }) }];
}
