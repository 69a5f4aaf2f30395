import { WordIndex } from '../json/word-index.js';
import { SERVED_FIELDS, type ServedField } from './served.js';

/**
 * What the strings of a request tell of what it may cost, wherever they stand and whatever they are: a picture, a recording,
 * a film or a document, which may be large for its reader however small it stands in the body; spoken output; tools, before
 * which makers put a prompt; a field by which it is served at another price.
 */
export type Mention = 'media' | 'speech' | 'tools' | ServedField;

/** What a part of a prompt is called that is no text, as the value of its `type`. A schema may well have a field `file`. */
const MEDIA_TYPES = [
  ...['image', 'image_url', 'input_image', 'image_generation_call', 'computer_screenshot'],
  ...['audio', 'input_audio', 'video_url', 'input_video'],
  ...['file', 'input_file', 'document', 'document_url', 'container_upload'],
];
/** Gemini says it by a key. */
const MEDIA_KEYS = ['inlineData', 'inline_data', 'fileData', 'file_data'];
/** One of these stands in every request for spoken output. */
const SPEECH_WORDS = ['audio', 'modalities', 'responseModalities', 'response_modalities'];

const telling = (tells: Mention, words: readonly string[], under?: string) =>
  words.map(word => (under === undefined ? { word, tells } : { word, tells, under }));

/** The words that a request is searched for while it is scanned. */
export const MENTIONS = new WordIndex([
  ...telling('media', MEDIA_TYPES, 'type'),
  ...telling('media', MEDIA_KEYS),
  ...telling('speech', SPEECH_WORDS),
  ...telling('tools', ['tools']),
  ...SERVED_FIELDS.flatMap(field => telling(field, [field])),
]);
