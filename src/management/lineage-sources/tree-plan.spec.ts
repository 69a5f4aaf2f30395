import type { SourceBranch } from './source-tree.js';
import { isIdle, type KeptBranch, planTree } from './tree-plan.js';

const NOW = new Date('2026-11-23T12:00:00Z');
const source = (id: string, fields: Partial<SourceBranch> = {}): SourceBranch => ({
  id,
  parentId: id === 'main' ? null : 'main',
  name: id,
  isDefault: id === 'main',
  protected: false,
  initSource: 'parent-data',
  expiresAt: null,
  lastResetAt: null,
  createdAt: new Date('2026-11-23T10:00:00Z'),
  ...fields,
});
const kept = (id: string, fields: Partial<KeptBranch> = {}): KeptBranch => ({
  ...source(id),
  deletedAt: null,
  ...fields,
});
const ids = (branches: readonly { id: string }[]) => branches.map(({ id }) => id);

describe('what makes one tree the other', () => {
  it('is nothing where they are alike', () => {
    const moment = { expiresAt: new Date('2026-12-01T00:00:00Z') };
    const plan = planTree([kept('main'), kept('dev', moment)], [source('main'), source('dev', { ...moment })], NOW);
    expect(isIdle(plan)).toBe(true);
  });

  it.each<[string, Partial<SourceBranch>]>([
    ['a name', { name: 'other' }],
    ['a parent', { parentId: null }],
    ['protection', { protected: true }],
    ['a reset', { lastResetAt: NOW }],
    ['an end', { expiresAt: new Date('2026-12-01T00:00:00Z') }],
  ])('is a change for %s', (_, fields) => {
    const plan = planTree([kept('main'), kept('dev')], [source('main'), source('dev', fields)], NOW);
    expect([ids(plan.added), ids(plan.changed), ids(plan.revived), plan.ended]).toEqual([[], ['dev'], [], []]);
  });

  it('adds what is new, ends what is gone, and revives what is back', () => {
    const here = [kept('main'), kept('gone'), kept('back', { deletedAt: NOW }), kept('past', { deletedAt: NOW })];
    const plan = planTree(here, [source('main'), source('new'), source('back')], NOW);
    expect([ids(plan.added), ids(plan.changed), ids(plan.revived), plan.ended]).toEqual([
      ['new'],
      ['back'],
      ['back'],
      ['gone'],
    ]);
  });

  it('counts a branch as gone from the moment it ends, though its source lists it still', () => {
    const over = source('dev', { expiresAt: NOW });
    expect(planTree([kept('main'), kept('dev')], [source('main'), over], NOW).ended).toEqual(['dev']);
    expect(isIdle(planTree([kept('main'), kept('dev', { deletedAt: NOW })], [source('main'), over], NOW))).toBe(true);
    const below = source('leaf', { parentId: 'dev' });
    expect(() => planTree([], [source('main'), over, below], NOW)).toThrow('whose parent has expired');
  });
});
