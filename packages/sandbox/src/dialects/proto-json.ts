import { isJsonObject, type JsonObject } from '../json.js';

/** Values with names of the caller's own, which stay as they are. */
const FOREIGN = new Set([
  'args',
  'labels',
  'parameters',
  'parametersJsonSchema',
  'partMetadata',
  'response',
  'responseJsonSchema',
  'responseSchema',
]);

/**
 * Google's servers read both spellings of a name, `generationConfig` and `generation_config`, and take null for absence.
 * Gives the body in the first spelling, without the nulls.
 */
export function withCamelNames(body: JsonObject): JsonObject {
  const named = Object.entries(body).flatMap(([name, value]): Array<[string, unknown]> => {
    if (value === null) return [];
    const camel = camelName(name);
    return [[camel, FOREIGN.has(camel) ? value : withCamelValues(value)]];
  });
  return Object.fromEntries(named);
}

export function camelName(name: string): string {
  return name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function withCamelValues(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withCamelValues);
  return isJsonObject(value) ? withCamelNames(value) : value;
}
