import type { JsonObject } from '../../json/value.js';
import type { Grammar } from '../neutral/neutral.types.js';
import { REQUEST } from './field-reader.js';

/** What the text for a custom tool must be like. @throws {RequestFieldError} */
export function decodeGrammar(owner: JsonObject, path: string): Grammar {
  return {
    syntax: REQUEST.name(owner['syntax'], `${path}.syntax`),
    definition: REQUEST.string(owner['definition'], `${path}.definition`),
  };
}
