import { skipSpace } from '../../json/space.js';
import { findInObject, readValue } from '../../json/splice.js';
import { asList, asObject, parseObject } from '../../json/value.js';
import type { Told } from '../stream-tap.js';

const KEYS = ['"error"', '"error_code"'].map(key => Buffer.from(key));
const CHOICES = Buffer.from('"choices"');
const COLON = 0x3a;
const LETTER_N = 0x6e;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** A longer body is scanned for its error and not parsed; of an error that is longer itself nothing is read. */
const MAX_BYTES = 262_144;

/**
 * The error that a provider sent in the place of an answer, with the status of one; null for an answer. Inside text a key's
 * quotes are escaped, so a search tells what need not be parsed.
 */
export function findFailure(body: Buffer): Told | null {
  if (!KEYS.some(key => isSaid(body, key))) return null;
  if (body.length > MAX_BYTES) return findInLarge(body);
  const answer = parseObject(body.toString('utf8'));
  return answer !== null && (answer['error'] || answer['error_code']) ? answer : null;
}

/** The same for chat completions, where an answer without a single choice is none either, unless it was counted. */
export function findChatFailure(body: Buffer): Told | null {
  const failure = findFailure(body);
  if (failure !== null || body.length > MAX_BYTES || !isWithoutChoices(body)) return failure;
  const answer = parseObject(body.toString('utf8'));
  const choices = answer?.['choices'];
  const counted = Number(asObject(answer?.['usage'])?.['completion_tokens']) > 0;
  return answer !== null && !counted && (choices === null || asList(choices).length === 0) ? answer : null;
}

function findInLarge(body: Buffer): Told | null {
  const { field } = findInObject(body, 'error');
  if (field === null) return null;
  const error = readValue(body, field, MAX_BYTES);
  return error === undefined || error ? { error: error ?? {} } : null;
}

function isWithoutChoices(body: Buffer): boolean {
  const value = valueOf(body, CHOICES, 0);
  if (value === -1) return false;
  return (
    body[value] === LETTER_N || (body[value] === OPEN_BRACKET && body[skipSpace(body, value + 1)] === CLOSE_BRACKET)
  );
}

/** Whether the key has a value that is not null: answers of some dialects say that there was no error. */
function isSaid(body: Buffer, key: Buffer): boolean {
  for (let at = valueOf(body, key, 0); at !== -1; at = valueOf(body, key, at)) if (body[at] !== LETTER_N) return true;
  return false;
}

function valueOf(body: Buffer, key: Buffer, from: number): number {
  for (let found = body.indexOf(key, from); found !== -1; found = body.indexOf(key, found + key.length)) {
    const colon = skipSpace(body, found + key.length);
    if (body[colon] === COLON) return skipSpace(body, colon + 1);
  }
  return -1;
}
