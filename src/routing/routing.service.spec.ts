import type { CatalogModel } from '../catalog/catalog.types.js';
import { AppConfig } from '../config/app-config.js';
import type { ChangeFeed } from '../platform/change-feed.js';
import type { IdSource } from '../platform/id-source.js';
import type { KnownSecrets } from '../platform/known-secrets.js';
import type { Log } from '../platform/logging.js';
import { MasterKey, SecretBox } from '../platform/secrets.js';
import type { CircuitsService } from './circuits.service.js';
import type { RouteRepository, StoredRoute, StoredUpstream } from './route.repository.js';
import { RoutingService } from './routing.service.js';
import type { Target, Upstream } from './target.types.js';

const BOX = new SecretBox(new MasterKey(Buffer.alloc(32, 1)));
const stored = (id: string, fields: Partial<StoredUpstream> = {}): StoredUpstream => ({
  ...{ id, name: id, kind: 'openai', baseUrl: 'https://provider.example/v1', clientId: null, betaFlags: null },
  updatedAt: new Date(0),
  encryptedSecret: BOX.encrypt(`secret-of-${id}`, `upstream:${id}`),
  ...fields,
});
const route = (upstreamId: string, priority = 1): StoredRoute => ({
  ...{ modelId: 'm', upstreamId, upstreamModel: `at-${upstreamId}`, priority, weight: 1 },
});
const MODEL = { id: 'm', provider: 'openai', providerModelId: 'its-m' } as unknown as CatalogModel;
const SANDBOX = { id: 'sandbox', name: 'sandbox' } as Upstream;

async function start(upstreams: StoredUpstream[], routes: StoredRoute[], environment: Record<string, string> = {}) {
  const rows = { upstreams, routes };
  const told: string[] = [];
  const kept: [Upstream[], Target[]][] = [];
  const hidden: KnownSecrets[] = [];
  let changed: (() => Promise<void>) | undefined;
  const repository = {
    listEnabledUpstreams: () => Promise.resolve(rows.upstreams),
    listRoutes: () => Promise.resolve(rows.routes),
  };
  const routing = new RoutingService(
    AppConfig.fromEnvironment(environment),
    { on: (topic: string, reload: typeof changed) => (told.push(topic), (changed = reload)) } as unknown as ChangeFeed,
    repository as unknown as RouteRepository,
    BOX,
    {
      hide: (known: KnownSecrets) => void hidden.push(known),
      error: (message: string, details: object) => void told.push(`${message} ${JSON.stringify(details)}`),
    } as unknown as Log,
    { below: () => 0 } as unknown as IdSource,
    { keep: (always: Upstream[], routed: Target[]) => void kept.push([always, routed]) } as unknown as CircuitsService,
  );
  const hiddenAtFirst = hidden.length;
  await routing.onModuleInit();
  const plan = () => routing.plan(MODEL).map(({ upstream, model }) => `${upstream.name}: ${model}`);
  return { routing, rows, told, kept, hidden, hiddenAtFirst, plan, changed: () => changed?.() };
}

