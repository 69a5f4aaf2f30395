import { AppConfig } from '../config/app-config.js';
import { ChangeFeed } from '../platform/change-feed.js';
import { Log } from '../platform/logging.js';
import { DatabaseLocation } from '../platform/prisma/prisma.service.js';
import { CatalogSeeder } from './catalog.seeder.js';
import { readCatalogSeed } from './catalog-seed.js';
import type { StoredModel } from './catalog-row.js';
import type { ModelAlias } from './common-aliases.js';
import { CatalogRepository } from './catalog.repository.js';
import { CatalogService } from './catalog.service.js';

const SEEDED: readonly StoredModel[] = readCatalogSeed().rows.map(row => ({ ...row, enabled: true }));
const log = Log.create('silent');

/** The rows, as a part that a test changes; `hold` lets an answer come when the test says so. */
class FakeRepository {
  rows: readonly StoredModel[] = SEEDED;
  listModels: () => Promise<StoredModel[]> = () => Promise.resolve([...this.rows]);
  aliases: readonly ModelAlias[] = [];
  listAliases = () => Promise.resolve([...this.aliases]);
  seed = () => Promise.resolve();
}

async function start(environment: Record<string, string> = {}) {
  const repository = new FakeRepository();
  const feed = new ChangeFeed(new DatabaseLocation('', 1), log);
  const fake = repository as unknown as CatalogRepository;
  const service = new CatalogService(
    new CatalogSeeder(fake, log),
    fake,
    feed,
    log,
    AppConfig.fromEnvironment({ BOUGH_COMMON_ALIASES: 'false', BOUGH_OPEN_DIALECTS: 'false', ...environment }),
  );
  await service.onModuleInit();
  return { repository, feed, service };
}

function only(...rows: StoredModel[]): () => Promise<StoredModel[]> {
  return () => Promise.resolve(rows);
}

function change(id: string, fields: Partial<StoredModel>): StoredModel[] {
  return SEEDED.map(row => (row.id === id ? { ...row, ...fields } : row));
}

describe('with BOUGH_OPEN_DIALECTS', () => {
  it.each([
    ['development', {}, true],
    ['production', { NODE_ENV: 'production', BOUGH_MASTER_KEY: 'fake'.repeat(16) }, false],
  ])('nothing said, %s', (_, environment, open) => {
    expect(AppConfig.fromEnvironment(environment).openDialects).toBe(open);
    for (const said of [true, false]) {
      const config = AppConfig.fromEnvironment({ ...environment, BOUGH_OPEN_DIALECTS: String(said) });
      expect(config.openDialects).toBe(said);
    }
  });

  const CHAT = ['chat_completions', 'anthropic_messages', 'openai_responses', 'gemini_generate_content'] as const;

  it('every chat model may be asked in every dialect of chats, and the list says so', async () => {
    const { service } = await start({ BOUGH_OPEN_DIALECTS: 'true' });
    const chats = service.list().filter(({ type }) => type === 'chat');
    expect(chats.length).toBeGreaterThan(40);
    for (const { id } of chats) {
      for (const dialect of CHAT) expect(service.resolve(id, dialect).id).toBe(id);
      expect(() => service.resolve(id, 'embeddings')).toThrow('is not available on the embeddings endpoint');
    }
    const { data } = JSON.parse(service.modelsAnswer().toString()) as {
      data: readonly { id: string; supported_endpoints: readonly string[] }[];
    };
    expect(data.find(({ id }) => id === 'gpt-5-4')?.supported_endpoints).toHaveLength(4);
  });

  it('models of embeddings stay what they are, and what is stored of a model does too', async () => {
    const { service } = await start({ BOUGH_OPEN_DIALECTS: 'true' });
    expect(() => service.resolve('gte-large-en', 'chat_completions')).toThrow('not available');
    expect([...(service.find('gpt-5-4')?.dialects ?? [])]).toEqual(['chat_completions', 'openai_responses']);
  });
});

