import { asList, asNumber, asObject, isJsonObject, type JsonObject } from '../json.js';
import { patternValue } from './pattern-value.js';
import type { PromptReading } from './prompt-reading.js';
import { asTypes, fitsNumber, fitsSchema, followReference, refuseSchema, type StepBudget } from './schema-check.js';
import type { SeededRandom } from './seeded-random.js';

/** From this depth on values stay as small as the schema lets them, so that recursive schemas come to an end. */
const FULL_DEPTH = 4;
const MAX_DEPTH = 32;
const MAX_SIZE = 1000;
const MAX_CHARS = 64 * 1024;
const TRIES = 6;
const UNIQUE_TRIES = 24;
const MAX_NUMBERS = 100;
const STEPS_A_VALUE = 20;
const STEPS_A_FAILURE = 50;

/** No value fits this part of the schema; another branch of it may still do. */
class NoSuchValue extends Error {}

interface Making {
  root: unknown;
  reading: PromptReading;
  random: SeededRandom;
  budget: StepBudget;
  /** Whether properties are made that nobody requires. */
  isFull: boolean;
}

/**
 * Makes a JSON value that fits the schema, with the prompt's numbers and words where they fit. The same arguments give
 * the same value. Throws `RequestRefusal` (400) when no value is found, or when the schema asks for more than the sandbox
 * can do.
 */
export function schemaValue(schema: unknown, making: Omit<Making, 'root'>): unknown {
  try {
    return make(schema, '', 0, { ...making, root: schema });
  } catch (error) {
    if (error instanceof NoSuchValue) throw refuseSchema(`no value was found that fits it (${error.message})`);
    throw error;
  }
}

function make(schema: unknown, name: string, depth: number, making: Making): unknown {
  const { root, budget } = making;
  if (schema === false || depth > MAX_DEPTH) throw new NoSuchValue(depth > MAX_DEPTH ? 'it never ends' : 'false');
  let reason = 'its parts exclude each other';
  for (const branch of branchesOf(schema, depth, making)) {
    const isPlain = branch === schema && !('not' in branch);
    for (let attempt = 0; attempt < (isPlain ? 1 : TRIES); attempt++) {
      budget.spend(STEPS_A_VALUE);
      try {
        const value = makePlain(branch, name, depth, changed(making, attempt));
        if (isPlain || fitsSchema(schema, value, root, budget)) return value;
      } catch (error) {
        if (!(error instanceof NoSuchValue)) throw error;
        budget.spend(STEPS_A_FAILURE);
        reason = error.message;
      }
    }
  }
  throw new NoSuchValue(reason);
}

/** What nobody requires may be what another part forbids, and so may be the prompt's own words. */
function changed(making: Making, attempt: number): Making {
  if (attempt === 0) return making;
  return attempt === 1 ? { ...making, isFull: false } : varied({ ...making, isFull: false });
}

/** The schema with its references and `allOf` folded in, once with each of its alternatives. */
function* branchesOf(schema: unknown, depth: number, making: Making, hops = 0): Generator<JsonObject> {
  if (schema === false || hops > MAX_DEPTH) return;
  making.budget.spend(STEPS_A_VALUE);
  const { $ref: reference, allOf, anyOf, oneOf, ...own } = asObject(schema);
  const parts = [...(reference === undefined ? [] : [followReference(making.root, reference, making.budget)])];
  parts.push(...asList(allOf));
  const alternatives = [anyOf, oneOf].filter(Array.isArray).map(asList);
  if (parts.length === 0 && alternatives.length === 0) return yield asObject(schema);
  let folded: JsonObject[] = [own];
  for (const choices of [...parts.map(part => [part]), ...alternatives]) {
    const ordered = depth < FULL_DEPTH ? choices : choices.toSorted((left, right) => weightOf(left) - weightOf(right));
    const next: JsonObject[] = [];
    for (const left of folded) {
      for (const choice of ordered) {
        for (const right of branchesOf(choice, depth, making, hops + 1)) {
          making.budget.spend(STEPS_A_VALUE + Object.keys(right).length + Object.keys(left).length);
          next.push(joined(left, right));
        }
      }
    }
    folded = next;
  }
  yield* folded;
}

function weightOf(schema: unknown): number {
  if (!isJsonObject(schema)) return 0;
  if ('$ref' in schema || 'properties' in schema || 'allOf' in schema) return 2;
  return schema['type'] === 'array' ? 1 : 0;
}

