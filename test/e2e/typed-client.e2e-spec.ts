/** The client of docs/management-api.md: types by openapi-typescript from the served document, calls by openapi-fetch. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const ROOT = join(__dirname, '..', '..');
const MODULES = join(ROOT, 'node_modules');
const OPTIONS = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
const run = promisify(execFile);

describe('the typed client of the docs', () => {
  let gateway: TestGateway;
  let folder: string;
  let example: string;
  beforeAll(async () => {
    gateway = await startTestGateway();
    folder = await mkdtemp(join(tmpdir(), 'bough-client-'));
    await symlink(MODULES, join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const document = `${gateway.baseUrl}/docs-json`;
    const types = join(folder, 'bough.d.ts');
    await run(process.execPath, [join(MODULES, 'openapi-typescript', 'bin', 'cli.js'), document, '-o', types]);
    const page = await readFile(join(ROOT, 'docs', 'management-api.md'), 'utf8');
    const [, text = ''] = /```ts\n(import createClient[^]*?)```/.exec(page) ?? [];
    example = text
      .replace('http://127.0.0.1:8787', gateway.baseUrl)
      .replace('br-quiet-oak-a1b2c3d4', gateway.mainBranchId);
  });
  afterAll(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** @returns what the compiler found fault with */
  async function compile(name: string, text: string): Promise<string> {
    const file = join(folder, `${name}.ts`);
    await writeFile(file, text);
    const compiler = join(MODULES, 'typescript', 'bin', 'tsc');
    return run(process.execPath, [compiler, ...OPTIONS, file], { cwd: folder }).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  }

  it('compiles, and does what it says', async () => {
    expect(await compile('example', example)).toBe('');
    const env = { ...process.env, NEON_API_KEY: gateway.managementKey };
    await run(process.execPath, [join(folder, 'example.js')], { cwd: folder, env });
    expect(await gateway.sql('SELECT 1 FROM limits')).toEqual([]);
    const done = await gateway.sql(
      "SELECT action FROM audit_entries WHERE action LIKE '%/admin/limits%' ORDER BY occurred_at, action DESC",
    );
    expect(done).toEqual([{ action: 'PUT /admin/limits' }, { action: 'DELETE /admin/limits/:limit_id' }]);
  });

  it.each([
    ['a kind that there is not', "kind: 'requests_per_minute'", "kind: 'requests_per_year'", 'requests_per_year'],
    ['a path that there is not', "'/admin/limits', {", "'/admin/limit', {", '/admin/limit'],
    ['a field that no answer has', 'limit.id', 'limit.name', "'name' does not exist"],
  ])('does not compile with %s', async (name, right, wrong, said) => {
    expect(example).toContain(right);
    expect(await compile(name.replaceAll(' ', '-'), example.replace(right, wrong))).toContain(said);
  });
});
