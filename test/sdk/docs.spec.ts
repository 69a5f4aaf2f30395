/** The TypeScript of the README and the docs, run as it stands there with the newest SDKs. Its Python runs in test/python. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import type { TestGateway } from '../support/gateway.js';
import { snippets } from '../support/snippets.js';
import { startOpenGateway } from './harness.js';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');
/** The names under which this repository has the packages. */
const INSTALLED: Record<string, string> = {
  openai: 'openai7',
  '@anthropic-ai/sdk': 'anthropic-sdk',
  '@google/genai': 'genai3',
  ai: 'ai7',
  '@ai-sdk/openai-compatible': 'ai7-openai-compatible',
};

/** A snippet that imports begins a program; one that does not goes on with the last. */
function programs(): { name: string; code: string }[] {
  const found: { name: string; code: string }[] = [];
  for (const { page, line, language, code } of snippets()) {
    if (language !== 'typescript') continue;
    const last = found.at(-1);
    if (last === undefined || code.startsWith('import ')) found.push({ name: `${page}, from line ${line}`, code });
    else last.code += `\nconsole.log('\\n--- line ${line}');\n${code}`;
  }
  return found;
}

function asJavaScript(code: string): string {
  const here = code.replaceAll(/from '([^']+)'/g, (_, name: string) => `from '${INSTALLED[name] ?? name}'`);
  const { ES2022 } = ts.ScriptTarget;
  return ts.transpileModule(here, { compilerOptions: { module: ts.ModuleKind.ES2022, target: ES2022 } }).outputText;
}

describe('the TypeScript of the docs', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startOpenGateway();
  });
  afterAll(() => gateway.stop());

  it.each(programs())('$name runs, and each of its snippets prints something', async ({ code }) => {
    const { PATH = '' } = process.env;
    const variables = { NEON_AI_GATEWAY_TOKEN: gateway.token, NEON_AI_GATEWAY_BASE_URL: gateway.baseUrl };
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', asJavaScript(code)], {
      cwd: ROOT,
      env: { PATH, ...variables },
    });
    const said = stdout.split(/\n--- line \d+\n/);
    expect(said.filter(text => text.trim() === '')).toEqual([]);
  });
});
