/** Proof that the import rules can fail: a small program that breaks each of them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

const FILES: Record<string, string> = {
  'tsconfig.json': '{"compilerOptions":{"module":"nodenext","target":"es2023"},"include":["src"]}',
  'package.json': '{"type":"module"}',
  'src/app.module.ts': 'export const app = 1;',
  'src/json/pure.ts': "import '../identity/early.js'; export const pure = 1;",
  'src/config/base.ts': "import '../quota/limits.js'; export const base = 1;",
  'src/providers/kind.ts': "import '../config/base.js'; export const kind = 1;",
  'src/identity/early.ts': "import type { late } from '../relay/late.js'; export const early: typeof late = 1;",
  'src/relay/late.ts': 'export const late = 1 as const;',
  'src/quota/limits.ts': "import '../platform/prisma/prisma.service.js'; export const limits = 1;",
  'src/platform/prisma/prisma.service.ts': 'export const prisma = 1;',
  'src/management/lone.ts': "import '../relay/late.js'; import '../app.module.js'; export const lone = 1;",
  'src/management/control-plane/http.ts': "import '../blocks/blocks.module.js'; export const http = 1;",
  'src/management/blocks/blocks.module.ts': "import '../usage/usage.module.js'; export const blocks = 1;",
  'src/management/blocks/blocks.service.ts': "import '../usage/usage.service.js'; export const service = 1;",
  'src/management/usage/usage.module.ts': "export { usage } from './usage.service.js';",
  'src/management/usage/usage.service.ts': 'export const usage = 1;',
  'src/bootstrap/peek.ts': "import '../management/usage/usage.service.js'; export const peek = 1;",
  'src/catalog/index.ts': 'export const catalog = 1;',
  'src/catalog/user.ts': "import './index.js'; import './nowhere.js'; export const user = 1;",
  'src/sandbox/start.ts': "import '../../packages/sandbox/src/server.js'; export const start = 1;",
  'packages/sandbox/src/server.ts': "import '../../../src/json/pure.js'; export const server = 1;",
  'src/upstream/a.ts': "import './b.js'; export const a = 1;",
  'src/upstream/b.ts': "import './a.js'; export const b = 1;",
};

describe('the import rules', () => {
  it('find what breaks them, type imports included', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bough-rules-'));
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const program = join(ROOT, 'node_modules', '.bin', 'depcruise');
    const config = join(ROOT, '.dependency-cruiser.cjs');
    const { stdout } = spawnSync(program, ['--config', config, '--output-type', 'json', 'src', 'packages'], {
      cwd: folder,
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true, force: true });
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: { from: string; to: string; rule: { name: string } }[] };
    };
    const broken = (name: string) =>
      summary.violations.filter(({ rule }) => rule.name === name).map(({ from, to }) => `${from} → ${to}`);
    expect(broken('nouns-by-module')).toEqual([
      'src/management/blocks/blocks.service.ts → src/management/usage/usage.service.ts',
    ]);
    expect(new Set(summary.violations.map(({ rule }) => rule.name))).toEqual(
      new Set([
        'pure-stays-pure',
        'base-knows-no-module',
        'providers-know-no-module',
        'identity-looks-back-only',
        'prisma-in-repositories-only',
        'management-stays-aside',
        'nouns-by-module',
        'nouns-by-module-from-outside',
        'control-plane-knows-no-noun',
        'only-app-module-wires',
        'packages-stand-alone',
        'packages-by-their-entry',
        'no-barrels',
        'no-unresolvable',
        'no-cycles',
      ]),
    );
  });
});

it('each noun of the control plane has one module file, named like its folder', () => {
  const management = join(ROOT, 'src', 'management');
  const nouns = readdirSync(management, { withFileTypes: true }).filter(entry => entry.isDirectory());
  expect(nouns.length).toBeGreaterThan(15);
  const modules = nouns.flatMap(({ name }) =>
    readdirSync(join(management, name), { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.module.ts'))
      .map(path => `${name}/${path}`),
  );
  expect(modules.toSorted()).toEqual(nouns.map(({ name }) => `${name}/${name}.module.ts`).toSorted());
});
