import type { LossList } from '../wire/loss-list.js';
import type { CacheControlEphemeral } from 'anthropic-sdk/resources/messages';
import { asObject, type Json } from '../../json/value.js';
import type { CacheMark } from '../neutral/neutral.types.js';

/** `{ cache }` for the part that the block becomes, or nothing. */
export function decodeCache(value: Json | undefined, path: string, losses: LossList): { readonly cache?: CacheMark } {
  const control = asObject(value);
  if (control === null) return {};
  const ttl = control['ttl'];
  if (ttl == null || ttl === '5m' || ttl === '1h') return { cache: { ttl: ttl ?? null } };
  losses.add(`${path}.cache_control.ttl`, 'only 5m and 1h are known');
  return { cache: { ttl: null } };
}

export function encodeCache(cache: CacheMark | undefined): { readonly cache_control?: CacheControlEphemeral } {
  if (cache === undefined) return {};
  return { cache_control: { type: 'ephemeral', ...(cache.ttl !== null && { ttl: cache.ttl }) } };
}
