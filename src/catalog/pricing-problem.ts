import { servedValue } from '../dialects/served.js';
import type { StoredPricing } from './price-list.js';

/** What is wrong with a pricing that was written, by the path of its field. */
export interface PricingProblem {
  readonly field: string;
  readonly sentence: string;
}

/**
 * Whether a pricing says what it must: free is said by a 0 and never by leaving a price out, so a pricing has the prices of
 * both sides (embeddings: of what goes in) or none at all. Null where it is sound.
 * @param pricing whose every value was checked by itself
 */
export function pricingProblem(pricing: StoredPricing, type: string): PricingProblem | null {
  return (isEmpty(pricing) ? null : sidesProblem(pricing, type)) ?? tiersProblem(pricing) ?? modifiersProblem(pricing);
}

/** No price at all, which is said of a model whose price is not known. */
function isEmpty(pricing: StoredPricing): boolean {
  return Object.values(pricing).every(value => value == null || isEmptyPart(value));
}

function isEmptyPart(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every(part => part == null);
}

function sidesProblem(pricing: StoredPricing, type: string): PricingProblem | null {
  for (const side of type === 'embedding' ? (['input'] as const) : (['input', 'output'] as const)) {
    if (pricing[side] != null) continue;
    const sentence = 'must be given: 0 where it is free, or no price at all where none is known';
    return { field: `pricing.${side}`, sentence };
  }
  return null;
}

function tiersProblem({ tiers = [] }: StoredPricing): PricingProblem | null {
  for (const [index, tier] of tiers.entries()) {
    const field = `pricing.tiers.${index}.above_input_tokens`;
    if (index > 0 && tier.above_input_tokens <= (tiers[index - 1]?.above_input_tokens ?? 0)) {
      return { field, sentence: 'must be larger than that of the tier before: one tier a threshold, in their order' };
    }
  }
  return null;
}

function modifiersProblem({ modifiers = [] }: StoredPricing): PricingProblem | null {
  const seen = new Set<string>();
  for (const [index, { field: name, value }] of modifiers.entries()) {
    const field = `pricing.modifiers.${index}.value`;
    const read = servedValue(name, value);
    if (read === null) return { field, sentence: "is the default, whose price is the model's own: leave it out" };
    if (read !== value) return { field, sentence: `stands in answers as ${read}: use that name` };
    if (seen.has(`${name}=${value}`)) return { field, sentence: 'is named twice for this field' };
    seen.add(`${name}=${value}`);
  }
  return null;
}
