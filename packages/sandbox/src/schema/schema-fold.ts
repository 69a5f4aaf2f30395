import { isJsonObject, type JsonObject } from '../wire-checks.js';
import { asList, followReference, NoSuchValue, sameJson } from './schema-words.js';
import type { StepBudget } from './step-budget.js';

/** Picks one of the alternatives of an `anyOf` or `oneOf`. */
export type ChooseBranch = (branches: unknown[]) => unknown;

const MAX_HOPS = 64;

/**
 * Folds references, `allOf` and one branch of every alternative into a single schema without any of them.
 * Throws `NoSuchValue` when the parts contradict each other.
 */
export function foldSchema(
  schema: unknown,
  root: unknown,
  choose: ChooseBranch,
  budget: StepBudget,
  hops = 0,
): JsonObject {
  if (schema === false || hops > MAX_HOPS) throw new NoSuchValue('nothing fits');
  if (!isJsonObject(schema)) return {};
  budget.spend(2 + widthOf(schema));
  const { $ref: reference, allOf, anyOf, oneOf, if: condition, then, else: otherwise, ...own } = schema;
  const parts: unknown[] = [];
  if (reference !== undefined) parts.push(followReference(root, reference, budget));
  parts.push(...(asList(allOf) ?? []));
  for (const alternatives of [asList(anyOf), asList(oneOf)]) {
    if (alternatives !== undefined && alternatives.length > 0) parts.push(choose(alternatives));
  }
  if (condition !== undefined) {
    parts.push(choose([{ allOf: [condition, then ?? true] }, otherwise ?? true]));
  }
  return parts.reduce<JsonObject>(
    (folded, part) => merge(folded, foldSchema(part, root, choose, budget, hops + 1), budget),
    own,
  );
}

type Join = (left: never, right: never, budget: StepBudget) => unknown;

const LARGER = (left: number, right: number): number => Math.max(left, right);
const SMALLER = (left: number, right: number): number => Math.min(left, right);
const BOTH = (left: unknown, right: unknown): unknown => ({ allOf: [left, right] });
const UNION = (left: unknown[], right: unknown[]): unknown[] => [...new Set([...left, ...right])];

/** How two demands of one kind become one. What is not listed keeps the first. */
const JOINS: Record<string, Join> = {
  type: joinTypes,
  const: (left: unknown, right: unknown, budget) => {
    if (!sameJson(left, right, budget)) throw new NoSuchValue('two constants');
    return left;
  },
  enum: (left: unknown[], right: unknown[], budget) =>
    left.filter(item => right.some(other => sameJson(item, other, budget))),
  required: UNION,
  properties: (left: JsonObject, right: JsonObject) => {
    const joined = { ...left };
    for (const key of Object.keys(right))
      joined[key] = Object.hasOwn(left, key) ? BOTH(left[key], right[key]) : right[key];
    return joined;
  },
  items: BOTH,
  contains: BOTH,
  propertyNames: BOTH,
  additionalProperties: BOTH,
  not: (left: unknown, right: unknown) => ({ anyOf: [left, right] }),
  multipleOf: (left: number, right: number) => {
    if (Number.isInteger(left / right)) return left;
    return Number.isInteger(right / left) ? right : left * right;
  },
  minimum: LARGER,
  exclusiveMinimum: LARGER,
  minLength: LARGER,
  minItems: LARGER,
  minProperties: LARGER,
  maximum: SMALLER,
  exclusiveMaximum: SMALLER,
  maxLength: SMALLER,
  maxItems: SMALLER,
  maxProperties: SMALLER,
  uniqueItems: (left: boolean, right: boolean) => left || right,
};

function merge(left: JsonObject, right: JsonObject, budget: StepBudget): JsonObject {
  budget.spend(widthOf(left) + widthOf(right));
  const merged = { ...left };
  const [first, second] = [closed(left, right), closed(right, left)];
  for (const key of Object.keys(second)) {
    if (!Object.hasOwn(first, key)) merged[key] = second[key];
    else
      merged[key] = Object.hasOwn(JOINS, key)
        ? JOINS[key](first[key] as never, second[key] as never, budget)
        : first[key];
  }
  if ('properties' in first && !('properties' in second)) merged['properties'] = first['properties'];
  return merged;
}

/** How much of it a merge copies. */
function widthOf(schema: JsonObject): number {
  const { properties, required, type } = schema;
  const types = asList(type)?.length ?? 0;
  const named = isJsonObject(properties) ? Object.keys(properties).length : 0;
  return Object.keys(schema).length + named + types ** 2 + (asList(required)?.length ?? 0);
}

/** The schema without the properties that the other one, which allows no more than its own, would not let stand. */
function closed(schema: JsonObject, other: JsonObject): JsonObject {
  if (other['additionalProperties'] !== false || !isJsonObject(schema['properties'])) return schema;
  const allowed = isJsonObject(other['properties']) ? other['properties'] : {};
  const kept = Object.entries(schema['properties']).filter(([key]) => Object.hasOwn(allowed, key));
  return { ...schema, properties: Object.fromEntries(kept) };
}

function joinTypes(left: unknown, right: unknown): unknown {
  const leftNames = [left].flat();
  const rightNames = [right].flat();
  const common = leftNames.flatMap(name => {
    if (rightNames.includes(name)) return [name];
    if (name === 'integer' && rightNames.includes('number')) return ['integer'];
    return name === 'number' && rightNames.includes('integer') ? ['integer'] : [];
  });
  if (common.length === 0) throw new NoSuchValue('no common type');
  return common.length === 1 ? common[0] : common;
}
