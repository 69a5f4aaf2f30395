import type { Part } from 'genai3';
import type { JsonObject } from '../../json/value.js';
import type { MediaPart, MediaSource } from '../neutral/neutral.types.js';
import { isPublicAddress } from '../public-address.js';
import { standardBase64 } from '../wire/base64.js';
import type { LossList } from '../wire/loss-list.js';
import { mediaKindOf, mediaTypeOf, usualMediaType } from '../wire/media-types.js';
import { READER, type WireFields } from './wire-fields.js';

type Kind = MediaPart['kind'];

/** Google demands a type beside an address; where nothing tells it, this is the most likely one. */
const BY_KIND: Readonly<Record<Kind, string>> = {
  image: 'image/jpeg',
  document: 'application/pdf',
  audio: 'audio/mpeg',
  video: 'video/mp4',
};

/** What was uploaded to Google before: in its Files API, or in its Cloud Storage. */
const UPLOADED = /^(?:gs:\/\/|(?:https:\/\/generativelanguage\.googleapis\.com\/[\w.]+\/)?files\/)/;
const YOUTUBE = /^https?:\/\/(?:www\.|m\.)?(?:youtube\.com|youtu\.be)\//;

/** An `inlineData`, of a part or of a function's response. */
export function decodeInlineData(data: WireFields, losses: LossList): MediaPart {
  const mediaType = usualMediaType(data.name('mimeType'));
  const base64 = data.name('data');
  const name = data.string('displayName');
  data.loseRest(losses);
  return {
    type: 'media',
    kind: mediaKindOf(mediaType),
    source: { type: 'base64', mediaType, data: standardBase64(base64) },
    ...(name && { name }),
  };
}

/** A `fileData`, of a part or of a function's response. */
export function decodeFileData(data: WireFields, losses: LossList): MediaPart {
  const uri = data.name('fileUri');
  const mediaType = usualMediaType(data.string('mimeType') ?? '') || mediaTypeOf(uri);
  const name = data.string('displayName');
  data.loseRest(losses);
  const kind = mediaType === null ? (YOUTUBE.test(uri) ? 'video' : 'document') : mediaKindOf(mediaType);
  return { type: 'media', kind, source: fileSource(uri, mediaType, data.at('fileUri')), ...(name && { name }) };
}

function fileSource(uri: string, mediaType: string | null, path: string): MediaSource {
  if (UPLOADED.test(uri)) return { type: 'file', origin: 'gemini', id: uri };
  if (/^https?:\/\//.test(uri)) return { type: 'url', url: uri, mediaType };
  READER.refuse(path, 'must be an http, https or gs address, or the name of an uploaded file');
}

/** The part that shows the media. `path` is where a refusal points to. */
export function encodeMedia(part: MediaPart, path: string): JsonObject {
  const { kind, source } = part;
  if (source.type === 'base64') {
    return { inlineData: { mimeType: source.mediaType, data: source.data } } satisfies Part;
  }
  if (source.type === 'url') {
    if (!isPublicAddress(source.url)) READER.refuse(path, 'must be a public http or https address');
    const mimeType = source.mediaType ?? mediaTypeOf(source.url) ?? BY_KIND[kind];
    return { fileData: { fileUri: source.url, mimeType } } satisfies Part;
  }
  if (source.origin !== 'gemini') READER.refuse(path, 'is a file that was uploaded to another vendor');
  const mimeType = mediaTypeOf(source.id);
  return { fileData: { fileUri: source.id, ...(mimeType && { mimeType }) } } satisfies Part;
}
