import type { StoredPricing } from './price-list.js';
import { pricingProblem } from './pricing-problem.js';

const tiers = (...thresholds: number[]) => ({
  ...{ input: 1, output: 2 },
  tiers: thresholds.map(above => ({ above_input_tokens: above, input: 2 })),
});
const modifier = (...values: string[]): StoredPricing => ({
  ...{ input: 1, output: 2 },
  modifiers: values.map(value => ({ field: 'service_tier', value, multiplier: 2 })),
});

it.each<[string, StoredPricing, string, string | null]>([
  ['no price at all', {}, 'chat', null],
  ['nothing but nulls', { input: null, output: null, tiers: [] }, 'chat', null],
  ['what is free', { input: 0, output: 0 }, 'chat', null],
  ['embeddings by what goes in', { input: 1 }, 'embedding', null],
  ['tiers in their order', tiers(1, 2, 3), 'chat', null],
  ['a first tier from 0', tiers(0, 1), 'chat', null],
  ['modifiers, each once', modifier('priority', 'flex'), 'chat', null],
  ['an output price alone', { output: 0.4 }, 'chat', 'pricing.input'],
  ['an input price alone', { input: 0.4 }, 'chat', 'pricing.output'],
  ['an output price alone, of embeddings', { output: 0 }, 'embedding', 'pricing.input'],
  ['a cache price alone', { cache_read: 1 }, 'chat', 'pricing.input'],
  ['tiers alone', { tiers: [{ above_input_tokens: 1, input: 1 }] }, 'chat', 'pricing.input'],
  ['fees alone', { fees: { web_search: 10 } }, 'chat', 'pricing.input'],
  ['two tiers of one threshold', tiers(5, 5), 'chat', 'pricing.tiers.1.above_input_tokens'],
  ['tiers out of their order', tiers(5, 9, 7), 'chat', 'pricing.tiers.2.above_input_tokens'],
  ['a modifier named twice', modifier('priority', 'priority'), 'chat', 'pricing.modifiers.1.value'],
  ['a modifier for the plain way', modifier('default'), 'chat', 'pricing.modifiers.0.value'],
  ['a modifier by a name that no answer says', modifier('fast'), 'chat', 'pricing.modifiers.0.value'],
])('says what is wrong with a pricing, or nothing: %s', (_, pricing, type, field) => {
  expect(pricingProblem(pricing, type)?.field ?? null).toBe(field);
});

it.each([
  ['default', "is the default, whose price is the model's own: leave it out"],
  ['fast', 'stands in answers as priority: use that name'],
])('says of a modifier for %s that it %s', (value, sentence) => {
  expect(pricingProblem(modifier(value), 'chat')?.sentence).toBe(sentence);
});
