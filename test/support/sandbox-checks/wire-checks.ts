import { RequestRefusal } from '#sandbox';

/** Looks at one value of the request body; throws a `RequestRefusal` (400) that names `path` when it may not stand there. */
export type Check = (value: unknown, path: string) => void;

export type JsonObject = Record<string, unknown>;

/** Deeper values would overflow the stack of `JSON.stringify` long before they meant anything to a model. */
const MAX_FREE_FORM_DEPTH = 128;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function refuse(path: string, code: string, message: string): never {
  throw new RequestRefusal(400, message, { param: path, code });
}

function refuseType(path: string, expected: string, value: unknown): never {
  refuse(path, 'invalid_type', `Invalid type for '${path}': expected ${expected}, but got ${kindOf(value)} instead.`);
}

const shown = (value: unknown): string => String(value).slice(0, 64);

/** `min` and `max` in UTF-16 code units. */
export function text(limits: { min?: number; max?: number; pattern?: RegExp; prefix?: string } = {}): Check {
  return (value, path) => {
    if (typeof value !== 'string') refuseType(path, 'a string', value);
    if (value.length < (limits.min ?? 0)) {
      refuse(path, 'string_below_min_length', `Invalid '${path}': expected at least ${limits.min} characters.`);
    }
    if (value.length > (limits.max ?? Infinity)) {
      refuse(path, 'string_above_max_length', `Invalid '${path}': expected at most ${limits.max} characters.`);
    }
    if (limits.prefix !== undefined && !value.startsWith(limits.prefix)) {
      refuse(path, 'invalid_value', `Invalid '${path}': expected a string that begins with ${limits.prefix}.`);
    }
    if (limits.pattern !== undefined && !limits.pattern.test(value)) {
      refuse(path, 'invalid_value', `Invalid '${path}': expected a string that matches ${limits.pattern.source}.`);
    }
  };
}

export function amount(limits: { min?: number; max?: number; integer?: boolean }): Check {
  const kind = limits.integer === true ? 'integer' : 'decimal';
  return (value, path) => {
    if (typeof value !== 'number') refuseType(path, kind === 'integer' ? 'an integer' : 'a number', value);
    if (kind === 'integer' && !Number.isInteger(value)) refuseType(path, 'an integer', value);
    if (!Number.isFinite(value)) refuse(path, 'invalid_value', `Invalid '${path}': the number is too large.`);
    if (value < (limits.min ?? -Infinity)) {
      refuse(
        path,
        `${kind}_below_min_value`,
        `Invalid '${path}': expected a value >= ${limits.min}, but got ${value}.`,
      );
    }
    if (value > (limits.max ?? Infinity)) {
      refuse(
        path,
        `${kind}_above_max_value`,
        `Invalid '${path}': expected a value <= ${limits.max}, but got ${value}.`,
      );
    }
  };
}

export const integer = (min: number, max = Number.MAX_SAFE_INTEGER): Check => amount({ min, max, integer: true });
export const decimal = (min: number, max: number): Check => amount({ min, max });

export const flag: Check = (value, path) => {
  if (typeof value !== 'boolean') refuseType(path, 'a boolean', value);
};

export function oneOf(...allowed: string[]): Check {
  return (value, path) => {
    if (typeof value !== 'string') refuseType(path, `one of ${allowed.join(', ')}`, value);
    if (allowed.includes(value)) return;
    refuse(path, 'invalid_value', `Invalid value for '${path}': '${shown(value)}'. Expected ${allowed.join(', ')}.`);
  };
}

export function nullable(check: Check): Check {
  return (value, path) => {
    if (value !== null) check(value, path);
  };
}

export function list(check: Check, limits: { min?: number; max?: number } = {}): Check {
  return (value, path) => {
    if (!Array.isArray(value)) refuseType(path, 'an array', value);
    if (value.length < (limits.min ?? 0)) {
      refuse(path, 'array_below_min_length', `Invalid '${path}': expected at least ${limits.min} element(s).`);
    }
    if (value.length > (limits.max ?? Infinity)) {
      refuse(path, 'array_above_max_length', `Invalid '${path}': expected at most ${limits.max} element(s).`);
    }
    for (const [index, element] of value.entries()) check(element, `${path}[${index}]`);
  };
}

/** An object with these fields and no others. An empty path stands for the request body itself. */
export function shape(fields: Record<string, Check>, required: string[] = []): Check {
  return (value, path) => {
    if (!isJsonObject(value)) refuseType(path === '' ? 'body' : path, 'an object', value);
    const within = path === '' ? '' : `${path}.`;
    for (const name of required) {
      if (!Object.hasOwn(value, name)) {
        refuse(within + name, 'missing_required_parameter', `Missing required parameter: '${within}${name}'.`);
      }
    }
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(fields, name)) {
        refuse(within + shown(name), 'unknown_parameter', `Unknown parameter: '${within}${shown(name)}'.`);
      }
      fields[name](value[name], within + name);
    }
  };
}

/** An object whose field `tag` says which of the checks applies to the whole of it. */
export function tagged(tag: string, kinds: Record<string, Check>): Check {
  return (value, path) => {
    if (!isJsonObject(value)) refuseType(path, 'an object', value);
    if (!Object.hasOwn(value, tag)) {
      refuse(`${path}.${tag}`, 'missing_required_parameter', `Missing required parameter: '${path}.${tag}'.`);
    }
    oneOf(...Object.keys(kinds))(value[tag], `${path}.${tag}`);
    kinds[value[tag] as string](value, path);
  };
}

/** A string, or whatever the other check allows. */
export function stringOr(check: Check, limits: { min?: number; max?: number } = {}): Check {
  const asText = text(limits);
  return (value, path) => (typeof value === 'string' ? asText : check)(value, path);
}

export function mapOf(check: Check, limits: { max: number; maxKey: number }): Check {
  return (value, path) => {
    if (!isJsonObject(value)) refuseType(path, 'an object', value);
    const keys = Object.keys(value);
    if (keys.length > limits.max) {
      refuse(path, 'object_above_max_properties', `Invalid '${path}': expected at most ${limits.max} entries.`);
    }
    for (const key of keys) {
      text({ max: limits.maxKey })(key, path);
      check(value[key], `${path}.${key}`);
    }
  };
}

/** Any object, such as a JSON schema, as long as it can be walked safely. */
export const freeForm: Check = (value, path) => {
  if (!isJsonObject(value)) refuseType(path, 'an object', value);
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_FREE_FORM_DEPTH) {
      refuse(path, 'invalid_value', `Invalid '${path}': nested more than ${MAX_FREE_FORM_DEPTH} levels deep.`);
    }
    level = level.flatMap(item => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
};

export const anything: Check = () => {};
