import { MAX_BRANCHES, SourceTree } from './source-tree.js';

const PROJECT = 'winter-boat-259881';
const branch = (id: string, parent: string | null, fields: object = {}) => ({
  id: `br-${id}`,
  project_id: PROJECT,
  ...(parent === null ? {} : { parent_id: `br-${parent}` }),
  name: id,
  default: id === 'main',
  protected: false,
  created_at: '2026-11-23T10:00:00Z',
  ...fields,
});
const main = branch('main', null);

function readSourceTree(projectId: string, ...pages: unknown[][]) {
  const tree = new SourceTree(projectId);
  for (const page of pages) tree.add(page);
  return tree.finish();
}

describe('the tree of a source', () => {
  it('is read whole, whatever order it comes in', () => {
    const moments = { expires_at: '2026-12-01T00:00:00Z', last_reset_at: '2026-11-24T00:00:00.5Z' };
    const tree = readSourceTree(PROJECT, [branch('leaf', 'dev', moments), branch('dev', 'main'), main]);
    expect(tree.map(({ id, parentId }) => [id, parentId])).toEqual([
      ['br-leaf', 'br-dev'],
      ['br-dev', 'br-main'],
      ['br-main', null],
    ]);
    expect(tree[0]).toMatchObject({
      expiresAt: new Date('2026-12-01T00:00:00Z'),
      lastResetAt: new Date('2026-11-24T00:00:00.500Z'),
      initSource: 'parent-data',
    });
  });

  it('takes no notice of what it does not know', () => {
    expect(readSourceTree(PROJECT, [{ ...main, logical_size: 5, restricted_actions: [] }])).toHaveLength(1);
  });

  it.each<[string, unknown[]]>([
    ['has not exactly one default branch', []],
    ['has not exactly one default branch', [branch('dev', null)]],
    ['has not exactly one default branch', [main, branch('dev', 'main', { default: true })]],
    ['lists something that is no branch', [main, null]],
    ['lists something that is no branch', [main, 'br-dev']],
    ['without a branch id', [main, branch('dev', 'main', { id: 'dev' })]],
    ['without a branch id', [main, branch('dev', 'main', { id: 'br-UPPER' })]],
    ['of another project', [main, branch('dev', 'main', { project_id: 'other' })]],
    ['without a name', [main, branch('dev', 'main', { name: '' })]],
    ['without a name', [main, branch('dev', 'main', { name: 'a\u0000b' })]],
    ['without a name', [main, branch('dev', 'main', { name: 'x'.repeat(257) })]],
    ['without its marks', [main, branch('dev', 'main', { protected: 'no' })]],
    ['without its marks', [main, branch('dev', 'main', { default: undefined })]],
    ['names a parent that is none', [main, branch('dev', 'dev')]],
    ['names a parent that is none', [main, branch('dev', 'main', { parent_id: 5 })]],
    ['names a parent that is not in its list', [main, branch('dev', 'gone')]],
    ['names a branch twice', [main, branch('dev', 'main'), branch('dev', 'main', { name: 'other' })]],
    ['has a branch name twice', [main, branch('dev', 'main'), branch('two', 'main', { name: 'dev' })]],
    ['without a time', [main, branch('dev', 'main', { created_at: undefined })]],
    ['gives a time that is none', [main, branch('dev', 'main', { expires_at: 'soon' })]],
    ['gives a time that is none', [main, branch('dev', 'main', { expires_at: 1_790_000_000 })]],
    ['descend from themselves', [main, branch('a', 'b'), branch('b', 'c'), branch('c', 'a')]],
    ['of no known kind', [main, branch('dev', 'main', { init_source: ['schema-only'] })]],
  ])('is not taken when it %s', (sentence, items) => {
    expect(() => readSourceTree(PROJECT, items)).toThrow(sentence);
  });

  it('may be as deep as identity follows it, and no deeper', () => {
    const chain = (length: number) =>
      [
        main,
        ...Array.from({ length: length - 1 }, (_, n) => branch(`n${n}`, n === 0 ? 'main' : `n${n - 1}`)),
      ].reverse();
    expect(readSourceTree(PROJECT, chain(10_000))).toHaveLength(10_000);
    expect(() => readSourceTree(PROJECT, chain(10_001))).toThrow('more than 10000 branches');
  });

  it('is the same in however many pages it comes', () => {
    const pages = [[branch('leaf', 'dev')], [], [branch('dev', 'main'), main]];
    expect(readSourceTree(PROJECT, ...pages)).toEqual(readSourceTree(PROJECT, pages.flat()));
  });

  it('is refused at the page that makes it too large', () => {
    const tree = new SourceTree(PROJECT);
    tree.add(Array.from({ length: MAX_BRANCHES }, () => main));
    expect(() => tree.add([main])).toThrow('more than');
    // Before any of a page is read, so that a page of millions costs nothing.
    expect(() => new SourceTree(PROJECT).add(Array.from({ length: 8_000_000 }, () => null))).toThrow('more than');
  });
});