/** Both demands in one. What cannot be joined keeps the second: the whole is checked against the value anyway. */
function joined(left: JsonObject, right: JsonObject): JsonObject {
  const both: JsonObject = { ...left, ...right };
  const [known, more] = [asObject(left['properties']), asObject(right['properties'])];
  const shared = Object.keys(known).filter(key => Object.hasOwn(more, key));
  if ('properties' in both) {
    both['properties'] = {
      ...known,
      ...more,
      ...Object.fromEntries(shared.map(key => [key, { allOf: [known[key], more[key]] }])),
    };
  }
  if ('required' in both) both['required'] = [...new Set([...asList(left['required']), ...asList(right['required'])])];
  for (const [words, pick] of BOUNDS) {
    for (const word of words) {
      const [one, other] = [asNumber(left[word]), asNumber(right[word])];
      if (one !== undefined && other !== undefined) both[word] = pick(one, other);
    }
  }
  return both;
}

const BOUNDS = [
  [['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'], Math.max],
  [['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'], Math.min],
] as const;

function makePlain(schema: JsonObject, name: string, depth: number, making: Making): unknown {
  const { root, budget, random, reading } = making;
  if ('const' in schema) return repeated(schema['const'], making);
  if (Array.isArray(schema['enum'])) {
    const { enum: listed, ...rest } = schema;
    const fitting = asList(listed).filter(value => fitsSchema(rest, value, root, budget));
    const mentioned = fitting.find(
      value => typeof value === 'string' && value.length > 1 && reading.question.includes(value),
    );
    if (fitting.length === 0) throw new NoSuchValue('an empty enum');
    return repeated(mentioned ?? random.pick(fitting), making);
  }
  if ('default' in schema && fitsSchema(schema, schema['default'], root, budget)) {
    return repeated(schema['default'], making);
  }
  const type = typeOf(schema, depth);
  if (type === 'null') return null;
  if (type === 'boolean') return random.next() < 0.5;
  if (type === 'integer' || type === 'number') return numberValue(schema, type === 'integer', making);
  if (type === 'array') return makeArray(schema, name, depth, making);
  return type === 'object' ? makeObject(schema, depth, making) : stringValue(schema, name, making);
}

/** A value that the schema itself holds: written once there, and as often as wished in the answer. */
function repeated(value: unknown, { budget }: Making): unknown {
  budget.spend(JSON.stringify(value).length);
  return value;
}

function typeOf(schema: JsonObject, depth: number): string {
  const types = asTypes(schema['type']);
  if (depth >= FULL_DEPTH && types.includes('null')) return 'null';
  const [first] = types.filter(type => type !== 'null');
  if (first !== undefined || types.length > 0) return first ?? 'null';
  if (['properties', 'required', 'additionalProperties', 'minProperties'].some(word => word in schema)) return 'object';
  if (['items', 'prefixItems', 'minItems', 'contains'].some(word => word in schema)) return 'array';
  return ['minimum', 'maximum', 'multipleOf'].some(word => word in schema) ? 'number' : 'string';
}

/** A lower bound on the number of items or properties. Throws `RequestRefusal` when it is beyond reason. */
function leastOf(schema: JsonObject, word: 'minItems' | 'minProperties'): number {
  const least = asNumber(schema[word]) ?? 0;
  if (least > MAX_SIZE) throw refuseSchema(`'${word}' above ${MAX_SIZE} is not supported`);
  return least;
}

function makeArray(schema: JsonObject, name: string, depth: number, making: Making): unknown[] {
  const tuple = asList(schema['prefixItems']);
  const usual = Math.max(tuple.length, depth < FULL_DEPTH - 1 ? 2 : 0);
  const most = asNumber(schema['maxItems']) ?? Infinity;
  const least = Math.max(leastOf(schema, 'minItems'), 'contains' in schema ? 1 : 0);
  const items: unknown[] = [];
  const taken = new Set<string>();
  const isUnique = schema['uniqueItems'] === true;
  for (let tries = 0; items.length < Math.min(most, Math.max(least, usual)); tries++) {
    const own = items.length < tuple.length ? tuple[items.length] : (schema['items'] ?? true);
    const item = items.length === 0 && 'contains' in schema ? { allOf: [own, schema['contains']] } : own;
    if (own === false || tries > UNIQUE_TRIES + 2 * least) break;
    const made = make(
      item,
      tries === 0 ? name.replace(/s$/, '') : '',
      depth + 1,
      tries === 0 ? making : varied(making),
    );
    const text = isUnique ? JSON.stringify(made) : '';
    if (isUnique && taken.has(text)) continue;
    taken.add(text);
    items.push(made);
  }
  if (items.length < least) throw new NoSuchValue('too few items');
  return items;
}

/** The prompt's words run out soon where every item must differ. */
function varied(making: Making): Making {
  const word = `${making.random.pick(['part', 'item', 'note', 'case'])} ${making.random.between(1, 9999)}`;
  return { ...making, reading: { ...making.reading, question: '', numbers: [], keywords: [word] } };
}

