import { isCarriable, type JsonObject, parseObject } from '../../json/value.js';

/**
 * The arguments of a call as an object, which most vendors and their SDKs demand; {} for a text that is blank.
 * Null for a text that is no JSON object, as one that was cut, or that holds a number that JSON cannot write.
 */
export function parseArguments(text: string, maxDepth?: number): JsonObject | null {
  return text.trim() === '' ? {} : parseCarriable(text, maxDepth);
}

/** A text as the JSON object that it is; null for every other, and for one that JSON could not say again. */
export function parseCarriable(text: string, maxDepth?: number): JsonObject | null {
  const value = text.trimStart().startsWith('{') ? parseObject(text) : null;
  return value !== null && isCarriable(value, maxDepth) ? value : null;
}

/** What is sent of arguments that are no JSON object: their text, whole. An empty object would look like a call without arguments. */
export function rawArguments(text: string): JsonObject {
  return { _raw: text };
}
