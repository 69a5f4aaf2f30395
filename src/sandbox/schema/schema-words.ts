import { RequestRefusal } from '../request-refusal.js';
import { isJsonObject, type JsonObject } from '../wire-checks.js';

/** No value fits this part of the schema; another branch of it may still do. */
export class NoSuchValue extends Error {}

/** Thrown when the sandbox cannot answer to a schema at all: it says why, and the caller sees 400. */
export function refuseSchema(reason: string): RequestRefusal {
  return new RequestRefusal(400, `Invalid schema: ${reason}`, { param: 'schema', code: 'invalid_json_schema' });
}

/** The schema a local reference (`#`, `#/$defs/x`) points to. Throws `RequestRefusal` when there is none. */
export function followReference(root: unknown, reference: unknown): unknown {
  if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference)) {
    throw refuseSchema(`only references within the schema are followed, not '${String(reference).slice(0, 64)}'`);
  }
  let target = root;
  for (const step of reference.split('/').slice(1)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    const parent: object = typeof target === 'object' && target !== null ? target : {};
    if (!Object.hasOwn(parent, key)) throw refuseSchema(`nothing is defined at '${reference.slice(0, 64)}'`);
    target = (parent as JsonObject)[key];
  }
  return target;
}

/** Whether two JSON values are the same, whatever the order of their keys. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameJson(item, right[index]));
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every(key => Object.hasOwn(right, key) && sameJson(left[key], right[key]));
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function asList(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** Number bounds, with the boolean `exclusiveMinimum` of older drafts understood as well. */
export function numberBounds(schema: JsonObject): { low: number; high: number; aboveLow: boolean; belowHigh: boolean } {
  const minimum = asNumber(schema['minimum']) ?? -Infinity;
  const maximum = asNumber(schema['maximum']) ?? Infinity;
  const above = asNumber(schema['exclusiveMinimum']) ?? -Infinity;
  const below = asNumber(schema['exclusiveMaximum']) ?? Infinity;
  return {
    low: Math.max(minimum, above),
    high: Math.min(maximum, below),
    aboveLow: schema['exclusiveMinimum'] === true || above >= minimum,
    belowHigh: schema['exclusiveMaximum'] === true || below <= maximum,
  };
}
