import type { Served } from './token-counts.js';

/** The fields, of requests and of answers, whose value may change the price of every token. */
export const SERVED_FIELDS = ['service_tier', 'speed', 'inference_geo'] as const;
export type ServedField = (typeof SERVED_FIELDS)[number];

/** What every provider sells at its plain price, or says where it says nothing. */
const STANDARD: Readonly<Record<ServedField, ReadonlySet<string>>> = {
  service_tier: new Set(['auto', 'default', 'standard', 'standard_only', 'on_demand', 'unspecified']),
  speed: new Set(['standard', 'default']),
  inference_geo: new Set(['global', 'not_available', 'default']),
};
/** Two words for one thing: who asks OpenAI for `fast` is served, and charged, `priority`. */
const SAME: Readonly<Record<string, string>> = { 'service_tier=fast': 'priority' };
/** What is longer is no name of a way to serve. */
const NAME = /^[a-z0-9][a-z0-9_.-]{0,39}$/;

/** The value as prices name it; null where it is the standard one, or no name at all. */
export function servedValue(field: ServedField, value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const name = value.toLowerCase();
  if (!NAME.test(name) || STANDARD[field].has(name)) return null;
  return SAME[`${field}=${name}`] ?? name;
}

/** How an answer was served, from what it says; undefined where that was the standard way. */
export function readServed(said: Readonly<Partial<Record<ServedField, unknown>>>): Served | undefined {
  let served: Partial<Record<ServedField, string>> | undefined;
  for (const field of SERVED_FIELDS) {
    const value = servedValue(field, said[field]);
    if (value !== null) (served ??= {})[field] = value;
  }
  return served;
}
