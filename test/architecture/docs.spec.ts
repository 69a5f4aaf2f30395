/** What the docs claim of safety and operation names the tests that hold it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const TEST_FILE = /`((?:src|test)\/[\w./-]+\.(?:spec|e2e-spec)\.ts)`/g;
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe.each(['docs/security.md', 'docs/operations.md'])('%s', path => {
  it('names tests that there are', () => {
    const named = [...read(path).matchAll(TEST_FILE)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(name => !existsSync(join(ROOT, name)))).toEqual([]);
  });
});

describe('the claims of docs/security.md', () => {
  it('name a test each', () => {
    const [, protectedHow = ''] = /## What is protected, and how\n([^]*?)\n## /.exec(read('docs/security.md')) ?? [];
    const claims = protectedHow.split(/\n- /).slice(1);
    expect(claims.length).toBeGreaterThan(10);
    expect(claims.filter(claim => claim.match(TEST_FILE) === null)).toEqual([]);
  });
});

describe('docs/sandbox.md', () => {
  it('names specs that there are, and titles that stand in them', () => {
    const text = read('docs/sandbox.md').replaceAll(/\s+/g, ' ');
    const named = [...text.matchAll(/`([\w/-]+)`: ((?:_[^_]+_(?:, |; | ?))+)/g)];
    expect(named.length).toBeGreaterThan(10);
    const missing = named.flatMap(([, name = '', titles = '']) => {
      const path = join('packages/sandbox/src', `${name}.spec.ts`);
      if (!existsSync(join(ROOT, path))) return [path];
      const spec = read(path);
      const parts = [...titles.matchAll(/_([^_]+)_/g)].flatMap(([, title = '']) => title.split('…'));
      return parts.map(part => part.trim().replace(/^, /, '')).filter(part => part.length > 3 && !spec.includes(part));
    });
    expect(missing).toEqual([]);
  });
});
