import type { JsonObject } from '../../json/value.js';
import type { MediaPart, MediaSource } from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { standardBase64 } from '../wire/base64.js';
import { decodeDetail, isAddress, readDataUrl, writeDataUrl } from '../wire/data-url.js';
import { REQUEST } from '../wire/field-reader.js';
import { fileName, mediaKindOf, mediaTypeOf } from '../wire/media-types.js';

const AUDIO_TYPES: Readonly<Record<string, string>> = { wav: 'audio/wav', mp3: 'audio/mpeg' };

/** `input_image`, `input_file` and `input_audio`; null for every other type of content. */
export function decodeInputMedia(part: JsonObject, path: string): MediaPart | null {
  if (part['type'] === 'input_image') return decodeImage(part, path);
  if (part['type'] === 'input_file') return decodeFile(part, path);
  return part['type'] === 'input_audio' ? decodeAudio(part, path) : null;
}

function decodeImage(part: JsonObject, path: string): MediaPart {
  const detail = decodeDetail(part, path, REQUEST);
  const id = REQUEST.findString(part, 'file_id', path);
  const url = REQUEST.findString(part, 'image_url', path);
  if (url === null && id === null) return REQUEST.refuse(path, 'must hold image_url or file_id');
  const source: MediaSource = url === null ? fileOf(id ?? '') : (readDataUrl(url) ?? urlOf(url, `${path}.image_url`));
  return { type: 'media', kind: 'image', source, ...detail };
}

function decodeFile(part: JsonObject, path: string): MediaPart {
  const name = REQUEST.findString(part, 'filename', path);
  const data = REQUEST.findString(part, 'file_data', path);
  const url = REQUEST.findString(part, 'file_url', path);
  const id = REQUEST.findString(part, 'file_id', path);
  const named = name === null ? {} : { name };
  if (data !== null) {
    const mediaType = mediaTypeOf(name ?? '') ?? 'application/pdf';
    const source = readDataUrl(data) ?? { type: 'base64' as const, mediaType, data: standardBase64(data) };
    return { type: 'media', kind: kindOf(source), source, ...named };
  }
  if (url !== null) {
    const source = readDataUrl(url) ?? urlOf(url, `${path}.file_url`);
    return { type: 'media', kind: kindOf(source), source, ...named };
  }
  if (id === null) return REQUEST.refuse(path, 'must hold file_data, file_url or file_id');
  return { type: 'media', kind: 'document', source: fileOf(id), ...named };
}

function kindOf(source: MediaSource): MediaPart['kind'] {
  return source.type === 'base64' ? mediaKindOf(source.mediaType) : 'document';
}

function decodeAudio(part: JsonObject, path: string): MediaPart {
  const audio = REQUEST.object(part['input_audio'], `${path}.input_audio`);
  const format = REQUEST.name(audio['format'], `${path}.input_audio.format`);
  const data = REQUEST.name(audio['data'], `${path}.input_audio.data`);
  return {
    type: 'media',
    kind: 'audio',
    source: { type: 'base64', mediaType: AUDIO_TYPES[format] ?? `audio/${format}`, data: standardBase64(data) },
  };
}

/** The picture that the vendor's own tool made; null where the item holds none. */
export function decodeMadeImage({ result, output_format: format }: JsonObject): MediaPart | null {
  if (typeof result !== 'string' || result === '') return null;
  const mediaType = format === 'jpeg' || format === 'webp' ? `image/${format}` : 'image/png';
  return { type: 'media', kind: 'image', source: { type: 'base64', mediaType, data: standardBase64(result) } };
}

/** @throws {RequestFieldError} for what this dialect cannot hold */
export function encodeInputMedia(media: MediaPart, path: string): JsonObject {
  const { source, kind } = media;
  if (source.type === 'file' && source.origin !== 'openai') throw unsayable(path, 'a file of another provider');
  if (kind === 'image') return { type: 'input_image', ...imageSource(source), detail: media.detail ?? 'auto' };
  if (kind === 'audio' || kind === 'video') throw unsayable(path, kind);
  if (source.type === 'file') return { type: 'input_file', file_id: source.id };
  if (source.type === 'url') return { type: 'input_file', file_url: source.url };
  return { type: 'input_file', filename: fileName(media.name, source.mediaType), file_data: writeDataUrl(source) };
}

function imageSource(source: MediaSource): JsonObject {
  if (source.type === 'file') return { file_id: source.id };
  return { image_url: source.type === 'url' ? source.url : writeDataUrl(source) };
}

function unsayable(path: string, what: string): RequestFieldError {
  return new RequestFieldError(path, `${path}: ${what} cannot be sent to this model`);
}

function fileOf(id: string): MediaSource {
  return { type: 'file', origin: 'openai', id };
}

function urlOf(url: string, path: string): MediaSource {
  if (!isAddress(url)) REQUEST.refuse(path, 'must be a URL or a data URL in base64');
  return { type: 'url', url, mediaType: null };
}