function makeObject(schema: JsonObject, depth: number, making: Making): JsonObject {
  const known = asObject(schema['properties']);
  const required = new Set(asList(schema['required']).map(String));
  const least = leastOf(schema, 'minProperties');
  const most = asNumber(schema['maxProperties']) ?? Infinity;
  const made = new Map<string, unknown>();
  const add = (key: string): void => {
    making.budget.spend(1 + key.length);
    const own = Object.hasOwn(known, key) ? known[key] : (schema['additionalProperties'] ?? true);
    made.set(key, make(own, key, depth + 1, making));
  };
  for (const key of required) add(key);
  for (const key of Object.keys(known)) {
    const isWished = making.isFull && depth < FULL_DEPTH - 1;
    if (required.has(key) || made.size >= most || !(isWished || made.size < least)) continue;
    try {
      add(key);
    } catch (error) {
      if (!(error instanceof NoSuchValue)) throw error;
    }
  }
  for (let index = 1; made.size < least; index++) add(`field${index}`);
  if (made.size > most) throw new NoSuchValue('too many properties');
  return Object.fromEntries(made);
}

/** A number within the bounds and steps; one that the prompt mentions when it fits. */
function numberValue(schema: JsonObject, isWhole: boolean, { reading, random, budget }: Making): number {
  const fits = (value: number): boolean => (!isWhole || Number.isInteger(value)) && fitsNumber(schema, value);
  const mentioned = reading.numbers.find(fits);
  if (mentioned !== undefined) return mentioned;
  const bound = (words: string[]): number | undefined => words.map(word => asNumber(schema[word])).find(isNumber);
  const low = bound(['minimum', 'exclusiveMinimum']);
  const high = bound(['maximum', 'exclusiveMaximum']);
  const from = low ?? (high === undefined ? 0 : high - 100);
  const to = high ?? from + 100;
  const step = asNumber(schema['multipleOf']) ?? (isWhole ? 1 : Math.min(0.01, (to - from) / 100 || 0.01));
  const [first, last] = [Math.ceil(from / step), Math.max(Math.floor(to / step), Math.ceil(from / step) + 1)];
  const at = (times: number): number => Number((times * step).toPrecision(12));
  const chosen = at(random.between(first, last));
  if (fits(chosen)) return chosen;
  budget.spend(MAX_NUMBERS);
  const found = [...Array.from({ length: MAX_NUMBERS }, (_, index) => at(first + index)), (from + to) / 2].find(fits);
  if (found === undefined) throw new NoSuchValue('no number between the bounds');
  return found;
}

const isNumber = (value: unknown): value is number => typeof value === 'number';

/** A value of each format, and what makes it longer. */
const FORMATS: Record<string, [value: string, padding?: string]> = {
  'date-time': ['2026-01-15T12:00:00Z'],
  date: ['2026-01-15'],
  time: ['12:00:00Z'],
  email: ['user@example.com'],
  hostname: ['host.example.com'],
  ipv4: ['192.0.2.1'],
  uri: ['https://example.com/', 'x'],
  uuid: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'],
};
const USUAL_VALUES: ReadonlyArray<readonly [RegExp, string]> = [
  [/e-?mail/i, 'user@example.com'],
  [/url|uri|link/i, 'https://example.com/'],
  [/date/i, '2026-01-15'],
  [/city|location|place/i, 'Paris'],
  [/name|author|person/i, 'Ada Lovelace'],
];

/** A string of the wished length, in characters, of the schema's pattern or format, or else a usual or the prompt's word. */
function stringValue(schema: JsonObject, name: string, { reading, random, budget }: Making): string {
  const low = asNumber(schema['minLength']) ?? 0;
  const high = asNumber(schema['maxLength']) ?? Infinity;
  if (low > high) throw new NoSuchValue('minLength above maxLength');
  if (low > MAX_CHARS) throw refuseSchema(`'minLength' above ${MAX_CHARS} is not supported`);
  budget.spend(low);
  const format = typeof schema['format'] === 'string' ? schema['format'] : '';
  if (Object.hasOwn(FORMATS, format)) {
    const [value, padding] = FORMATS[format];
    const padded = padding === undefined ? value : value.padEnd(low, padding);
    if (padded.length < low || padded.length > high) throw new NoSuchValue(`no ${format} of that length`);
    return padded;
  }
  if (typeof schema['pattern'] === 'string') return patternValue(schema['pattern'], { low, high }, random, budget);
  const usual = USUAL_VALUES.find(([pattern]) => pattern.test(name.slice(0, 64)))?.[1];
  const text = reading.question === '' || usual === undefined ? (reading.keywords[0] ?? usual ?? 'sample') : usual;
  return [...text.padEnd(low, ' and so on')].slice(0, Math.min(high, MAX_CHARS)).join('');
}
