/** What a part of a prompt is called that is no text, as the value of its `type`. */
const MEDIA_TYPES: ReadonlySet<string> = new Set([
  ...['image', 'image_url', 'input_image', 'image_generation_call', 'computer_screenshot'],
  ...['audio', 'input_audio', 'video_url', 'input_video'],
  ...['file', 'input_file', 'document', 'document_url', 'container_upload'],
]);
/** Gemini says it by a key. */
const MEDIA_KEYS = ['"inlineData"', '"inline_data"', '"fileData"', '"file_data"'];
/** As much of those as is alike. */
const KEY_STEMS = ['"inline', '"file'];
const LONGEST_WORD = 24;
const ESCAPE = '\\u00';
const [QUOTE, COLON, SPACE] = [0x22, 0x3a, 0x20];

/**
 * Whether a request holds a picture, a recording, a film or a document, or may: where letters are spelt in escapes, which
 * nobody has to. However small it stands in the body, or though only its address does, it may be large for its reader.
 * Each byte is looked at a few times, whatever they say.
 */
export function mayHoldMedia(body: Buffer): boolean {
  return (
    isSomewhere(body, '"type"', end => MEDIA_TYPES.has(valueAt(body, end))) ||
    KEY_STEMS.some(stem => isSomewhere(body, stem, end => isMediaKey(body, end - stem.length))) ||
    isSomewhere(body, ESCAPE, end => isLetterDigit(body[end]))
  );
}

/** @param holds is asked for the place behind each occurrence of the word */
function isSomewhere(body: Buffer, word: string, holds: (end: number) => boolean): boolean {
  for (let at = body.indexOf(word); at >= 0; at = body.indexOf(word, at + word.length)) {
    if (holds(at + word.length)) return true;
  }
  return false;
}

/** The string that stands behind a key; '' where there is none. */
function valueAt(body: Buffer, keyEnd: number): string {
  const colon = skipSpace(body, keyEnd);
  if (body[colon] !== COLON) return '';
  const begin = skipSpace(body, colon + 1);
  if (body[begin] !== QUOTE) return '';
  return body.toString('latin1', begin + 1, begin + 1 + LONGEST_WORD).split('"', 1)[0] ?? '';
}

function isMediaKey(body: Buffer, at: number): boolean {
  const text = body.toString('latin1', at, at + LONGEST_WORD);
  return MEDIA_KEYS.some(key => text.startsWith(key));
}

/** Of an escape's number, the digit that all letters and the underscore share: 4 to 7. */
function isLetterDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x34 && byte <= 0x37;
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  while (at < body.length && (body[at] ?? 0) <= SPACE) at += 1;
  return at;
}
