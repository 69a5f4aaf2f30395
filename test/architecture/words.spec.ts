/** Words that a stranger stumbles on have a plain one: nobody writes them again, in names, messages, docs or titles. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const FOLDERS = ['src', 'packages/sandbox/src', 'scripts', 'docs', 'test', 'deploy'];
const PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'prisma/schema.prisma', '.env.example'];
/** Generated files, and what is never written anew: recorded requests have words of their own. */
const LEFT_OUT =
  /^src\/generated\/|^test\/golden\/|^test\/architecture\/words\.spec\.ts$|node_modules|^packages\/.*\/dist\//;

const PLAIN: Readonly<Record<string, string>> = {
  'mend(?:s|ed|ing)?': 'fix, repair or correct',
  'reckon(?:s|ed|ing)?': 'estimate',
  thirsty: 'needsRefill',
  restless: 'needsReport',
  untold: 'hasUnreported, or unsaid',
  'signs? of life': 'keep-alive',
  'stand-?ins?': 'stub or placeholder',
  'corridors?': 'request pipeline',
  'doors?': 'route, port or listener',
  whoever: 'who, everybody, or the one that is meant',
  'at hand': 'in memory, held, or what is meant',
  'territor(?:y|ies)': 'tenant scope',
  'departures?': 'disconnect',
  furniture: 'files',
  'reseal(?:s|ed|ing)?': 'rewrap',
};

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const below = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(path => `${folder}/${path}`);
const files = [...FOLDERS.flatMap(below), ...PAGES].filter(
  path => /\.(?:ts|mjs|cjs|py|md|prisma|yml|example)$/.test(path) && !LEFT_OUT.test(path),
);
/** The former path is named where it is refused, and where that is told. */
const FORMER = /\/admin\/secrets\/reseal/g;
const texts = files.map(path => [path, `${path}\n${read(path)}`.replaceAll(FORMER, '')] as const);

it.each(Object.entries(PLAIN))('nobody writes "%s": the word is %s', word => {
  const pattern = new RegExp(`(?<![A-Za-z])(?:${word})(?![a-z])`, 'i');
  const lines = texts.flatMap(([path, text]) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index}: ${line.trim()}`] : [])),
  );
  expect(lines).toEqual([]);
});
