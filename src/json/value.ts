/** A JSON value as it was parsed. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Absent and null say nothing. */
export function isSaid(value: Json | undefined): value is Exclude<Json, null> {
  return value !== undefined && value !== null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): JsonObject | null {
  return isObject(value) ? value : null;
}

/** Null for what is no JSON, or no object. */
export function parseObject(text: string): JsonObject | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** Empty where it is no list. */
export function asList(value: unknown): readonly Json[] {
  return isList(value) ? value : [];
}

/** '' where it is no string. */
export function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Null where it is no string, or an empty one. */
export function nonEmpty(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A whole number from 0 to 2^53 - 1. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * Whether JSON can say it again: `1e999` was read as Infinity, and would be written as null.
 * @param maxDepth levels of objects and lists that it may have
 */
export function isCarriable(value: unknown, maxDepth = Number.POSITIVE_INFINITY): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth || level.some(item => typeof item === 'number' && !Number.isFinite(item))) return false;
    level = level.flatMap(item =>
      typeof item === 'object' && item !== null ? (Object.values(item) as unknown[]) : [],
    );
  }
  return true;
}
