import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  Matches,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { readInstant, readInstantOrDay } from './instant.js';

/**
 * What a field of a request may hold, one decorator a kind. Each sentence says what is wanted, and the document says the same:
 * what stands above a field in a class adds to it.
 */

const all =
  (...decorators: PropertyDecorator[]): PropertyDecorator =>
  (target, key) => {
    for (const decorate of decorators) decorate(target, key);
  };

const check = (
  name: string,
  validate: (value: unknown) => boolean,
  sentence: string,
  each = false,
): PropertyDecorator => ValidateBy({ name, validator: { validate, defaultMessage: () => sentence } }, { each });

/** Postgres takes neither U+0000 nor half a surrogate pair, and nobody wants the other controls in a name. */
const UNSTORABLE = /[\u0000-\u001f\u007f\p{Cs}]/u;
const MAX_JSON_LENGTH = 16_384;
const MAX_PRICE = 1_000_000;

const isText = (min: number, max: number) => (value: unknown) =>
  typeof value === 'string' && value.length >= min && value.length <= max && !UNSTORABLE.test(value);

/** May be left out, but not null. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** May be left out, or null. */
export const Nullable = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined && value !== null);

export const Text = (min: number, max: number): PropertyDecorator =>
  all(
    ApiProperty({ type: String, minLength: min, maxLength: max }),
    check('text', isText(min, max), `must be a string of ${min} to ${max} characters without control characters`),
  );

export const TextList = (maxItems: number, maxLength: number): PropertyDecorator =>
  all(
    ApiProperty({ type: String, isArray: true, maxItems }),
    IsArray({ message: 'must be a list of strings' }),
    ArrayMaxSize(maxItems, { message: `must have at most ${maxItems} items` }),
    check(
      'text',
      isText(1, maxLength),
      `must hold strings of 1 to ${maxLength} characters without control characters`,
      true,
    ),
  );

export const Pattern = (pattern: RegExp, sentence: string): PropertyDecorator =>
  all(ApiProperty({ type: String, pattern: pattern.source }), Matches(pattern, { message: sentence }));

export const OneOf = (values: readonly string[]): PropertyDecorator =>
  IsIn([...values], { message: `must be ${oneOf(values)}` });

export const SomeOf = (values: readonly string[], min: number, max: number): PropertyDecorator =>
  all(
    IsArray({ message: 'must be a list' }),
    ArrayMinSize(min, { message: `must have at least ${min} items` }),
    ArrayMaxSize(max, { message: `must have at most ${max} items` }),
    IsIn([...values], { each: true, message: `may hold only ${oneOf(values)}` }),
  );

export const WholeNumber = (min: number, max: number): PropertyDecorator =>
  all(
    ApiProperty({ type: 'integer', minimum: min, maximum: max }),
    check(
      'wholeNumber',
      value => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
      `must be a whole number from ${min} to ${max}`,
    ),
  );

/** As `WholeNumber`, in a query, where everything is text. */
export const WholeNumberText = (min: number, max: number): PropertyDecorator =>
  all(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
    ),
    WholeNumber(min, max),
  );

export const Amount = (min: number, max: number): PropertyDecorator =>
  all(
    ApiProperty({ type: Number, minimum: min, maximum: max }),
    check(
      'amount',
      value => typeof value === 'number' && value >= min && value <= max,
      `must be a number from ${min} to ${max}`,
    ),
  );

/** A price in US dollars per million tokens. */
export const Price = (): PropertyDecorator =>
  all(
    ApiProperty({ type: Number, minimum: 0, maximum: MAX_PRICE }),
    check(
      'price',
      value => typeof value === 'number' && value >= 0 && value <= MAX_PRICE && Number(value.toFixed(6)) === value,
      `must be US dollars per million tokens: a number from 0 to ${MAX_PRICE} with at most six decimals`,
    ),
  );

/** What each use of something costs, in US dollars per thousand, or for tokens per million. */
export const Fee = (unit: 'thousand' | 'million'): PropertyDecorator =>
  all(
    ApiProperty({ type: Number, minimum: 0, maximum: MAX_PRICE }),
    check(
      'fee',
      value => typeof value === 'number' && value >= 0 && value <= MAX_PRICE && Number(value.toFixed(6)) === value,
      `must be US dollars per ${unit}: a number from 0 to ${MAX_PRICE} with at most six decimals`,
    ),
  );

export const Flag = (): PropertyDecorator => IsBoolean({ message: 'must be true or false' });

/** A switch that clients send and that cannot be turned on here. */
export const NeverOn = (): PropertyDecorator => Equals(false, { message: 'is not available: leave it out' });

/** As `Flag`, in a query. */
export const FlagText = (): PropertyDecorator =>
  all(
    Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value)),
    Flag(),
  );

/** A moment with its zone. Whether it must lie ahead is said where the clock is. */
export const Instant = (): PropertyDecorator =>
  all(
    ApiProperty({ type: String, format: 'date-time' }),
    check(
      'instant',
      value => readInstant(value) !== null,
      'must be a time with its zone between 1970 and 9999, such as 2026-12-31T23:59:59Z',
    ),
  );

/** A moment, or a day, which means its first moment in UTC. */
export const InstantOrDay = (): PropertyDecorator =>
  check(
    'instantOrDay',
    value => readInstantOrDay(value) !== null,
    'must be a day such as 2026-12-31, or a time with its zone such as 2026-12-31T23:59:59Z, between 1970 and 9999',
  );

export const JsonObject = (): PropertyDecorator =>
  all(
    IsObject({ message: 'must be an object' }),
    check('json', isStorableJson, `must be JSON of at most ${MAX_JSON_LENGTH} characters without control characters`),
  );

/** An object of strings, such as the annotations of a branch. */
export const TextMap = (maxEntries: number, maxLength: number): PropertyDecorator =>
  check(
    'textMap',
    value =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length <= maxEntries &&
      Object.entries(value).every(entry => entry.every(isText(0, maxLength))),
    `must be an object of at most ${maxEntries} texts of at most ${maxLength} characters without control characters`,
  );

/** A list that is accepted and not read. */
export const UnreadList = (max: number): PropertyDecorator =>
  all(
    IsArray({ message: 'must be a list of objects' }),
    ArrayMaxSize(max, { message: `must have at most ${max} items` }),
    IsObject({ each: true, message: 'must be a list of objects' }),
  );

export const Nested = (type: () => new () => object): PropertyDecorator =>
  all(IsObject({ message: 'must be an object' }), ValidateNested(), Type(type));

export const NestedList = (type: () => new () => object, max: number): PropertyDecorator =>
  all(
    IsArray({ message: 'must be a list of objects' }),
    ArrayMaxSize(max, { message: `must have at most ${max} items` }),
    ValidateNested({ each: true }),
    Type(type),
  );

function isStorableJson(value: unknown): boolean {
  const text = JSON.stringify(value);
  return text.length <= MAX_JSON_LENGTH && !/\\u(00[01][0-9a-f]|007f|d[89a-f][0-9a-f]{2})/i.test(text);
}

function oneOf(values: readonly string[]): string {
  return values.length < 2 ? values.join() : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}
