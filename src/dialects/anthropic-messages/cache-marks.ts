import type { CacheControlEphemeral } from 'anthropic-sdk/resources/messages';
import type { CacheMark, Json, Loss } from '../neutral/neutral.types.js';
import { asObject } from './wire-value.js';

/** `{ cache }` for the part that the block becomes, or nothing. */
export function decodeCache(value: Json | undefined, path: string, losses: Loss[]): { readonly cache?: CacheMark } {
  const control = asObject(value);
  if (control === null) return {};
  const ttl = control['ttl'];
  if (ttl == null || ttl === '5m' || ttl === '1h') return { cache: { ttl: ttl ?? null } };
  losses.push({ field: `${path}.cache_control.ttl`, reason: 'only 5m and 1h are known' });
  return { cache: { ttl: null } };
}

export function encodeCache(cache: CacheMark | undefined): { readonly cache_control?: CacheControlEphemeral } {
  if (cache === undefined) return {};
  return { cache_control: { type: 'ephemeral', ...(cache.ttl !== null && { ttl: cache.ttl }) } };
}
