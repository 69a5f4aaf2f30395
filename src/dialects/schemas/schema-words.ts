import type { Json } from '../../json/value.js';

type Write = (value: Json) => string | null;

const counted =
  (before: string, noun: string): Write =>
  value =>
    typeof value === 'number' ? `${before} ${value} ${value === 1 ? noun : `${noun}s`}` : null;
const number =
  (before: string): Write =>
  value =>
    typeof value === 'number' ? `${before} ${value}` : null;

/** Constraints that structured outputs do not take, as a description says them. */
const WORDS: ReadonlyMap<string, Write> = new Map<string, Write>([
  ['minimum', number('at least')],
  ['maximum', number('at most')],
  ['exclusiveMinimum', number('more than')],
  ['exclusiveMaximum', number('less than')],
  ['multipleOf', number('a multiple of')],
  ['minLength', counted('at least', 'character')],
  ['maxLength', counted('at most', 'character')],
  ['minItems', counted('at least', 'item')],
  ['maxItems', counted('at most', 'item')],
  ['uniqueItems', value => (value === true ? 'no item twice' : null)],
  ['pattern', value => (typeof value === 'string' ? `matching the regular expression ${value}` : null)],
  ['format', value => (typeof value === 'string' ? `in the format ${value}` : null)],
]);

/** A keyword of JSON Schema in words. */
export function wordsOf(keyword: string, value: Json): string {
  return WORDS.get(keyword)?.(value) ?? `${keyword}: ${JSON.stringify(value)}`;
}

/** Keywords that describe and constrain nothing: they need no words. */
export const SILENT: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$anchor',
  '$comment',
  '$vocabulary',
  'deprecated',
  'readOnly',
  'writeOnly',
  'propertyOrdering',
]);

/** What helps a model and holds it to nothing: told in words, and no loss. */
export const HINTS: ReadonlySet<string> = new Set(['default', 'example', 'examples']);

/** Whether a keyword with this value constrains nothing and describes nothing. */
export function saysNothing(keyword: string, value: Json): boolean {
  if (keyword === 'uniqueItems' || keyword === 'nullable') return value === false;
  if (keyword === 'additionalProperties' || keyword === 'additionalItems') return typeof value === 'boolean';
  return (keyword === 'minLength' || keyword === 'minItems' || keyword === 'minProperties') && value === 0;
}

/** A description with more words behind it. */
export function describe(description: Json | undefined, words: readonly string[]): string {
  const before = typeof description === 'string' && description !== '' ? [description] : [];
  const after = words.length === 0 ? [] : [`(${words.join('; ')})`];
  return [...before, ...after].join('\n');
}
