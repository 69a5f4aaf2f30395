import type { Json, JsonObject, MediaPart, MediaSource } from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { REQUEST } from '../wire/field-reader.js';

/** What the API takes; other pictures are refused there with a clear word. */
const TEXT_TYPE = 'text/plain';

/** `image` and `document`; null for every other block. */
export function decodeMedia(block: JsonObject, path: string): MediaPart | null {
  const { type } = block;
  if (type !== 'image' && type !== 'document') return null;
  const source = decodeSource(REQUEST.object(block['source'], `${path}.source`), `${path}.source`);
  const title = type === 'document' ? REQUEST.findString(block, 'title', path) : null;
  return { type: 'media', kind: type, source, ...(title !== null && { name: title }) };
}

function decodeSource(source: JsonObject, path: string): MediaSource {
  switch (source['type']) {
    case 'base64':
      return {
        type: 'base64',
        mediaType: REQUEST.name(source['media_type'], `${path}.media_type`),
        data: REQUEST.name(source['data'], `${path}.data`),
      };
    case 'url':
      return { type: 'url', url: REQUEST.name(source['url'], `${path}.url`), mediaType: null };
    case 'file':
      return { type: 'file', origin: 'anthropic', id: REQUEST.name(source['file_id'], `${path}.file_id`) };
    case 'text': {
      const text = REQUEST.string(source['data'], `${path}.data`);
      return { type: 'base64', mediaType: TEXT_TYPE, data: Buffer.from(text).toString('base64') };
    }
    case 'content': {
      const text = textOf(source['content'], `${path}.content`);
      return { type: 'base64', mediaType: TEXT_TYPE, data: Buffer.from(text).toString('base64') };
    }
    default:
      return REQUEST.refuse(`${path}.type`, 'must be base64, url, file, text or content');
  }
}

function textOf(content: Json | undefined, path: string): string {
  if (typeof content === 'string') return content;
  return REQUEST.array(content, path)
    .map((value, index) => {
      const block = REQUEST.object(value, `${path}[${index}]`);
      return REQUEST.string(block['text'], `${path}[${index}].text`);
    })
    .join('\n');
}

/** @throws {RequestFieldError} for what this dialect cannot hold */
export function encodeMedia(media: MediaPart, path: string): JsonObject {
  const { kind, source, name } = media;
  if (source.type === 'file' && source.origin !== 'anthropic') throw unsayable(path, 'a file of another provider');
  if (kind !== 'image' && kind !== 'document') throw unsayable(path, kind);
  const titled: JsonObject = kind === 'document' && name !== undefined ? { title: name } : {};
  return { type: kind, source: encodeSource(source, path), ...titled };
}

function encodeSource(source: MediaSource, path: string): JsonObject {
  if (source.type === 'file') return { type: 'file', file_id: source.id };
  if (source.type === 'url') {
    if (!/^https?:\/\//i.test(source.url)) throw unsayable(path, 'an address that is not http');
    return { type: 'url', url: source.url };
  }
  if (source.mediaType === TEXT_TYPE) {
    return { type: 'text', media_type: TEXT_TYPE, data: Buffer.from(source.data, 'base64').toString('utf8') };
  }
  return { type: 'base64', media_type: source.mediaType, data: source.data };
}

function unsayable(path: string, what: string): RequestFieldError {
  return new RequestFieldError(path, `${path}: ${what} cannot be sent to this model`);
}
