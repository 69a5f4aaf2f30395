import type { LossList } from '../wire/loss-list.js';
import { REQUEST } from '../wire/field-reader.js';
import { asObject, type Json, type JsonObject } from '../../json/value.js';
import type { MediaPart, MediaSource, TextPart } from '../neutral/neutral.types.js';
import { decodeCache } from './cache-marks.js';

const IMAGE_KEYS = new Set(['type', 'source', 'cache_control']);
const DOCUMENT_KEYS = new Set(['type', 'source', 'cache_control', 'title', 'context', 'citations']);

export function decodeImage(block: JsonObject, path: string, losses: LossList): MediaPart {
  losses.addUnknown(block, IMAGE_KEYS, path);
  return {
    type: 'media',
    kind: 'image',
    source: decodeSource(REQUEST.object(block['source'], `${path}.source`), `${path}.source`),
    ...decodeCache(block['cache_control'], path, losses),
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
  const rest = { ...(title && { name: title }), ...decodeCache(block['cache_control'], path, losses) };
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
        mediaType: REQUEST.string(source['media_type'], `${path}.media_type`),
        data: REQUEST.string(source['data'], `${path}.data`),
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
    ...decodeCache(block['cache_control'], path, losses),
  };
}
