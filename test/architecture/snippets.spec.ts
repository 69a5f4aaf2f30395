/** Python stands beside TypeScript wherever the docs show an SDK. The snippets run in test/sdk/docs.spec.ts and test/python. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Snippet, snippets } from '../support/snippets.js';

const ROOT = join(__dirname, '..', '..');
/** Spellings that no runner looks for. `ts` is a piece of a program, or one that a spec of its own runs. */
const MISSPELT = new Set(['tsx', 'js', 'javascript', 'mjs', 'py', 'python3', 'pycon']);
/** For contributors, who write TypeScript; and the page of frameworks, each of one language. */
const OF_ONE_LANGUAGE = ['docs/contributing/', 'docs/agents.md'];

const everywhere = snippets();
const all = everywhere.filter(({ page }) => !OF_ONE_LANGUAGE.some(beginning => page.startsWith(beginning)));
const of = (...languages: string[]) => all.filter(({ language }) => languages.includes(language));
const places = (found: readonly Snippet[]) => found.map(({ page, heading }) => `${page}: ${heading}`);

describe('the snippets of the README and the docs', () => {
  it('show Python beside TypeScript, below the same heading', () => {
    const typescript = places(of('typescript', 'ts'));
    expect(typescript.length).toBeGreaterThan(10);
    expect(places(of('python')).filter(place => typescript.includes(place))).toEqual(typescript);
  });

  it('name their language as those who run them look for it', () => {
    expect(everywhere.filter(({ language }) => MISSPELT.has(language))).toEqual([]);
    const read = (name: string) => readFileSync(join(ROOT, 'test/python/checks', name), 'utf8');
    expect(read('snippet_checks.py')).toContain('[ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]');
    expect(read('snippets.py')).toContain('```python\\n');
  });

  it('of Python begin with the start of a program, import what they use by name, and have no tabs', () => {
    const pages = new Set(of('python').map(({ page }) => page));
    for (const page of pages) expect(of('python').find(snippet => snippet.page === page)?.code).toMatch(/^import os\n/);
    expect(of('python').filter(({ code }) => code.includes('\t') || !/\bprint\(/.test(code))).toEqual([]);
  });
});

describe('the lock files of test/python', () => {
  const read = (name: string) => readFileSync(join(ROOT, 'test/python/requirements', name), 'utf8');

  it.each(['newest', 'previous', 'frameworks', 'llamaindex', 'aider'])(
    '%s.txt pins every package by version and hash, from no address',
    name => {
      const lock = read(`${name}.txt`);
      const packages = lock.replaceAll('\\\n', '').trim().split('\n');
      expect(packages.length).toBeGreaterThan(20);
      expect(
        packages.filter(line => !/^[\w.[\]-]+==[\w.!+]+( ;.*?)?( +--hash=sha256:[0-9a-f]{64})+$/.test(line)),
      ).toEqual([]);
      const wanted = read(`${name}.in`).trim().split('\n');
      // The lock file has no extras: what they bring stands in it.
      const pinned = wanted.map(line => line.replace(/\[.*\]/, ''));
      expect(pinned.filter(line => !lock.includes(`${line} \\\n`))).toEqual([]);
    },
  );
});

describe('docs/agents.md', () => {
  const page = readFileSync(join(ROOT, 'docs/agents.md'), 'utf8');
  const source = readFileSync(join(ROOT, 'test/agents/agents.mjs'), 'utf8');
  const agents = [...source.matchAll(/name: '(.+)',\n +packages: \{ '.+?': '(.+?)'/g)].map(
    ([, name = '', version = '']) => ({
      name,
      version,
    }),
  );

  it('has a section with commands for each agent that runs, and says which versions ran', () => {
    expect(agents.length).toBeGreaterThan(5);
    const commands = everywhere.filter(({ language }) => language === 'bash');
    for (const { name, version } of agents) {
      const own = commands.filter(snippet => snippet.page === 'docs/agents.md' && snippet.heading === name);
      expect([name, own.length]).toEqual([name, 1]);
      expect(own[0]?.code.split("'What is a branch in Postgres?'")).toHaveLength(3);
      expect(page).toContain(`| ${name} ${version} `);
    }
  });
});
