import { asObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { CacheMark } from '../neutral/neutral.types.js';
import { REQUEST } from './field-reader.js';
import type { LossList } from './loss-list.js';

/** The two ways to mark where a cached prompt ends: Anthropic's, which many gateways take, and OpenAI's own. */
export const CACHE_FIELDS = ['cache_control', 'prompt_cache_breakpoint'] as const;

type Ephemeral = { readonly type: 'ephemeral'; readonly ttl?: '5m' | '1h' };

/** Of a content part, a message, a tool or a call. */
export function decodeCacheMark(owner: JsonObject, path: string, losses: LossList): { cache?: CacheMark } {
  const control = REQUEST.findObject(owner, 'cache_control', path);
  const breakpoint = REQUEST.findObject(owner, 'prompt_cache_breakpoint', path);
  if (control === null && breakpoint === null) return {};
  if (breakpoint !== null && isSaid(breakpoint['ttl'])) {
    losses.add(`${path}.prompt_cache_breakpoint.ttl`, 'other dialects keep a prompt for other times');
  }
  return control === null ? { cache: { ttl: null } } : decodeCacheControl(control, path, losses);
}

/** `cache_control` as Anthropic has it: what is no object marks nothing. */
export function decodeCacheControl(value: Json | undefined, path: string, losses: LossList): { cache?: CacheMark } {
  const control = asObject(value);
  if (control === null) return {};
  const ttl = control['ttl'];
  if (ttl === '5m' || ttl === '1h') return { cache: { ttl } };
  if (isSaid(ttl)) losses.add(`${path}.cache_control.ttl`, 'is not known; the default holds');
  return { cache: { ttl: null } };
}

export function encodeCacheMark(cache: CacheMark | undefined): { readonly cache_control?: Ephemeral } {
  if (cache === undefined) return {};
  return { cache_control: { type: 'ephemeral', ...(cache.ttl !== null && { ttl: cache.ttl }) } };
}
