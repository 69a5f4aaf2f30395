/** PostgreSQL takes neither U+0000 nor half of a surrogate pair, wherever a text stands. */
const UNSTORABLE = /[\u0000\p{Cs}]/u;
const EVERY_UNSTORABLE = /[\u0000\p{Cs}]/gu;

export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** The same value with a replacement character where a text, or the name of a field, holds what cannot be stored. */
export function storable<Value>(value: Value): Value {
  return replaced(value) as Value;
}

function replaced(value: unknown): unknown {
  if (typeof value === 'string') return isStorable(value) ? value : value.replaceAll(EVERY_UNSTORABLE, '\ufffd');
  if (Array.isArray(value)) return value.map(replaced);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [replaced(name), replaced(item)]));
}