describe('resolve', () => {
  it.each([
    ['gpt-5-4', 'gpt-5-4'],
    ['databricks-gpt-5-4', 'gpt-5-4'],
    ['gemini-2-5-flash', 'gemini-2-5-flash'],
    ['claude-opus-5-5', 'claude-opus-5-5'],
  ])('takes %s for %s', async (asSent, id) => {
    const { service } = await start();

    expect(service.resolve(asSent, 'chat_completions').id).toBe(id);
  });

  it.each([
    [null, 'missing or invalid model'],
    ['', 'missing or invalid model'],
    ['gpt-5.4', 'unknown model "gpt-5.4". Did you mean "gpt-5-4", "gpt-5-1" or "gpt-5-2"?'],
    ['databricks-nothing', 'unknown model "databricks-nothing"'],
    ['databricks-databricks-gpt-5', 'unknown model "databricks-databricks-gpt-5". Did you mean "gpt-5"?'],
    ['GPT-5-4', 'unknown model "GPT-5-4". Did you mean "gpt-5-4", "gpt-5-1" or "gpt-5-2"?'],
    [' gpt-5-4', 'unknown model " gpt-5-4". Did you mean "gpt-5-4", "gpt-5-1" or "gpt-5-2"?'],
    ['__proto__', 'unknown model "__proto__"'],
    ['gpt-5-3-codex', 'model "gpt-5-3-codex" is not available on the chat_completions endpoint'],
    [
      'databricks-qwen3-embedding-0-6b',
      'model "databricks-qwen3-embedding-0-6b" is not available on the chat_completions endpoint',
    ],
  ])('answers %j with 400 %s', async (asSent, publicMessage) => {
    const { service } = await start();

    expect(() => service.resolve(asSent, 'chat_completions')).toThrow(
      expect.objectContaining({ code: 'invalid_model', status: 400, publicMessage, param: 'model' }),
    );
  });

  it('quotes no more than 200 characters of an id and none that act on a terminal', async () => {
    const { service } = await start();
    const quoted = (id: string) => {
      try {
        service.resolve(id, 'chat_completions');
      } catch (error) {
        return (error as { publicMessage: string }).publicMessage;
      }
      throw new Error('the id was known');
    };

    expect(quoted('x'.repeat(5_000))).toBe(`unknown model "${'x'.repeat(200)}"`);
    expect(quoted('a\u0000b\u001b[2Jc\u202ed\u2028e\r\n')).toBe(
      'unknown model "a\uFFFDb\uFFFD[2Jc\uFFFDd\uFFFDe\uFFFD\uFFFD"',
    );
    expect(quoted(`${'x'.repeat(199)}😀`)).toBe(`unknown model "${'x'.repeat(199)}\uFFFD"`);
  });

  it('answers 403 for a disabled model, but only after the dialect was checked', async () => {
    const { repository, feed, service } = await start();
    repository.rows = change('gpt-5-3-codex', { enabled: false });
    await feed.publish('catalog', 'gpt-5-3-codex');

    expect(() => service.resolve('gpt-5-3-codex', 'openai_responses')).toThrow(
      expect.objectContaining({ code: 'model_not_enabled', status: 403 }),
    );
    expect(() => service.resolve('gpt-5-3-codex', 'chat_completions')).toThrow(
      expect.objectContaining({ code: 'invalid_model' }),
    );
  });
});

describe('a change of the catalog', () => {
  it('is followed before its publication is answered, in the list and in its body', async () => {
    const { repository, feed, service } = await start();
    repository.rows = change('gpt-5', { name: 'Renamed', dialects: ['chat_completions', 'anthropic_messages'] });

    await feed.publish('catalog', 'gpt-5');

    expect(service.resolve('gpt-5', 'anthropic_messages').name).toBe('Renamed');
    expect(service.modelsAnswer().toString()).toContain('"Renamed"');
    expect(service.modelsAnswer(() => true)).toBe(service.modelsAnswer());
  });

  it('swaps the snapshot whole: what was listed before is untouched', async () => {
    const { repository, feed, service } = await start();
    const before = service.list();
    repository.listModels = only();

    await feed.publish('catalog');

    expect(before).toHaveLength(56);
    expect(service.list()).toHaveLength(0);
    expect(Object.isFrozen(before)).toBe(true);
  });

  it('keeps the catalog when it cannot be read', async () => {
    const { repository, feed, service } = await start();
    repository.listModels = () => Promise.reject(new Error('connection lost'));

    await feed.publish('catalog');

    expect(service.list()).toHaveLength(56);
  });

  it('is never undone by a reload that began earlier and ended later', async () => {
    const { repository, feed, service } = await start();
    let answerEarly: (rows: StoredModel[]) => void = () => undefined;
    repository.listModels = () => new Promise(resolve => (answerEarly = resolve));
    const slow = feed.publish('catalog');
    repository.listModels = only(...change('gpt-5', { name: 'Newest' }));
    await feed.publish('catalog');
    answerEarly(change('gpt-5', { name: 'Stale' }));
    await slow;

    expect(service.find('gpt-5')?.name).toBe('Newest');
  });

  it('leaves a model as it was when its new row cannot be read, and takes the other changes', async () => {
    const { repository, feed, service } = await start();
    repository.rows = change('gpt-5', { pricing: { input: 'free' } }).map(row =>
      row.id === 'gpt-5-mini' ? { ...row, name: 'Renamed' } : row,
    );

    await feed.publish('catalog');

    expect(service.find('gpt-5')?.prices.input).toBe(1_250_000n);
    expect(service.find('gpt-5-mini')?.name).toBe('Renamed');
  });
});
