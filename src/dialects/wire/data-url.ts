import type { JsonObject } from '../../json/value.js';
import type { MediaPart, MediaSource } from '../neutral/neutral.types.js';
import { standardBase64 } from './base64.js';
import type { FieldReader } from './field-reader.js';
import { usualMediaType } from './media-types.js';

type Inline = Extract<MediaSource, { type: 'base64' }>;

/** Null for what is no data URL in base64. */
export function readDataUrl(url: string): Inline | null {
  const comma = url.indexOf(',');
  if (comma < 0 || comma > 256 || comma + 1 === url.length) return null;
  const head = /^data:([\w.+-]+\/[\w.+-]+)(?:;[\w.+-]+=[\w.+-]+)*;base64$/i.exec(url.slice(0, comma));
  const mediaType = head?.[1];
  if (mediaType === undefined) return null;
  return {
    type: 'base64',
    mediaType: usualMediaType(mediaType),
    data: standardBase64(url.slice(comma + 1)),
  };
}

export function writeDataUrl({ mediaType, data }: Omit<Inline, 'type'>): string {
  return `data:${mediaType};base64,${data}`;
}

/** Whether it is an address that a vendor may fetch. */
export function isAddress(url: string): boolean {
  return /^(https?|gs):\/\//i.test(url);
}

/** `detail` of an image. OpenAI's `original` is closer than `high`, which is the closest that others know. */
export function decodeDetail(owner: JsonObject, path: string, reader: FieldReader): Pick<MediaPart, 'detail'> {
  const detail = reader.findOneOf(owner, 'detail', ['auto', 'low', 'high', 'original'], path);
  return detail === null ? {} : { detail: detail === 'original' ? 'high' : detail };
}
