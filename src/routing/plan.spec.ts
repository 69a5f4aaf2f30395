import type { CatalogModel } from '../catalog/catalog.types.js';
import type { EnvironmentUpstream } from './environment-upstreams.js';
import { planOf, type Sources, tableOf } from './plan.js';
import type { Upstream } from './target.types.js';

const MODEL = { id: 'm' } as CatalogModel;
const upstream = (id: string) => ({ id }) as Upstream;
const route = (modelId: string, upstreamId: string, priority: number, weight = 1) => ({
  ...{ modelId, upstreamId, priority, weight },
  upstreamModel: `${modelId}-at-${upstreamId}`,
});
const OPENED = new Map(['a', 'b'].map(id => [id, upstream(id)]));

const words = (targets: readonly { upstream: Upstream; model: string }[]) =>
  targets.map(({ upstream: { id }, model }) => `${id}: ${model}`);

describe('the table of stored routes', () => {
  it('holds each model’s, without those whose upstream is not here', () => {
    const routes = [route('m', 'a', 1), route('n', 'b', 1), route('m', 'gone', 0), route('m', 'b', 2, 7)];
    const table = tableOf(routes, OPENED);
    expect([...table.keys()]).toEqual(['m', 'n']);
    expect(table.get('m')).toEqual([
      { upstream: OPENED.get('a'), model: 'm-at-a', priority: 1, weight: 1 },
      { upstream: OPENED.get('b'), model: 'm-at-b', priority: 2, weight: 7 },
    ]);
  });
});

describe('the plan of a model', () => {
  const environment = (id: string, name: string | null) => ({ upstream: upstream(id), nameOf: () => name });
  const stored = [route('m', 'b', 2), route('m', 'a', 1)];
  const named = [environment('one', 'm1'), environment('other', null), environment('third', 'm3')];
  const plan = (routes: ReturnType<typeof route>[], sources: Partial<Sources> = {}) =>
    words(
      planOf(
        MODEL,
        { table: tableOf(routes, OPENED), fromEnvironment: [], sandbox: upstream('sandbox'), ...sources },
        () => 0,
      ),
    );

  it.each<[string, ReturnType<typeof route>[], Partial<Sources>, string[]]>([
    ['the stored routes, by priority', stored, {}, ['a: m-at-a', 'b: m-at-b']],
    [
      'those of the environment that serve it behind them, in their order',
      stored,
      { fromEnvironment: named },
      ['a: m-at-a', 'b: m-at-b', 'one: m1', 'third: m3'],
    ],
    ['those of the environment alone', [route('n', 'a', 1)], { fromEnvironment: named }, ['one: m1', 'third: m3']],
    ['the sandbox where nothing else serves it', [route('n', 'a', 1)], {}, ['sandbox: m']],
    ['the sandbox where the environment does not serve it', [], { fromEnvironment: named.slice(1, 2) }, ['sandbox: m']],
    ['nothing where there is no sandbox', [], { sandbox: null }, []],
  ])('is %s', (_, routes, sources, targets) => {
    expect(plan(routes, sources)).toEqual(targets);
  });

  it('asks each upstream of the environment what it calls this model', () => {
    const nameOf: EnvironmentUpstream['nameOf'] = model => `its-${(model as CatalogModel).id}`;
    expect(plan([], { fromEnvironment: [{ upstream: upstream('one'), nameOf }] })).toEqual(['one: its-m']);
  });

  it('is drawn among those of one priority', () => {
    const table = tableOf([route('m', 'a', 1, 2), route('m', 'b', 1, 3)], OPENED);
    const drawn = (ticket: number) =>
      words(planOf(MODEL, { table, fromEnvironment: [], sandbox: null }, limit => Math.min(ticket, limit - 1)));
    expect([drawn(1), drawn(2)]).toEqual([
      ['a: m-at-a', 'b: m-at-b'],
      ['b: m-at-b', 'a: m-at-a'],
    ]);
  });
});
