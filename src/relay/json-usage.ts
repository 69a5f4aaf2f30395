import type { UsageFields } from '../dialects/descriptor.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import type { JsonField } from '../json/json-field.js';
import { findAllInObject, KeySet, readValue } from '../json/splice.js';

const MAX_USAGE_BYTES = 16_384;

export interface UsageRules {
  readonly usageFields: UsageFields;
  /** @param answer as many of its `usageFields` as were found */
  readUsage(answer: Readonly<Record<string, unknown>>): TokenCounts | null;
}

/** Of an answer, and whether it is one JSON object from its beginning to its end. */
export function usageIn(
  body: Buffer,
  rules: UsageRules,
): { readonly whole: boolean; readonly usage: TokenCounts | null } {
  const { whole, fields } = findAllInObject(body, namesOf(rules.usageFields));
  return { whole, usage: usageOf(body, fields, rules) };
}

/** By the dialect's own object: an answer is read with the names that were made for the first one. */
const NAMES = new WeakMap<UsageFields, KeySet>();

function namesOf(fields: UsageFields): KeySet {
  let names = NAMES.get(fields);
  if (names === undefined) {
    names = new KeySet(Object.keys(fields));
    NAMES.set(fields, names);
  }
  return names;
}

function usageOf(body: Buffer, fields: ReadonlyMap<string, JsonField>, rules: UsageRules): TokenCounts | null {
  const found: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    const mentions = rules.usageFields[name];
    // Parsing a long answer for its calls of tools would be for nothing, mostly.
    if (mentions == null) found[name] = readValue(body, field, MAX_USAGE_BYTES);
    else if (mentionsOne(body.subarray(field.start, field.end), mentions))
      found[name] = readValue(body, field, Infinity);
  }
  return rules.readUsage(found);
}

function mentionsOne(value: Buffer, words: readonly string[]): boolean {
  return words.some(word => value.includes(word));
}
