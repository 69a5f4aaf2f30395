import type { PromptReading } from '../prompt-reading.js';
import { type SeededRandom, seededId } from '../seeded-random.js';
import { patternValue } from './pattern-value.js';
import type { JsonObject } from '../wire-checks.js';
import { refuseSchema } from './schema-refusal.js';
import { asNumber, CHARACTERS_A_STEP, NoSuchValue } from './schema-words.js';
import type { StepBudget } from './step-budget.js';

/** A string longer than this is nobody's honest wish, and would cost everybody's memory. */
const MAX_CHARS = 256 * 1024;

/** For each format a usual value and, where one exists, the shortest. Lengths are met by choosing and by padding. */
const FORMATS: Record<
  string,
  (random: SeededRandom) => { values: string[]; pad?: (value: string, by: number) => string }
> = {
  'date-time': random => ({ values: [`${day(random)}T${clock(random)}Z`] }),
  date: random => ({ values: [day(random)] }),
  time: random => ({ values: [`${clock(random)}Z`] }),
  duration: random => ({ values: [`PT${random.between(1, 59)}M`, 'P1D'] }),
  email: random => ({
    values: [`user${random.between(1, 99)}@example.com`, 'a@b.co'],
    pad: (value, by) => 'x'.repeat(by) + value,
  }),
  hostname: random => ({ values: [`host${random.between(1, 99)}.example.com`, 'a.co'], pad: padLabel }),
  ipv4: random => ({ values: [`192.0.2.${random.between(1, 254)}`, '8.8.8.8'] }),
  ipv6: random => ({ values: [`2001:db8::${random.between(1, 9999)}`, '::1'] }),
  uri: random => ({
    values: [`https://example.com/items/${random.between(1, 999)}`, 'urn:a:b'],
    pad: (value, by) => value + 'x'.repeat(by),
  }),
  uuid: random => ({ values: [uuid(random)] }),
  'json-pointer': () => ({ values: ['/items/0', ''], pad: (value, by) => value + 'x'.repeat(by) }),
  regex: () => ({ values: ['^[a-z]+$', 'a'], pad: (value, by) => value + 'a'.repeat(by) }),
};
const SAME_FORMATS: Record<string, string> = {
  'idn-email': 'email',
  'idn-hostname': 'hostname',
  iri: 'uri',
  'uri-reference': 'uri',
  'iri-reference': 'uri',
  url: 'uri',
};

/** What a property of this name usually holds, when the prompt says nothing better. */
const USUAL_VALUES: ReadonlyArray<readonly [RegExp, string]> = [
  [/e-?mail/i, 'user@example.com'],
  [/url|uri|link|href/i, 'https://example.com/'],
  [/date/i, '2026-01-15'],
  [/time/i, '12:00'],
  [/phone/i, '+1 555 0100'],
  [/currency/i, 'EUR'],
  [/country/i, 'Switzerland'],
  [/city|location|place/i, 'Paris'],
  [/language|locale/i, 'en'],
  [/name|author|person/i, 'Ada Lovelace'],
  [/path|file/i, 'README.md'],
];

/**
 * A string that fits the length (in characters), pattern and format of the schema, taken from the prompt where it can be.
 * `name` is the property it is for. Throws `NoSuchValue` or `RequestRefusal` when the demands cannot be met.
 */
export function stringValue(
  schema: JsonObject,
  name: string,
  reading: PromptReading,
  random: SeededRandom,
  budget: StepBudget,
): string {
  const low = asNumber(schema['minLength']) ?? 0;
  const high = asNumber(schema['maxLength']) ?? Infinity;
  if (low > high) throw new NoSuchValue('minLength above maxLength');
  if (low > MAX_CHARS) throw refuseSchema(`'minLength' above ${MAX_CHARS} is not supported`);
  budget.spend(low + reading.question.length / CHARACTERS_A_STEP);
  if (typeof schema['pattern'] === 'string') return patternValue(schema['pattern'], { low, high }, random, budget);
  const format = typeof schema['format'] === 'string' ? schema['format'] : '';
  const formatName = SAME_FORMATS[format] ?? format;
  if (Object.hasOwn(FORMATS, formatName)) return formatValue(formatName, low, high, random);
  return sized(freeText(name, reading, random), low, high);
}

function formatValue(format: string, low: number, high: number, random: SeededRandom): string {
  const { values, pad } = FORMATS[format](random);
  for (const value of values) {
    if (value.length > high) continue;
    if (value.length >= low) return value;
    if (pad !== undefined) return pad(value, low - value.length);
  }
  throw new NoSuchValue(`no ${format} of ${low} to ${high} characters`);
}

function freeText(name: string, reading: PromptReading, random: SeededRandom): string {
  const labelled = name === '' ? null : findLabelled(name, reading.question);
  if (labelled !== null) return labelled;
  if (reading.quoted.length > 0) return random.pick(reading.quoted);
  if (
    /city|location|place|country|name|person|company|title|destination|origin/i.test(name) &&
    reading.names.length > 0
  ) {
    return random.pick(reading.names);
  }
  if (/query|question|prompt|message|input|search/i.test(name) && reading.question.trim() !== '') {
    return reading.question.trim().slice(0, 200);
  }
  const usual = USUAL_VALUES.find(([pattern]) => pattern.test(name));
  if (usual !== undefined) return usual[1];
  const words = reading.keywords.length > 0 ? reading.keywords : ['sample', 'text'];
  return [random.pick(words), random.pick(words)].join(' ');
}

const MAX_LABELLED = 100;
/** A word that does not end in a dot. */
const AFTER_LABEL = /^ ?(?:=|:|is) ?["'“]?([\p{L}\p{N}](?:[\p{L}\p{N}@./+_-]*[\p{L}\p{N}@/+_-])?)/iu;

/** What stands after the property's name in the prompt, as in `city: Paris`. */
function findLabelled(name: string, question: string): string | null {
  const label = name.replace(/[^\w]/g, '').slice(0, 40).toLowerCase();
  if (label === '') return null;
  const lower = question.toLowerCase();
  for (let at = lower.indexOf(label); at >= 0; at = lower.indexOf(label, at + label.length)) {
    if (at > 0 && /\w/.test(lower[at - 1])) continue;
    const found = AFTER_LABEL.exec(question.slice(at + label.length, at + label.length + MAX_LABELLED));
    if (found !== null) return found[1];
  }
  return null;
}

function sized(text: string, low: number, high: number): string {
  let characters = [...text.replace(/\p{Surrogate}/gu, '\uFFFD')];
  if (characters.length > high) characters = characters.slice(0, high);
  const filling = ' and so on';
  while (characters.length < low) characters.push(filling[characters.length % filling.length]);
  return characters.join('');
}

const two = (value: number): string => String(value).padStart(2, '0');
const day = (random: SeededRandom): string => `2026-${two(random.between(1, 12))}-${two(random.between(1, 28))}`;
const clock = (random: SeededRandom): string => `${two(random.between(0, 23))}:${two(random.between(0, 59))}:00`;

function uuid(random: SeededRandom): string {
  const hex = seededId(String(random.next()), 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A label of a host name may not pass 63 characters, so padding grows new labels. */
function padLabel(value: string, by: number): string {
  let padded = value;
  for (let left = by; left > 0;) {
    const size = Math.min(left, 50);
    padded = size === 1 ? `x${padded}` : `${'x'.repeat(size - 1)}.${padded}`;
    left -= size;
  }
  return padded;
}
