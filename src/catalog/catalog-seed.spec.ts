import { tmpdir } from 'node:os';
import { DIALECTS } from '../dialects/dialect.js';
import { readCatalogRow } from './catalog-row.js';
import { readCatalogSeed } from './catalog-seed.js';
import { CatalogSnapshot } from './catalog-snapshot.js';
import type { StoredPricing } from './price-list.js';
import { pricingProblem } from './pricing-problem.js';

const seed = readCatalogSeed();
const snapshot = new CatalogSnapshot(seed.rows.map(row => readCatalogRow({ ...row, enabled: true })));

describe('the seed', () => {
  it('names 56 models, each once', () => {
    expect(new Set(seed.rows.map(row => row.id)).size).toBe(56);
    expect(seed.rows).toHaveLength(56);
  });

  it.each(seed.rows.map(row => row.id))('finds %s by its id and with databricks- before it', id => {
    expect(snapshot.find(id)?.id).toBe(id);
    expect(snapshot.find(`databricks-${id}`)?.id).toBe(id);
    expect(snapshot.find(`databricks-databricks-${id}`)).toBeNull();
  });

  it('serves every dialect, and embeddings only with embedding models', () => {
    const served = new Set(seed.rows.flatMap(row => row.dialects));

    expect(served).toEqual(new Set<string>(DIALECTS));
    for (const row of seed.rows) expect(row.type === 'embedding').toBe(row.dialects.includes('embeddings'));
  });

  it.each([
    ['gpt-5-4', 'gpt-5.4'],
    ['gpt-5-4-mini', 'gpt-5.4-mini'],
    ['gpt-5-1-codex-max', 'gpt-5.1-codex-max'],
    ['gpt-5', 'gpt-5'],
    ['gpt-5-mini', 'gpt-5-mini'],
    ['gpt-6-astra', 'gpt-6-astra'],
    ['gpt-oss-120b', null],
    ['claude-haiku-4-5', 'claude-haiku-4-5'],
    ['gemini-2-5-flash', 'gemini-2.5-flash'],
    ['gemini-3-flash', 'gemini-3-flash'],
    ['llama-4-maverick', null],
  ])('knows %s as %s at its maker', (id, providerModelId) => {
    expect(snapshot.find(id)?.providerModelId).toBe(providerModelId);
  });

  it('prices long prompts by tiers where the maker does', () => {
    expect(snapshot.find('gpt-5-4')?.prices).toMatchObject({
      input: 2_500_000n,
      output: 15_000_000n,
      cacheRead: 250_000n,
      tiers: [{ aboveInputTokens: 272_000, input: 5_000_000n, output: 22_500_000n, cacheRead: 500_000n }],
    });
  });

  it('has prices that an administrator could have written', () => {
    for (const row of seed.rows) {
      const problem = pricingProblem(row.pricing as StoredPricing, row.type);
      expect([row.id, problem]).toEqual([row.id, null]);
    }
  });

  it('has no price where none is published, rather than none for one side', () => {
    const unpriced = snapshot.models.filter(({ prices }) => !prices.published).map(({ id }) => id);

    expect(unpriced).toEqual(['claude-opus-5-5', 'inkling', 'grok-4-6', 'qwen3-embedding-0-6b', 'gte-large-en']);
    for (const id of unpriced) expect(seed.rows.find(row => row.id === id)?.pricing).toEqual({});
  });

  it('is found from any working directory', () => {
    const before = process.cwd();
    process.chdir(tmpdir());
    try {
      expect(readCatalogSeed().rows).toHaveLength(56);
    } finally {
      process.chdir(before);
    }
  });
});

describe('the cards of GET /v1/models', () => {
  const { data } = JSON.parse(snapshot.answerFor().toString()) as { data: Record<string, unknown>[] };
  const card = (id: string) => data.find(model => model['id'] === id);

  it('show every model with its figures and its price in dollars a token', () => {
    expect(data).toHaveLength(56);
    expect(card('claude-sonnet-4-6')).toEqual({
      id: 'claude-sonnet-4-6',
      canonical_slug: 'claude-sonnet-4-6',
      name: 'Claude Sonnet 4.6',
      object: 'model',
      owned_by: 'anthropic',
      created: 0,
      enabled: true,
      context_length: 1_000_000,
      architecture: {
        modality: 'text+image+pdf->text',
        input_modalities: ['text', 'image', 'pdf'],
        output_modalities: ['text'],
        tokenizer: 'Claude',
        instruct_type: null,
      },
      top_provider: { is_moderated: false, context_length: 1_000_000, max_completion_tokens: 64_000 },
      pricing: {
        prompt: '0.000003',
        completion: '0.000015',
        input_cache_read: '0.0000003',
        input_cache_write: '0.00000375',
      },
      per_request_limits: null,
      supported_endpoints: ['/v1/chat/completions', '/anthropic/v1/messages'],
    });
  });

  it('mark retired models, and no others, as deprecated', () => {
    const deprecated = data.filter(model => 'deprecated' in model).map(model => model['id']);

    const retired = seed.rows.filter(row => row.status === 'retired').map(row => row.id);
    expect(new Set(deprecated)).toEqual(new Set(retired));
    expect(card('gemini-2-5-flash')).toMatchObject({ deprecated: true, enabled: true });
  });

  it('list a model that was only reported, without inventing figures', () => {
    expect(card('claude-opus-5-5')).toMatchObject({ context_length: null, pricing: null, enabled: true });
  });
});
