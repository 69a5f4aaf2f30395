import type { MediaPart } from '../neutral/neutral.types.js';

type Kind = MediaPart['kind'];

const OFFICE = 'application/vnd.openxmlformats-officedocument';

/** The media types of files by the ends of their names; of several ends the usual one first. */
const BY_EXTENSION: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  docx: `${OFFICE}.wordprocessingml.document`,
  xlsx: `${OFFICE}.spreadsheetml.sheet`,
  pptx: `${OFFICE}.presentationml.presentation`,
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
};
const EXTENSIONS: ReadonlyMap<string, string> = new Map(
  Object.entries(BY_EXTENSION)
    .toReversed()
    .map(([extension, type]) => [type, extension]),
);

/** Vendors refuse the names on the left although everybody means the ones on the right. */
const USUAL_TYPES: ReadonlyMap<string, string> = new Map([['image/jpg', 'image/jpeg']]);

/** A media type as every vendor spells it: in lower case, and with parameters only where sound or film needs them. */
export function usualMediaType(mediaType: string): string {
  const [bare = '', ...parameters] = mediaType.split(';');
  const type = bare.trim().toLowerCase();
  const kind = mediaKindOf(type);
  if (kind === 'audio' || kind === 'video') return [type, ...parameters].join(';');
  return USUAL_TYPES.get(type) ?? type;
}

/** The media type of a file or an address by the end of its name; null for one that tells none. */
export function mediaTypeOf(name: string): string | null {
  const extension = /\.(\w{1,5})(?:[?#].*)?$/s.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(BY_EXTENSION, extension) ? (BY_EXTENSION[extension] ?? null) : null;
}

export function mediaKindOf(mediaType: string): Kind {
  const kind = mediaType.slice(0, mediaType.indexOf('/')).toLowerCase();
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'document';
}

/** A file's name with an end that tells its type, by which OpenAI reads it. @param name a title or nothing will do */
export function fileName(name: string | undefined, mediaType: string): string {
  if (name !== undefined && /\.\w{1,8}$/.test(name)) return name;
  return `${name === undefined || name === '' ? 'document' : name}.${EXTENSIONS.get(usualMediaType(mediaType)) ?? 'txt'}`;
}
