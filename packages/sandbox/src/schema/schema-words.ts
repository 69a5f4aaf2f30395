import { isJsonObject, type JsonObject } from '../wire-checks.js';
import { refuseSchema } from './schema-refusal.js';
import type { StepBudget } from './step-budget.js';

/** For what the machine does at once, such as comparing two strings. */
export const CHARACTERS_A_STEP = 64;

/** No value fits this part of the schema; another branch of it may still do. */
export class NoSuchValue extends Error {}

/** The schema a local reference (`#`, `#/$defs/x`) points to. Throws `RequestRefusal` when there is none. */
export function followReference(root: unknown, reference: unknown, budget: StepBudget): unknown {
  if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference)) {
    throw refuseSchema(`only references within the schema are followed, not '${String(reference).slice(0, 64)}'`);
  }
  budget.spend(reference.length);
  let target = root;
  for (const step of reference.split('/').slice(1)) {
    const key = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    const parent: object = typeof target === 'object' && target !== null ? target : {};
    if (!Object.hasOwn(parent, key)) throw refuseSchema(`nothing is defined at '${reference.slice(0, 64)}'`);
    target = (parent as JsonObject)[key];
  }
  return target;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    throw refuseSchema(`a reference holds a broken escape: '${step.slice(0, 64)}'`);
  }
}

/** Whether two JSON values are the same, whatever the order of their keys. */
export function sameJson(left: unknown, right: unknown, budget: StepBudget): boolean {
  budget.spend(1 + (typeof left === 'string' ? left.length / CHARACTERS_A_STEP : 0));
  if (left === right) return true;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameJson(item, right[index], budget));
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const keys = Object.keys(left);
  budget.spend(keys.length);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every(key => Object.hasOwn(right, key) && sameJson(left[key], right[key], budget));
}

/** The same text for the same JSON value, whatever the order of its keys. */
export function canonicalJson(value: unknown, budget: StepBudget): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    isJsonObject(part) ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
  budget.spend(text.length);
  return text;
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
