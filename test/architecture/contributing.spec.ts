/** The pages on how to add something list every file in which what was added before occurs. UPDATE_GOLDEN=1 writes their index. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expectTable, markdownTable } from '../support/docs-tables.js';

const ROOT = join(__dirname, '..', '..');
const FOLDER = 'docs/contributing';
/** Where what a page is about may stand. Tests are not among them: a page names those to add. */
const PLACES = ['src', 'packages/sandbox/src', 'prisma', 'docs', 'test/golden', 'README.md', '.env.example'];
const LEFT_OUT = /^src\/generated\/|\.spec\.ts$|^docs\/contributing\//;
const MIGRATIONS = 'prisma/migrations/';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const pages = readdirSync(join(ROOT, FOLDER))
  .filter(name => name !== 'README.md')
  .toSorted();
const files = PLACES.flatMap(filesBelow).filter(path => !LEFT_OUT.test(path));
const texts = new Map(files.map(path => [path, read(path)]));

describe.each(pages)('docs/contributing/%s', name => {
  const page = read(`${FOLDER}/${name}`);
  const listed = listedFiles(page);

  it('lists files that there are, each once', () => {
    expect(listed.filter(path => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('lists every file in which its example occurs, and no other', () => {
    const [, pattern = ''] = /<!-- example: (.*) -->/.exec(page) ?? [];
    const example = new RegExp(pattern, 'i');
    const found = new Set([...texts].filter(([, text]) => example.test(text)).map(([path]) => placeOf(path)));
    // A controller has the paths of its dialect's descriptor, and names it by that.
    const unnamed = name === 'dialect.md' ? ['src/inference/gemini.controller.ts'] : [];
    expect([...found, ...unnamed].toSorted()).toEqual(listed.toSorted());
  });

  it('names tests that there are', () => {
    const tests = [...page.matchAll(/`((?:src|test)\/[\w./-]+\.(?:spec|e2e-spec)\.ts)`/g)].map(([, path = '']) => path);
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.filter(path => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('has a worked example', () => {
    expect(page).toMatch(/## Example: .+\n[^]*```ts\n/);
  });
});

it('the index counts the files of every page', () => {
  const rows = pages.map(name => {
    const page = read(`${FOLDER}/${name}`);
    const [, title = ''] = /^# Add (.*)$/m.exec(page) ?? [];
    const places = listedFiles(page);
    const code = places.filter(path => !/^docs\/|^README\.md$|^\.env\.example$|^test\//.test(path));
    return [`[${title}](${name})`, String(code.length), String(places.length - code.length)];
  });
  expectTable(`${FOLDER}/README.md`, 'pages', markdownTable(['To add', 'Files of code', 'Docs and goldens'], rows));
});

/** The paths in code marks before the colon of each entry under "Files". */
function listedFiles(page: string): string[] {
  const [, list = ''] = /\n## Files\n([^]*?)\n## /.exec(page) ?? [];
  const entries = list.replaceAll(/\n +/g, ' ').split('\n- ').slice(1);
  return entries.flatMap(entry =>
    [...(entry.split('`: ')[0] ?? '').concat('`').matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
  );
}

/** A migration is never changed: who adds something adds one. */
function placeOf(path: string): string {
  return path.startsWith(MIGRATIONS) ? MIGRATIONS : path;
}

function filesBelow(place: string): string[] {
  if (!statSync(join(ROOT, place)).isDirectory()) return [place];
  return readdirSync(join(ROOT, place), { recursive: true, encoding: 'utf8' })
    .map(path => `${place}/${path}`)
    .filter(path => /\.(ts|md|prisma|sql|json|txt)$/.test(path));
}
