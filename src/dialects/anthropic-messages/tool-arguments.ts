import { isCarriable } from '../../json/value.js';
import type { JsonObject } from '../../json/value.js';

export interface ToolInput {
  readonly input: JsonObject;
  /** the text was a JSON object, or nothing */
  readonly whole: boolean;
  /** it holds a number that JSON cannot write */
  readonly infinite: boolean;
}

/**
 * The arguments as an object, which this dialect and its SDKs demand. A text that is none, such as one that was cut, is kept
 * whole under `_raw`: an empty object would look like a call without arguments.
 */
export function readArguments(text: string): ToolInput {
  if (text.trim() === '') return { input: {}, whole: true, infinite: false };
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { input: { _raw: text }, whole: false, infinite: false };
  }
  return isCarriable(value)
    ? { input: value as JsonObject, whole: true, infinite: false }
    : { input: { _raw: text }, whole: false, infinite: true };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
