import { isUtf8 } from 'node:buffer';
import type { Base64ImageSource, DocumentBlockParam, ImageBlockParam } from 'anthropic-sdk/resources/messages';
import { asObject, type Json, type JsonObject } from '../../json/value.js';
import type { MediaPart, MediaSource, TextPart } from '../neutral/neutral.types.js';
import { standardBase64 } from '../wire/base64.js';
import { decodeCacheControl, encodeCacheMark } from '../wire/cache-mark.js';
import { REQUEST } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';
import { usualMediaType } from '../wire/media-types.js';

const IMAGE_KEYS = new Set(['type', 'source', 'cache_control']);
const DOCUMENT_KEYS = new Set(['type', 'source', 'cache_control', 'title', 'context', 'citations']);

export function decodeImage(block: JsonObject, path: string, losses: LossList): MediaPart {
  losses.addUnknown(block, IMAGE_KEYS, path);
  return {
    type: 'media',
    kind: 'image',
    source: decodeSource(REQUEST.object(block['source'], `${path}.source`), `${path}.source`),
    ...decodeCacheControl(block['cache_control'], path, losses),
  };
}

/** A document becomes one part; its context, which the model reads beside it, a text before it. */
export function decodeDocument(block: JsonObject, path: string, losses: LossList): readonly (TextPart | MediaPart)[] {
  losses.addUnknown(block, DOCUMENT_KEYS, path);
  if (asObject(block['citations'])?.['enabled'] === true) {
    losses.add(`${path}.citations`, 'other dialects cannot ask for citations of a document');
  }
  const source = REQUEST.object(block['source'], `${path}.source`);
  const title = REQUEST.findString(block, 'title', path);
  const context = REQUEST.findString(block, 'context', path);
  const rest = { ...(title && { name: title }), ...decodeCacheControl(block['cache_control'], path, losses) };
  const content = decodeDocumentSource(source, `${path}.source`, losses);
  return [
    ...(context ? [{ type: 'text' as const, text: context }] : []),
    ...('type' in content
      ? [{ type: 'media' as const, kind: 'document' as const, source: content, ...rest }]
      : content),
  ];
}

function decodeDocumentSource(
  source: JsonObject,
  path: string,
  losses: LossList,
): MediaSource | readonly (TextPart | MediaPart)[] {
  if (source['type'] === 'text') return plainText(REQUEST.string(source['data'], `${path}.data`));
  if (source['type'] !== 'content') return decodeSource(source, path);
  const { content } = source;
  if (typeof content === 'string') return plainText(content);
  const parts = REQUEST.array(content, `${path}.content`).map((entry, index) => {
    const at = `${path}.content[${index}]`;
    const block = REQUEST.object(entry, at);
    if (block['type'] === 'image') return decodeImage(block, at, losses);
    return { type: 'text' as const, text: REQUEST.string(block['text'], `${at}.text`) };
  });
  losses.add(path, 'its blocks are sent one by one, as no document of their own');
  return parts;
}

function decodeSource(source: JsonObject, path: string): MediaSource {
  switch (source['type']) {
    case 'base64':
      return {
        type: 'base64',
        mediaType: usualMediaType(REQUEST.string(source['media_type'], `${path}.media_type`)),
        data: standardBase64(REQUEST.string(source['data'], `${path}.data`)),
      };
    case 'url':
      return { type: 'url', url: REQUEST.string(source['url'], `${path}.url`), mediaType: null };
    case 'file':
      return { type: 'file', origin: 'anthropic', id: REQUEST.string(source['file_id'], `${path}.file_id`) };
    default:
      REQUEST.refuse(path, 'is of a type that cannot be translated');
  }
}

function plainText(text: string): MediaSource {
  return { type: 'base64', mediaType: 'text/plain', data: Buffer.from(text, 'utf8').toString('base64') };
}

/** A search result of the caller's own: its text matters, its frame exists here alone. */
export function decodeSearchResult(block: JsonObject, path: string, losses: LossList): TextPart {
  const lines = REQUEST.array(block['content'], `${path}.content`).map((entry: Json, index) => {
    const at = `${path}.content[${index}]`;
    return REQUEST.string(REQUEST.object(entry, at)['text'], `${at}.text`);
  });
  const title = REQUEST.string(block['title'], `${path}.title`);
  const source = REQUEST.string(block['source'], `${path}.source`);
  losses.add(path, 'a search result is sent as text');
  return {
    type: 'text',
    text: [title, source, '', ...lines].join('\n'),
    ...decodeCacheControl(block['cache_control'], path, losses),
  };
}

/** Documents that are text go as text; of the others the API reads PDF only. */
const PLAIN_TEXT = /^(text\/.+|application\/(json|xml|yaml|javascript|.+\+(json|xml)))$/;

/** @throws {RequestFieldError} for content that the model cannot be shown: it must not vanish */
export function encodeMedia(part: MediaPart, path: string, losses: LossList): ImageBlockParam | DocumentBlockParam {
  switch (part.kind) {
    case 'image':
      return encodeImage(part, path, losses);
    case 'document':
      return encodeDocument(part, path);
    default:
      return REQUEST.refuse(path, `is ${part.kind}, which cannot be sent to this model`);
  }
}

function encodeImage(part: MediaPart, path: string, losses: LossList): ImageBlockParam {
  if (part.detail !== undefined && part.detail !== 'auto') {
    losses.add(`${path}.detail`, 'the model looks at every image in the same way');
  }
  if (part.name !== undefined) losses.add(`${path}.name`, 'images have no names here');
  const { source } = part;
  return {
    type: 'image',
    source:
      source.type === 'base64'
        ? { type: 'base64', media_type: source.mediaType as Base64ImageSource['media_type'], data: source.data }
        : encodeReference(source, path),
    ...encodeCacheMark(part.cache),
  };
}

function encodeDocument(part: MediaPart, path: string): DocumentBlockParam {
  const { source, name } = part;
  return {
    type: 'document',
    source: source.type === 'base64' ? encodeDocumentData(source, path) : encodeReference(source, path),
    ...(name !== undefined && { title: name }),
    ...encodeCacheMark(part.cache),
  };
}

function encodeDocumentData(
  { mediaType, data }: { readonly mediaType: string; readonly data: string },
  path: string,
): DocumentBlockParam['source'] {
  const [type = ''] = mediaType.toLowerCase().split(';');
  if (type === 'application/pdf') return { type: 'base64', media_type: type, data };
  const bytes = Buffer.from(data, 'base64');
  if (!PLAIN_TEXT.test(type) || !isUtf8(bytes)) {
    REQUEST.refuse(path, 'is a document of a kind that cannot be sent to this model');
  }
  return { type: 'text', media_type: 'text/plain', data: bytes.toString('utf8') };
}

type Reference = { readonly type: 'url'; readonly url: string } | { readonly type: 'file'; readonly file_id: string };

function encodeReference(source: Exclude<MediaPart['source'], { type: 'base64' }>, path: string): Reference {
  if (source.type === 'url') return { type: 'url', url: source.url };
  if (source.origin === 'anthropic') return { type: 'file', file_id: source.id };
  return REQUEST.refuse(path, 'is a file that was uploaded to another vendor, which cannot be sent to this model');
}
