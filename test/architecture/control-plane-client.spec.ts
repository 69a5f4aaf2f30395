/** The typed client that the tests use is what the generator makes of the document: test/support/control-plane-client.ts. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const ROOT = join(__dirname, '..', '..');
const CLIENT = join(ROOT, 'test', 'support', 'control-plane-client.ts');
const GENERATOR = join(ROOT, 'scripts', 'generate-client.mjs');

describe('the typed client of the control plane', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.stop());

  it('is what the generator makes of the document that is served', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [GENERATOR, `${gateway.baseUrl}/docs-json`], {
      cwd: ROOT,
    });
    expect(stdout).toContain('export class ControlPlaneClient');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(CLIENT, stdout);
    expect(stdout).toBe(readFileSync(CLIENT, 'utf8'));
  });
});
