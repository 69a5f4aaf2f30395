import type { JsonObject } from '../../json/value.js';
import { parseArguments as parseWhole, parseCarriable } from '../neutral/tool-arguments.js';
import { MAX_DEPTH } from './wire-fields.js';

/** Keys that say what the rest of a response is; `result` is what many write for `output`. */
const PLAIN_KEYS: readonly string[] = ['output', 'result', 'error'];

/** Numbers that JSON.parse would round, or nearly so. */
const DELICATE_NUMBER = /\d[\d.]{15}|\d[eE][+-]?\d\d/;

export interface ResultText {
  readonly text: string;
  readonly isError: boolean;
}

/** What a `functionResponse.response` says: the plain text under one of the usual keys, else the JSON as it is. */
export function decodeResultText(response: JsonObject): ResultText {
  const plain = plainKeyOf(response);
  if (plain === null) return { text: JSON.stringify(response), isError: false };
  return { text: response[plain] as string, isError: plain === 'error' };
}

/**
 * The object that Google demands: the tool's own one where it wrote a JSON object, else its text under the documented key.
 * A JSON text stays text where an object would change it: numbers would be rounded, or it would be read as a plain text.
 */
export function encodeResultText({ text, isError }: ResultText): JsonObject {
  if (isError) return { error: text };
  return (DELICATE_NUMBER.test(text) ? null : parseResponse(text)) ?? { output: text };
}

function parseResponse(text: string): JsonObject | null {
  const object = parseCarriable(text, MAX_DEPTH);
  return object !== null && plainKeyOf(object) === null ? object : null;
}

function plainKeyOf(response: JsonObject): string | null {
  const [key, ...others] = Object.keys(response);
  if (key === undefined || others.length > 0 || !PLAIN_KEYS.includes(key)) return null;
  return typeof response[key] === 'string' ? key : null;
}

/** A call's arguments, no deeper than Google's JSON goes. */
export function parseArguments(text: string): JsonObject | null {
  return parseWhole(text, MAX_DEPTH);
}
