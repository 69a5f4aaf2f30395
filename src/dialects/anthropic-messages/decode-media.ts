import type { Json, JsonObject, Loss, MediaPart, MediaSource, TextPart } from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { decodeCache } from './cache-marks.js';
import { asObject, findString, getList, getObject, getString, loseUnknown } from './wire-value.js';

const IMAGE_KEYS = new Set(['type', 'source', 'cache_control']);
const DOCUMENT_KEYS = new Set(['type', 'source', 'cache_control', 'title', 'context', 'citations']);

export function decodeImage(block: JsonObject, path: string, losses: Loss[]): MediaPart {
  loseUnknown(block, IMAGE_KEYS, path, losses);
  return {
    type: 'media',
    kind: 'image',
    source: decodeSource(getObject(block['source'], `${path}.source`), `${path}.source`),
    ...decodeCache(block['cache_control'], path, losses),
  };
}

/** A document becomes one part; its context, which the model reads beside it, a text before it. */
export function decodeDocument(block: JsonObject, path: string, losses: Loss[]): readonly (TextPart | MediaPart)[] {
  loseUnknown(block, DOCUMENT_KEYS, path, losses);
  if (asObject(block['citations'])?.['enabled'] === true) {
    losses.push({ field: `${path}.citations`, reason: 'other dialects cannot ask for citations of a document' });
  }
  const source = getObject(block['source'], `${path}.source`);
  const title = findString(block['title'], `${path}.title`);
  const context = findString(block['context'], `${path}.context`);
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
  losses: Loss[],
): MediaSource | readonly (TextPart | MediaPart)[] {
  if (source['type'] === 'text') return plainText(getString(source['data'], `${path}.data`));
  if (source['type'] !== 'content') return decodeSource(source, path);
  const { content } = source;
  if (typeof content === 'string') return plainText(content);
  const parts = getList(content, `${path}.content`).map((entry, index) => {
    const at = `${path}.content[${index}]`;
    const block = getObject(entry, at);
    if (block['type'] === 'image') return decodeImage(block, at, losses);
    return { type: 'text' as const, text: getString(block['text'], `${at}.text`) };
  });
  losses.push({ field: path, reason: 'its blocks are sent one by one, as no document of their own' });
  return parts;
}

function decodeSource(source: JsonObject, path: string): MediaSource {
  switch (source['type']) {
    case 'base64':
      return {
        type: 'base64',
        mediaType: getString(source['media_type'], `${path}.media_type`),
        data: getString(source['data'], `${path}.data`),
      };
    case 'url':
      return { type: 'url', url: getString(source['url'], `${path}.url`), mediaType: null };
    case 'file':
      return { type: 'file', origin: 'anthropic', id: getString(source['file_id'], `${path}.file_id`) };
    default:
      throw new RequestFieldError(path, `${path} is of a type that cannot be translated`);
  }
}

function plainText(text: string): MediaSource {
  return { type: 'base64', mediaType: 'text/plain', data: Buffer.from(text, 'utf8').toString('base64') };
}

/** A search result of the caller's own: its text matters, its frame exists here alone. */
export function decodeSearchResult(block: JsonObject, path: string, losses: Loss[]): TextPart {
  const lines = getList(block['content'], `${path}.content`).map((entry: Json, index) => {
    const at = `${path}.content[${index}]`;
    return getString(getObject(entry, at)['text'], `${at}.text`);
  });
  const title = getString(block['title'], `${path}.title`);
  const source = getString(block['source'], `${path}.source`);
  losses.push({ field: path, reason: 'a search result is sent as text' });
  return {
    type: 'text',
    text: [title, source, '', ...lines].join('\n'),
    ...decodeCache(block['cache_control'], path, losses),
  };
}
