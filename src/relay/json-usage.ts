import type { UsageFields } from '../dialects/descriptor.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import type { JsonField } from '../json/json-field.js';
import { parseObject } from '../json/value.js';
import { findAllInObject, KeySet, readValue } from '../json/splice.js';

const MAX_USAGE_BYTES = 16_384;

export interface UsageRules {
  readonly usageFields: UsageFields;
  /** @param answer as many of its `usageFields` as were found, and perhaps others */
  readUsage(answer: Readonly<Record<string, unknown>>): TokenCounts | null;
}

export interface FoundUsage {
  /** it is one JSON object from its beginning to its end */
  readonly whole: boolean;
  readonly usage: TokenCounts | null;
}

/** Up to here, parsing all of an answer takes less than looking for what matters of it. */
const PARSED_UP_TO_BYTES = 4_096;

/** Of an answer. */
export function usageIn(body: Buffer, rules: UsageRules): FoundUsage {
  const answer = body.length <= PARSED_UP_TO_BYTES ? parseObject(body.toString('utf8')) : null;
  // What does not parse may be whole all the same, and a broken one may have told its usage before.
  return answer === null ? usageFoundIn(body, rules) : { whole: true, usage: rules.readUsage(answer) };
}

/** The same without parsing the rest, of whatever length. */
export function usageFoundIn(body: Buffer, rules: UsageRules): FoundUsage {
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
