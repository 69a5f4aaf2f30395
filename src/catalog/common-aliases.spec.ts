import { readCatalogRow } from './catalog-row.js';
import { readCatalogSeed } from './catalog-seed.js';
import { CatalogSnapshot } from './catalog-snapshot.js';

const models = readCatalogSeed().rows.map(row => readCatalogRow({ ...row, enabled: true }));
const plain = new CatalogSnapshot(models);
const common = new CatalogSnapshot(models, [], true);
const listed = (snapshot: CatalogSnapshot) =>
  (snapshot.listCards() as { data: { id: string; canonical_slug: string }[] }).data;

describe('ids as other tools write them', () => {
  it.each([
    ['gemini-2.5-flash', 'gemini-2-5-flash'],
    ['gpt-5.4-mini', 'gpt-5-4-mini'],
    ['anthropic/claude-sonnet-4.6', 'claude-sonnet-4-6'],
    ['anthropic/claude-sonnet-4-6', 'claude-sonnet-4-6'],
    ['claude-sonnet-4-6-20260101', 'claude-sonnet-4-6'],
    ['openai/gpt-5', 'gpt-5'],
    ['gpt-5-2026-01-01', 'gpt-5'],
  ])('%s is %s where they are switched on, and unknown where they are not', (alias, id) => {
    expect(common.find(alias)?.id).toBe(id);
    expect(plain.find(alias)).toBeNull();
  });

  it.each(['gpt-5.9', 'openai/claude-sonnet-4-6', 'claude-sonnet-4-6-2026', '-20260101', 'anthropic/'])(
    '%s stays unknown',
    id => {
      expect(common.find(id)).toBeNull();
    },
  );

  it('stand in the list, with the id that they lead to', () => {
    expect(listed(common).find(card => card.id === 'gemini-2.5-flash')?.canonical_slug).toBe('gemini-2-5-flash');
    expect(new Set(listed(common).map(card => card.id)).size).toBe(listed(common).length);
    for (const { id, canonical_slug: slug } of listed(common)) expect(common.find(id)?.id).toBe(slug);
  });
});

describe('an alias that an administrator made', () => {
  const snapshot = (alias: string, modelId: string) => new CatalogSnapshot(models, [{ alias, modelId }]);

  it('leads to its model and is listed', () => {
    expect(snapshot('house-model', 'gpt-5').find('house-model')?.id).toBe('gpt-5');
    expect(listed(snapshot('house-model', 'gpt-5')).at(-1)).toMatchObject({
      id: 'house-model',
      canonical_slug: 'gpt-5',
    });
  });

  it('never hides a model, and is nothing when it leads nowhere', () => {
    expect(snapshot('gpt-5-mini', 'gpt-5').find('gpt-5-mini')?.id).toBe('gpt-5-mini');
    expect(snapshot('house-model', 'gone').find('house-model')).toBeNull();
  });
});
