import { readCatalogSeed } from './catalog-seed.js';
import { nearestIds } from './nearest-id.js';

const IDS = readCatalogSeed().rows.map(({ id }) => id);

describe('the ids nearest to one that nothing has', () => {
  it.each([
    ['gpt-5.4', 'gpt-5-4'],
    ['GPT-5-4', 'gpt-5-4'],
    ['openai/gpt-5.4-mini', 'gpt-5-4-mini'],
    ['claude-sonet-4-6', 'claude-sonnet-4-6'],
    ['claude-4-5-haiku', 'claude-haiku-4-5'],
    ['models/gemini-2.5-pro', 'gemini-2-5-pro'],
    ['gemini_3_flash', 'gemini-3-flash'],
    ['databricks-lama-4-maverick', 'llama-4-maverick'],
  ])('of %s begin with %s', (asked, id) => {
    expect(nearestIds(asked, IDS)[0]).toBe(id);
  });

  it('are three at most, the nearest first', () => {
    expect(nearestIds('gpt-5-9', IDS)).toEqual(['gpt-5-1', 'gpt-5-2', 'gpt-5-4']);
    expect(nearestIds('claude-opus-4-55', IDS)).toEqual(['claude-opus-4-5', 'claude-opus-4-1', 'claude-opus-4-6']);
  });

  it.each(['', '-', 'nothing', 'gpt-99', 'my-own-model', 'mistral-large', 'x'.repeat(5_000), '💥'.repeat(20)])(
    'of %s are none',
    asked => {
      expect(nearestIds(asked, IDS)).toEqual([]);
    },
  );

  it('are looked for among a bounded number, however many there are', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `house-model-${index}`);
    expect(nearestIds('house-model-249', many)[0]).toBe('house-model-249');
    expect(nearestIds('house-model-19999x', many)).not.toContain('house-model-19999');
  });
});
