import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findUnsupported } from './unsupported.controller.js';

const ROOT = join(__dirname, '..', '..', '..');
const PUBLISHED = join(ROOT, 'node_modules', '@neondatabase', 'api-client', 'public-v2-for-users.gen.yaml');
const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

function publishedOperations(): string[] {
  const { paths } = parse(readFileSync(PUBLISHED, 'utf8')) as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter(method => METHODS.has(method))
      .map(method => `${method.toUpperCase()} ${path}`),
  );
}

function served(): Set<string> {
  const lines = readFileSync(join(ROOT, 'test', 'golden', 'routes.txt'), 'utf8').split('\n');
  return new Set(
    lines.flatMap(line => {
      const [, method, path] = /^\S+\s+(\S+)\s+\/api\/v2(\/\S*)$/.exec(line) ?? [];
      return path === undefined ? [] : [`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`];
    }),
  );
}

describe('the published API', () => {
  it('is served or named as not supported, operation by operation', () => {
    const here = served();
    const operations = publishedOperations();
    expect(operations.length).toBeGreaterThan(100);
    const forgotten = operations.filter(operation => {
      const path = operation.slice(operation.indexOf('/') + 1);
      return !here.has(operation) && findUnsupported(path) === null;
    });
    expect(forgotten).toEqual([]);
  });

  it('is the only one whose paths are named', () => {
    for (const path of [
      '',
      'nonsense',
      'projects',
      'projects/x',
      'projects/x/branches/y',
      'projects/x/branches/y/api_keys',
    ]) {
      expect([path, findUnsupported(path)]).toEqual([path, null]);
    }
    expect(findUnsupported('projects/x/branches/y/buckets/z/objects')).toBe('buckets');
  });
});
