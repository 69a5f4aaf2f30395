import { CatalogSeeder } from '../../src/catalog/catalog.seeder.js';
import { readCatalogSeed } from '../../src/catalog/catalog-seed.js';
import { CatalogRepository } from '../../src/catalog/catalog.repository.js';
import { CatalogService } from '../../src/catalog/catalog.service.js';
import { AppConfig } from '../../src/config/app-config.js';
import { ChangeFeed } from '../../src/platform/change-feed.js';
import { Log } from '../../src/platform/logging.js';
import { DatabaseLocation, PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { createTestDatabase } from '../support/database.js';

const log = Log.create('silent');
const seed = readCatalogSeed();

interface Replica {
  readonly prisma: PrismaService;
  readonly feed: ChangeFeed;
  readonly seeder: CatalogSeeder;
  readonly service: CatalogService;
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
const opened: Replica[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  // No row of it can be deleted; the owner of the table may empty it.
  await replica().prisma.$executeRaw`TRUNCATE model_prices CASCADE`;
  await replica().prisma.model.deleteMany();
  await replica().prisma.setting.deleteMany();
  for (const { feed, prisma } of opened.splice(0)) {
    await feed.onModuleDestroy();
    await prisma.$disconnect();
  }
});
afterAll(() => database.drop());

/** A process of its own, as far as the catalog goes. */
function replica(): Replica {
  const location = new DatabaseLocation(database.url, 3);
  const prisma = new PrismaService(location);
  const feed = new ChangeFeed(location, log);
  const repository = new CatalogRepository(prisma);
  const seeder = new CatalogSeeder(repository, log);
  const made = {
    prisma,
    feed,
    seeder,
    service: new CatalogService(seeder, repository, feed, log, AppConfig.fromEnvironment({})),
  };
  opened.push(made);
  return made;
}

describe('the first start', () => {
  it('fills the catalog with 56 models, and each answers to its id and its alias', async () => {
    const { service } = replica();

    await service.onModuleInit();

    expect(service.list()).toHaveLength(56);
    for (const { id, dialects } of service.list()) {
      const [dialect = 'chat_completions'] = dialects;
      expect(service.resolve(id, dialect).id).toBe(id);
      expect(service.resolve(`databricks-${id}`, dialect).id).toBe(id);
    }
  });

  it('of several replicas at once fills it once', async () => {
    const replicas = Array.from({ length: 4 }, replica);

    await Promise.all(replicas.map(({ service }) => service.onModuleInit()));

    for (const { service } of replicas) expect(service.list()).toHaveLength(56);
  });

  it('stores what the seed says, to the last figure', async () => {
    const { prisma, service } = replica();
    await service.onModuleInit();

    expect(await prisma.model.findUniqueOrThrow({ where: { id: 'gpt-5-4' } })).toMatchObject({
      providerModelId: 'gpt-5.4',
      enabled: true,
      source: 'seed',
      changedFields: [],
      maxInputTokens: 922_000,
      pricing: {
        input: 2.5,
        output: 15,
        cache_read: 0.25,
        tiers: [{ above_input_tokens: 272_000, input: 5, output: 22.5, cache_read: 0.5 }],
      },
    });
    expect(service.find('gpt-oss-120b')?.prices).toMatchObject({ input: 72_000n, output: 280_000n });
  });
});

describe('a later start', () => {
  it('writes nothing when the release brings nothing new', async () => {
    const { prisma, seeder } = replica();
    await seeder.seed();
    const before = await prisma.model.findMany({ orderBy: { id: 'asc' } });
    await seeder.seed();

    expect(await prisma.model.findMany({ orderBy: { id: 'asc' } })).toEqual(before);
  });

  it('never overwrites what an administrator changed, and updates the rest', async () => {
    const { prisma, seeder } = replica();
    await seeder.seed();
    await prisma.model.update({
      where: { id: 'gpt-5' },
      data: { name: 'Ours', enabled: false, pricing: { input: 1 }, changedFields: ['name', 'enabled', 'pricing'] },
    });
    const rows = seed.rows.map(row =>
      row.id === 'gpt-5' ? { ...row, name: 'Theirs', pricing: { input: 9 }, contextLength: 999 } : row,
    );
    await seeder.seed({ version: seed.version + 1, rows });

    expect(await prisma.model.findUniqueOrThrow({ where: { id: 'gpt-5' } })).toMatchObject({
      name: 'Ours',
      enabled: false,
      pricing: { input: 1 },
      contextLength: 999,
    });
  });

  it('writes every price down as a version, once for each change', async () => {
    const { prisma, seeder, service } = replica();
    await seeder.seed();
    await seeder.seed();
    const rows = seed.rows.map(row => (row.id === 'gpt-5' ? { ...row, pricing: { input: 9 } } : row));
    await seeder.seed({ version: seed.version + 1, rows });
    await service.onModuleInit();

    expect(await prisma.modelPrice.count()).toBe(57);
    expect(
      await prisma.modelPrice.findMany({ where: { modelId: 'gpt-5' }, orderBy: { version: 'asc' } }),
    ).toMatchObject([
      { version: 1, pricing: seed.rows.find(row => row.id === 'gpt-5')?.pricing, note: `seed ${seed.version}` },
      { version: 2, pricing: { input: 9 }, note: `seed ${seed.version + 1}` },
    ]);
    expect([service.find('gpt-5')?.priceVersion, service.find('gpt-5-mini')?.priceVersion]).toEqual([2, 1]);
  });

  it("leaves an administrator's models and those that the release no longer names", async () => {
    const { prisma, seeder } = replica();
    await seeder.seed();
    await prisma.model.create({ data: { ...ownModel('our-model'), source: 'admin' } });
    await prisma.model.update({ where: { id: 'gpt-5-mini' }, data: { name: 'Ours', source: 'admin' } });
    await seeder.seed({ version: seed.version + 1, rows: seed.rows.filter(row => row.id !== 'gpt-5-nano') });

    const names = await prisma.model.findMany({ select: { id: true, name: true } });
    expect(names).toHaveLength(57);
    expect(names).toContainEqual({ id: 'our-model', name: 'Own' });
    expect(names).toContainEqual({ id: 'gpt-5-mini', name: 'Ours' });
    expect(names).toContainEqual({ id: 'gpt-5-nano', name: 'GPT-5 Nano' });
  });

  it('of an older release does not undo a newer one', async () => {
    const { prisma, seeder } = replica();
    await seeder.seed({ version: seed.version + 1, rows: seed.rows.map(row => ({ ...row, name: `New ${row.name}` })) });
    await seeder.seed();

    expect(await prisma.model.count({ where: { name: { startsWith: 'New ' } } })).toBe(56);
  });
});

it('a change made on one replica is followed by another', async () => {
  const [here, there] = [replica(), replica()];
  for (const { service, feed } of [here, there]) {
    await service.onModuleInit();
    await feed.onApplicationBootstrap();
  }
  const heard = new Promise<void>(resolve =>
    there.feed.on('catalog', ({ key }) => (key === 'gpt-5' ? resolve() : undefined)),
  );
  await here.prisma.model.update({ where: { id: 'gpt-5' }, data: { enabled: false, changedFields: ['enabled'] } });
  await here.feed.publish('catalog', 'gpt-5');
  await heard;

  for (const { service } of [here, there]) expect(service.find('gpt-5')?.enabled).toBe(false);
});

function ownModel(id: string) {
  return {
    id,
    name: 'Own',
    type: 'chat',
    provider: 'us',
    ownedBy: 'us',
    status: 'active',
    dialects: ['chat_completions'],
    pricing: {},
    modalities: { input: ['text'], output: ['text'] },
    capabilities: {},
    notes: [],
  };
}
