/** docs/architecture.md is compared with the code: its picture, its list of modules, and who uses whom. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { expectTable, markdownTable } from '../support/docs-tables.js';
import { sourceFiles } from '../support/source-files.js';

const ROOT = join(__dirname, '..', '..');
const PAGE = 'docs/architecture.md';
const page = readFileSync(join(ROOT, PAGE), 'utf8');
const sources = sourceFiles()
  .filter(({ path }) => path.startsWith('src/'))
  .map(({ root, path }) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** The folders of src but for what is generated, in the order of the page. */
const [, moduleList = ''] = /\n## Modules\n\n```\n([^]*?)```/.exec(page) ?? [];
const listed = [...moduleList.matchAll(/^((?:[a-z]+\/ )+) /gm)].flatMap(([names]) => names.match(/[a-z]+/g) ?? []);
/** They stand side by side. */
const BASE = ['config', 'platform', 'providers'];

/** Whom a module's files import, without their specs. */
function usedBy(module: string): string[] {
  const used = new Set(
    sources
      .filter(({ path }) => path.startsWith(`src/${module}/`))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/\bfrom '(\.[^']+)'/g)].map(([, to = '']) => posix.join(dirname(path), to).split('/')[1]),
      ),
  );
  return listed.filter(name => name !== module && used.has(name));
}

it('lists every folder of src, once', () => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter(entry => entry.isDirectory());
  const wanted = folders.map(({ name }) => name).filter(name => name !== 'generated');
  expect(listed.toSorted()).toEqual(wanted.toSorted());
});

it('tells which modules each one uses', () => {
  const rows = listed.map(name => [`\`${name}\``, usedBy(name).join(', ') || '–']);
  expectTable(PAGE, 'modules', markdownTable(['Module', 'Uses'], rows));
});

it('lists the modules in an order in which nobody uses a later one', () => {
  const late = listed.flatMap((name, index) =>
    usedBy(name)
      .filter(used => listed.indexOf(used) > index && !(BASE.includes(name) && BASE.includes(used)))
      .map(used => `${name} → ${used}`),
  );
  expect(late).toEqual([]);
});

it('names steps that there are, where it says', () => {
  const steps = [...page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \(`([\w/]+)`\)/gm)];
  expect(steps.length).toBeGreaterThan(7);
  for (const [, names = '', folder = ''] of steps) {
    for (const [, name] of names.matchAll(/`(\w+)`/g)) {
      const declared = new RegExp(`export (?:default )?(?:abstract )?(?:class|function|const) ${name}\\b`);
      const files = sources.filter(({ path, text }) => path.startsWith(`src/${folder}/`) && declared.test(text));
      expect([name, folder, files.length]).toEqual([name, folder, 1]);
    }
  }
});

it('draws the guards in the order in which a request meets them', () => {
  const chat = sources.find(({ path }) => path === 'src/inference/chat-completions.controller.ts');
  const [, guards = ''] = /@UseGuards\(([^)]*)\)/.exec(chat?.text ?? '') ?? [];
  const [, interceptor = ''] = /@UseInterceptors\((\w+)/.exec(chat?.text ?? '') ?? [];
  const order = [...guards.split(', '), interceptor];
  const rows = [...page.matchAll(/^\| `(\w+(?:Guard|Interceptor))`/gm)].map(([, name]) => name);
  expect(rows).toEqual(order);
  const drawn = [...(/HTTP edge .*/.exec(page)?.[0] ?? '').matchAll(/▶ (\w+)/g)].map(([, name]) => name);
  const short = order
    .map(name => name.replace(/Guard$|Interceptor$/, ''))
    .filter(name => name !== 'CredentialThrottler');
  expect(drawn).toEqual([...short, 'Inference', 'Upstream', 'Relay']);
});

it('draws arrows that the code has: inference plans, asks upstream, and relays; what is settled goes to metering', () => {
  expect(usedBy('inference')).toEqual(expect.arrayContaining(['routing', 'upstream', 'relay', 'quota', 'metering']));
  // The pipeline never turns back: no step knows the one that calls it.
  for (const step of ['identity', 'catalog', 'quota', 'routing', 'upstream', 'relay', 'metering']) {
    expect([step, usedBy(step).includes('inference')]).toEqual([step, false]);
  }
});

it('names files and folders that there are', () => {
  const paths = [...page.matchAll(/`((?:src|prisma|packages|docs|test)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  const known = new Set([...sources.map(({ path }) => path), ...foldersOf(sources.map(({ path }) => path))]);
  expect(paths.filter(path => path.startsWith('src/') && !known.has(path.replace(/\/$/, '')))).toEqual([]);
});

function foldersOf(paths: readonly string[]): string[] {
  return paths.flatMap(path => path.split('/').map((_, index, parts) => parts.slice(0, index).join('/')));
}
