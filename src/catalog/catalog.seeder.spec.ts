import { planSeed } from './catalog.seeder.js';
import { readCatalogSeed } from './catalog-seed.js';
import type { SeededModel } from './catalog.repository.js';

const seed = readCatalogSeed();
const stored: readonly SeededModel[] = seed.rows.map(row => ({ ...row, source: 'seed', changedFields: [] }));

function storedWith(id: string, fields: Partial<SeededModel>): SeededModel[] {
  return stored.map(row => (row.id === id ? { ...row, ...fields } : row));
}

describe('planSeed', () => {
  it('adds every model to an empty catalog', () => {
    expect(planSeed(seed, [], 0)).toEqual({ version: seed.version, added: seed.rows, changed: [] });
  });

  it('writes nothing when nothing differs', () => {
    expect(planSeed(seed, stored, seed.version)).toBeNull();
  });

  it('writes the fields that differ, and no others', () => {
    const plan = planSeed(seed, storedWith('gpt-5', { name: 'Old', pricing: { input: 9 } }), seed.version);

    const pricing = seed.rows.find(({ id }) => id === 'gpt-5')?.pricing;
    expect(pricing).toMatchObject({ input: 1.25, output: 10, cache_read: 0.125 });
    expect(plan?.changed).toEqual([{ id: 'gpt-5', fields: { name: 'GPT-5', pricing } }]);
  });

  it.each([[['pricing', 'contextLength']], [['pricing', 'context_length']]])(
    'leaves the fields %j to the administrator who set them',
    changedFields => {
      const mine = { name: 'Old', pricing: { input: 0 }, contextLength: 1, changedFields };

      expect(planSeed(seed, storedWith('gpt-5', mine), seed.version)?.changed).toEqual([
        { id: 'gpt-5', fields: { name: 'GPT-5' } },
      ]);
    },
  );

  it("leaves an administrator's own model alone, even under an id of the seed", () => {
    expect(planSeed(seed, storedWith('gpt-5', { name: 'Mine', source: 'admin' }), seed.version)).toBeNull();
  });

  it('leaves a model that the seed no longer names', () => {
    const smaller = { version: seed.version + 1, rows: seed.rows.slice(1) };

    expect(planSeed(smaller, stored, seed.version)).toEqual({ version: seed.version + 1, added: [], changed: [] });
  });

  it('writes nothing for a seed older than the one in the database', () => {
    expect(planSeed(seed, storedWith('gpt-5', { name: 'Newer' }), seed.version + 1)).toBeNull();
  });
});
