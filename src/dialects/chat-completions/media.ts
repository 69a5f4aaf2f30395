import type { Json, JsonObject } from '../../json/value.js';
import type { MediaPart, MediaSource } from '../neutral/neutral.types.js';
import { standardBase64 } from '../wire/base64.js';
import { decodeDetail, isAddress, readDataUrl, writeDataUrl } from '../wire/data-url.js';
import type { FieldReader } from '../wire/field-reader.js';
import { fileName, mediaTypeOf } from '../wire/media-types.js';

type Kind = MediaPart['kind'];

/** `input_audio.format` and the media types that it stands for, the usual one first. */
const AUDIO_FORMATS: readonly (readonly [format: string, ...mediaTypes: string[]])[] = [
  ['wav', 'audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
  ['mp3', 'audio/mpeg', 'audio/mp3'],
  ['m4a', 'audio/mp4', 'audio/x-m4a'],
  ['pcm16', 'audio/pcm', 'audio/l16'],
];

/** The parts of a content array that hold no text; null for every other type of part. */
export function decodeMediaPart(part: JsonObject, path: string, reader: FieldReader): MediaPart | null {
  switch (part['type']) {
    case 'image_url':
      return decodeUrlPart(part, 'image', path, reader);
    case 'video_url':
      return decodeUrlPart(part, 'video', path, reader);
    case 'audio_url':
      return decodeUrlPart(part, 'audio', path, reader);
    case 'input_audio':
      return decodeAudio(part, path, reader);
    case 'document_url':
      return decodeDocument(part, path, reader);
    case 'file':
      return decodeFile(part, path, reader);
    default:
      return null;
  }
}

/** `{type: 'image_url', image_url: {url}}` and its likes for sound and film; some send the address itself. */
function decodeUrlPart(part: JsonObject, kind: Kind, path: string, reader: FieldReader): MediaPart {
  const field = `${path}.${kind}_url`;
  const value = part[`${kind}_url`];
  if (typeof value === 'string') return decodeAddress(value, kind, field, reader);
  const target = reader.object(value, field);
  const detail = decodeDetail(target, field, reader);
  return { ...decodeAddress(reader.string(target['url'], `${field}.url`), kind, `${field}.url`, reader), ...detail };
}

function decodeAddress(url: string, kind: Kind, field: string, reader: FieldReader): MediaPart {
  const data = readDataUrl(url);
  if (data !== null) return { type: 'media', kind: kindOf(data.mediaType, kind), source: data };
  if (!isAddress(url)) reader.refuse(field, 'must be a URL or a data URL in base64');
  return { type: 'media', kind, source: { type: 'url', url, mediaType: null } };
}

/** Mistral's part for a document: its address or a data URL, with or without a name. */
function decodeDocument(part: JsonObject, path: string, reader: FieldReader): MediaPart {
  const name = reader.findString(part, 'document_name', path);
  return { ...decodeUrlPart(part, 'document', path, reader), ...(name !== null && name !== '' && { name }) };
}

function decodeAudio(part: JsonObject, path: string, reader: FieldReader): MediaPart {
  const field = `${path}.input_audio`;
  const audio = reader.object(part['input_audio'], field);
  const data = reader.name(audio['data'], `${field}.data`);
  const format = reader.name(audio['format'], `${field}.format`);
  const known = AUDIO_FORMATS.find(([name]) => name === format)?.[1];
  if (known === undefined && !/^[a-z0-9.+-]{1,32}$/.test(format)) reader.refuse(`${field}.format`, 'is not known');
  return {
    type: 'media',
    kind: 'audio',
    source: { type: 'base64', mediaType: known ?? `audio/${format}`, data: standardBase64(data) },
  };
}

function decodeFile(part: JsonObject, path: string, reader: FieldReader): MediaPart {
  const field = `${path}.file`;
  const file = reader.object(part['file'], field);
  const name = reader.findString(file, 'filename', field);
  const data = reader.findString(file, 'file_data', field);
  const id = reader.findString(file, 'file_id', field);
  const named = name === null ? {} : { name };
  if (data !== null && data !== '') {
    const source = readFileData(data, name);
    const kind = source.mediaType === null ? 'document' : kindOf(source.mediaType, 'document');
    return { type: 'media', kind, source, ...named };
  }
  if (id === null || id === '') reader.refuse(field, 'must hold file_data or file_id');
  return { type: 'media', kind: 'document', source: { type: 'file', origin: 'openai', id }, ...named };
}

/** A data URL, the bare base64, or (OpenRouter) an address. */
function readFileData(data: string, name: string | null): Exclude<MediaSource, { type: 'file' }> {
  if (/^https?:\/\//i.test(data)) return { type: 'url', url: data, mediaType: null };
  const mediaType = mediaTypeOf(name ?? '') ?? 'application/pdf';
  return readDataUrl(data) ?? { type: 'base64', mediaType, data: standardBase64(data) };
}

/** Some put a PDF into `image_url`: its own type says better what it is. */
function kindOf(mediaType: string, otherwise: Kind): Kind {
  const [family] = mediaType.split('/', 1);
  if (family === 'image' || family === 'audio' || family === 'video') return family;
  return family === 'application' || family === 'text' ? 'document' : otherwise;
}

/** Null where the dialect has no part for it. */
export function encodeMediaPart(media: MediaPart): JsonObject | null {
  const { source, kind, name } = media;
  if (kind === 'document') return encodeFile(source, name);
  if (source.type === 'file') return null;
  if (kind === 'audio' && source.type === 'base64') {
    const format = audioFormatOf(source.mediaType);
    return format === null ? null : { type: 'input_audio', input_audio: { data: source.data, format } };
  }
  const detail: JsonObject = kind === 'image' && media.detail !== undefined ? { detail: media.detail } : {};
  return { type: `${kind}_url`, [`${kind}_url`]: { url: addressOf(source), ...detail } };
}

function encodeFile(source: MediaSource, name: string | undefined): JsonObject | null {
  if (source.type === 'url') return null;
  if (source.type === 'file') {
    const filename: JsonObject = name === undefined ? {} : { filename: name };
    return source.origin === 'openai' ? { type: 'file', file: { file_id: source.id, ...filename } } : null;
  }
  // The API asks for a name beside the data.
  return { type: 'file', file: { file_data: addressOf(source), filename: fileName(name, source.mediaType) } };
}

function addressOf(source: Exclude<MediaSource, { type: 'file' }>): string {
  return source.type === 'url' ? source.url : writeDataUrl(source);
}

function audioFormatOf(mediaType: string): string | null {
  const bare = mediaType.toLowerCase().split(';', 1)[0] ?? '';
  const known = AUDIO_FORMATS.find(([, ...types]) => types.includes(bare));
  return known?.[0] ?? /^audio\/([a-z0-9.+-]{1,32})$/.exec(bare)?.[1] ?? null;
}

/** The images that a model made, in OpenRouter's list beside the content. */
export function decodeImages(images: readonly Json[], path: string, reader: FieldReader): MediaPart[] {
  return images.map((value, index) => {
    const field = `${path}[${index}]`;
    return (
      decodeMediaPart(reader.object(value, field), field, reader) ?? reader.refuse(`${field}.type`, 'is not known')
    );
  });
}
