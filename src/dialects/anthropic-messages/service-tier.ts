import type { Json } from '../../json/value.js';

/** The neutral names are OpenAI's: `default` is what this dialect calls standard. */

export function decodeRequestTier(tier: string | null): string | null {
  return tier === 'standard_only' ? 'default' : tier;
}

/** Null where this API has no such tier. */
export function encodeRequestTier(tier: string): 'auto' | 'standard_only' | null {
  if (tier === 'default') return 'standard_only';
  return tier === 'auto' ? tier : null;
}

export function decodeAnswerTier(tier: Json | undefined): string | null {
  if (typeof tier !== 'string') return null;
  return tier === 'standard' ? 'default' : tier;
}

export function encodeAnswerTier(tier: string | null): 'standard' | 'priority' | 'batch' | null {
  if (tier === 'default') return 'standard';
  return tier === 'priority' || tier === 'batch' ? tier : null;
}
