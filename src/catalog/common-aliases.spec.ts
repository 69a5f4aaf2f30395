import { readCatalogRow } from './catalog-row.js';
import { readCatalogSeed } from './catalog-seed.js';
import { CatalogSnapshot } from './catalog-snapshot.js';
import { nearestIds } from './nearest-id.js';

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
    ['gpt-5.3-codex', 'gpt-5-3-codex'],
    ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
    ['claude-sonnet-4-5@20250929', 'claude-sonnet-4-5'],
    ['claude-opus-4-1-latest', 'claude-opus-4-1'],
    ['gemini-3.5-flash-lite', 'gemini-3-5-flash-lite'],
    ['gemini-3.1-pro-preview', 'gemini-3-1-pro'],
    ['gemini-3.1-pro-preview-customtools', 'gemini-3-1-pro'],
    ['google/gemini-3-flash-preview', 'gemini-3-flash'],
    ['gemini-2.5-flash-preview-09-2025', 'gemini-2-5-flash'],
  ])('%s is %s where they are switched on, and unknown where they are not', (alias, id) => {
    expect(common.find(alias)?.id).toBe(id);
    expect(plain.find(alias)).toBeNull();
  });

  it.each(['gpt-5.9', 'openai/claude-sonnet-4-6', 'claude-sonnet-4-6-2026', '-20260101', '-preview', 'anthropic/'])(
    '%s stays unknown',
    id => {
      expect(common.find(id)).toBeNull();
    },
  );

  it('stay out of the list: it has each model once', () => {
    expect(listed(common).map(card => card.id)).toEqual(models.map(({ id }) => id));
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

/** Ids that stand in the packages of the vendors' own tools, as they were read out of them on that day. */
const WRITTEN_BY_TOOLS = {
  'Claude Code 2.1.332 (2026-11-30)': {
    known: [
      ...[
        'claude-opus-5-5',
        'claude-opus-5',
        'claude-opus-4-8',
        'claude-opus-4-7',
        'claude-opus-4-6',
        'claude-opus-4-5',
      ],
      ...[
        'claude-sonnet-5',
        'claude-sonnet-4-6',
        'claude-sonnet-4-5',
        'claude-sonnet-4-5-20250929',
        'claude-fable-5-1',
      ],
      ...['claude-haiku-4-5', 'claude-haiku-4-5-20251001', 'claude-opus-4-1-20250805'],
    ],
    newer: { 'claude-sonnet-5-5': 'claude-sonnet-5', 'claude-fable-5-2': 'claude-fable-5-1' },
  },
  'Gemini CLI 0.61.0 (2026-11-30)': {
    known: [
      ...['gemini-3.1-pro-preview', 'gemini-3.1-pro-preview-customtools', 'gemini-3-pro-preview', 'gemini-2.5-pro'],
      ...['gemini-3-flash-preview', 'gemini-3.5-flash', 'gemini-3.5-flash-lite', 'gemini-3.1-flash-lite'],
      ...['gemini-3.1-flash-lite-preview', 'gemini-2.5-flash'],
    ],
    newer: { 'gemini-3.8-flash': 'gemini-3-5-flash' },
  },
};

const all = models.map(({ id }) => id);

describe.each(Object.entries(WRITTEN_BY_TOOLS))('what %s asks for by itself', (_, { known, newer }) => {
  it.each(known)('is a model of the catalog: %s', id => {
    expect(common.find(id)?.id).toBeDefined();
  });

  it.each(Object.entries(newer))('is answered with the nearest where the catalog has it not: %s', (id, nearest) => {
    expect(common.find(id)).toBeNull();
    expect(nearestIds(id, all)).toContain(nearest);
  });
});