describe('routing', () => {
  it('plans with what is stored, what the environment names, and the sandbox behind all', async () => {
    const { routing, plan } = await start([stored('a'), stored('b')], [route('b', 2), route('a', 1)], {
      OPENAI_API_KEY: 'test-key-of-openai',
    });
    routing.useSandbox(SANDBOX);
    expect(plan()).toEqual(['a: at-a', 'b: at-b', 'openai: its-m']);
  });

  it('plans with the sandbox once it listens, where there is nothing else', async () => {
    const { routing, plan } = await start([], []);
    expect([plan(), routing.environmentUpstreams()]).toEqual([[], []]);
    routing.useSandbox(SANDBOX);
    expect([plan(), routing.environmentUpstreams()]).toEqual([['sandbox: m'], [SANDBOX]]);
  });

  it('follows what is changed', async () => {
    const { plan, rows, told, changed, routing } = await start([stored('a')], [route('a')]);
    expect([plan(), told]).toEqual([['a: at-a'], ['upstreams']]);
    rows.upstreams = [stored('a'), stored('c')];
    rows.routes = [route('c'), route('a', 2)];
    await changed();
    expect(plan()).toEqual(['c: at-c', 'a: at-a']);
    expect(routing.storedUpstreams().map(({ id }) => id)).toEqual(['c', 'a']);
  });

  it('keeps the object of an upstream that nobody changed, and makes another of one that somebody did', async () => {
    const { routing, rows, changed } = await start(
      [stored('a'), stored('b'), stored('c')],
      [route('a'), route('b'), route('c')],
    );
    const before = routing.storedUpstreams();
    const [a, , c] = rows.upstreams as [StoredUpstream, StoredUpstream, StoredUpstream];
    const touched = { ...c, updatedAt: new Date(1) };
    rows.upstreams = [{ ...a, encryptedSecret: Buffer.from(a.encryptedSecret) }, stored('b', { name: 'b2' }), touched];
    await changed();
    const after = routing.storedUpstreams();
    expect(after.map((upstream, index) => upstream === before[index])).toEqual([true, false, false]);
    rows.upstreams = [a, { ...touched, encryptedSecret: BOX.encrypt('another', 'upstream:c') }];
    await changed();
    expect(routing.storedUpstreams().map(upstream => after.includes(upstream))).toEqual([true, false]);
  });

  it('keeps the circuits of what may be asked, and of nothing else', async () => {
    const environment = { OPENAI_API_KEY: 'test-key-of-openai' };
    const { routing, kept } = await start([stored('a'), stored('unrouted')], [route('a'), route('gone')], environment);
    const [openai] = routing.environmentUpstreams();
    const [a] = routing.storedUpstreams();
    expect(kept).toEqual([[[openai], [expect.objectContaining({ upstream: a, model: 'at-a' })]]]);
  });

  it('names a stored upstream once, however many models are routed to it', async () => {
    const { routing } = await start([stored('a')], [route('a'), { ...route('a'), modelId: 'n' }]);
    expect(routing.storedUpstreams().map(({ id }) => id)).toEqual(['a']);
  });

  it('names those of the environment, and the sandbox behind them', async () => {
    const { routing } = await start([stored('a')], [route('a')], { OPENAI_API_KEY: 'test-key-of-openai' });
    routing.useSandbox(SANDBOX);
    expect(routing.environmentUpstreams().map(({ name }) => name)).toEqual(['openai', 'sandbox']);
  });

  it('leaves out an upstream that does not open, says so, and serves by the others', async () => {
    const closed = stored('closed', { encryptedSecret: BOX.encrypt('x', 'upstream:another') });
    const { plan, told } = await start([closed, stored('a')], [route('closed'), route('a', 2)]);
    expect(plan()).toEqual(['a: at-a']);
    expect(told[1]).toMatch(/^an upstream is left out: .*"upstream":"closed"/);
  });

  it('knows the secrets of all that may be asked, from the beginning and behind each change, and so does the log', async () => {
    const made = await start([stored('a')], [], { OPENAI_API_KEY: 'test-key-of-openai' });
    const { routing, hidden, hiddenAtFirst, rows } = made;
    const knows = (known: KnownSecrets | undefined) =>
      ['test-key-of-openai', 'secret-of-a', 'secret-of-b'].map(secret => known?.isIn(secret));
    expect([hiddenAtFirst, knows(hidden[0])]).toEqual([1, [true, false, false]]);
    expect(knows(routing.knownSecrets)).toEqual([true, true, false]);
    rows.upstreams = [stored('b')];
    await made.changed();
    expect(knows(routing.knownSecrets)).toEqual([true, false, true]);
    expect(hidden.at(-1)).toBe(routing.knownSecrets);
  });
});
