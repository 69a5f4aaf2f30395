/** What the neutral form calls default, Google calls standard. Null where nothing is said. */
export function decodeServiceTier(wire: string): string | null {
  const tier = wire.toLowerCase();
  if (tier === '' || tier.endsWith('unspecified')) return null;
  return tier === 'standard' ? 'default' : tier;
}

/** Null for a tier that Google does not have. */
export function encodeServiceTier(tier: string | null): 'flex' | 'priority' | 'standard' | null {
  if (tier === 'flex' || tier === 'priority') return tier;
  return tier === 'default' || tier === 'standard' || tier === 'standard_only' ? 'standard' : null;
}
