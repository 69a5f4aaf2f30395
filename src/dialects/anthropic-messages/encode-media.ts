import type { LossList } from '../wire/loss-list.js';
import { isUtf8 } from 'node:buffer';
import type {
  Base64ImageSource,
  DocumentBlockParam,
  ImageBlockParam,
  TextBlockParam,
} from 'anthropic-sdk/resources/messages';
import type { MediaPart, TextPart } from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { encodeCache } from './cache-marks.js';
import { encodeCitations } from './citations.js';

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
      throw new RequestFieldError(path, `${part.kind} cannot be sent to this model`);
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
    ...encodeCache(part.cache),
  };
}

function encodeDocument(part: MediaPart, path: string): DocumentBlockParam {
  const { source, name } = part;
  return {
    type: 'document',
    source: source.type === 'base64' ? encodeDocumentData(source, path) : encodeReference(source, path),
    ...(name !== undefined && { title: name }),
    ...encodeCache(part.cache),
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
    throw new RequestFieldError(path, 'a document of this kind cannot be sent to this model');
  }
  return { type: 'text', media_type: 'text/plain', data: bytes.toString('utf8') };
}

type Reference = { readonly type: 'url'; readonly url: string } | { readonly type: 'file'; readonly file_id: string };

function encodeReference(source: Exclude<MediaPart['source'], { type: 'base64' }>, path: string): Reference {
  if (source.type === 'url') return { type: 'url', url: source.url };
  if (source.origin === 'anthropic') return { type: 'file', file_id: source.id };
  throw new RequestFieldError(path, 'a file that was uploaded to another vendor cannot be sent to this model');
}

/** Nothing for a blank text, which the API refuses. */
export function encodeText(part: TextPart, path: string, losses: LossList): TextBlockParam[] {
  if (part.signature !== undefined) {
    losses.add(`${path}.signature`, 'only the vendor that sealed it can read it');
  }
  if (part.text.trim() === '') {
    if (part.text !== '') losses.add(path, 'the API refuses text that is blank');
    return [];
  }
  const citations = encodeCitations(part.citations);
  if (citations.length < (part.citations ?? []).length) {
    losses.add(`${path}.citations`, 'citations of another dialect name nothing here');
  }
  return [{ type: 'text', text: part.text, ...(citations.length > 0 && { citations }), ...encodeCache(part.cache) }];
}
