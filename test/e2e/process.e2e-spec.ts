/** The built program as a newcomer meets it: no database, no provider key, nothing but Node. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, startTestGateway } from '../support/gateway.js';
import { BoughProcess } from '../support/process.js';

const run = promisify(execFile);

describe('the program', () => {
  let dataDir: string;
  const started: BoughProcess[] = [];
  const start = (environment: Record<string, string> = {}) => {
    const bough = BoughProcess.spawn({ BOUGH_DATA_DIR: dataDir, BOUGH_SANDBOX_FIRST_TOKEN_MS: '0', ...environment });
    started.push(bough);
    return bough;
  };
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'bough-process-'));
    // Under a private folder root would keep the database elsewhere, and this test could not remove it.
    await chmod(dataDir, 0o755);
  });
  afterEach(async () => {
    for (const bough of started.splice(0)) await bough.kill('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  });

  const snippet = (extra = '') =>
    run('bash', [
      '-c',
      `set -a; . ${dataDir}/connection.env; set +a
       curl -sS -X POST "$NEON_AI_GATEWAY_BASE_URL/ai-gateway/mlflow/v1/chat/completions" \
         -H "Authorization: Bearer $NEON_AI_GATEWAY_TOKEN" -H "Content-Type: application/json" \
         -d '{"model": "claude-sonnet-4-6", "messages": [{"role": "user", "content": "What is Neon?"}]${extra}}'`,
    ]);
  const connection = async () => readFile(join(dataDir, 'connection.env'), 'utf8');

  it('is what its sources are, though it was put into a few files: the same operations and schemas, and bodies are checked', async () => {
    const sources = await startTestGateway();
    const documentOf = async (baseUrl: string) => (await fetch(`${baseUrl}/docs-json`)).json();
    try {
      const baseUrl = await start().baseUrl();
      expect(await documentOf(baseUrl)).toEqual(await documentOf(sources.baseUrl));
      // Nest loads what checks a body only when the first one comes.
      const key = /^NEON_API_KEY='([^']+)'/m.exec(await connection())?.[1];
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ scope_type: 'nothing', kind: 'tokens_per_minute', value: 1 });
      const refused = await fetch(`${baseUrl}/admin/limits`, { method: 'PUT', headers, body });
      expect([refused.status, await refused.json()]).toMatchObject([400, { error: { param: 'scope_type' } }]);
    } finally {
      await sources.stop();
    }
  });

  it('starts from nothing, prints what to paste, and answers the page’s snippet with the variables it wrote', async () => {
    const bough = start();
    const baseUrl = await bough.baseUrl();
    expect(JSON.parse((await snippet()).stdout)).toMatchObject({ object: 'chat.completion' });
    expect((await snippet(', "stream": true')).stdout).toMatch(/data: \[DONE\]\n\n$/);

    const variables = await connection();
    for (const name of ['TOKEN', 'BASE_URL']) expect(variables).toMatch(new RegExp(`^NEON_AI_GATEWAY_${name}=`, 'm'));
    for (const name of ['API_KEY', 'API_HOST', 'PROJECT_ID'])
      expect(variables).toMatch(new RegExp(`^NEON_${name}=`, 'm'));
    for (const name of ['OPENAI_BASE_URL', 'OPENAI_API_KEY', 'ANTHROPIC_BASE_URL', 'ANTHROPIC_AUTH_TOKEN'])
      expect(variables).toMatch(new RegExp(`^${name}=`, 'm'));
    expect((await stat(join(dataDir, 'connection.env'))).mode & 0o777).toBe(0o600);
    // A pipe is where logs go, so the token is in the file alone.
    const token = /NEON_AI_GATEWAY_TOKEN='([^']+)'/.exec(variables)?.[1] ?? '';
    expect(token).toMatch(/^nt_live_/);
    expect(bough.output).not.toContain(token);
    expect(bough.output).toContain(`set -a; . ${dataDir}/connection.env; set +a`);
    expect(bough.output).toContain('curl -X POST "$NEON_AI_GATEWAY_BASE_URL/ai-gateway/mlflow/v1/chat/completions"');

    const ready = await fetch(`${baseUrl}/readyz`);
    expect(await ready.json()).toEqual({ status: 'ready', database: 'reachable' });
  }, 90_000);

  it('keeps token, branches and usage over a stop and over a kill', async () => {
    const first = start();
    await first.baseUrl();
    const token = /NEON_AI_GATEWAY_TOKEN='([^']+)'/.exec(await connection())?.[1];
    await snippet();
    await first.kill('SIGTERM');
    expect(first.exitCode).toBe(0);

    const second = start();
    await second.baseUrl();
    expect(await connection()).toContain(`NEON_AI_GATEWAY_TOKEN='${token}'`);
    await second.kill('SIGKILL');

    const third = start();
    const baseUrl = await third.baseUrl();
    expect(await connection()).toContain(`NEON_AI_GATEWAY_TOKEN='${token}'`);
    const key = /NEON_API_KEY='([^']+)'/.exec(await connection())?.[1];
    const usage = await fetch(`${baseUrl}/admin/usage?group_by=model`, { headers: { authorization: `Bearer ${key}` } });
    expect(JSON.stringify(await usage.json())).toContain('claude-sonnet-4-6');
  }, 120_000);

  it('lets a running stream finish when it is told to stop, while new work is refused', async () => {
    const bough = start({ BOUGH_SANDBOX_TOKENS_PER_SECOND: '100', BOUGH_DRAIN_MS: '20000' });
    const baseUrl = await bough.baseUrl();
    const token = /NEON_AI_GATEWAY_TOKEN='([^']+)'/.exec(await connection())?.[1];
    const ask = (stream: boolean) =>
      fetch(`${baseUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-5-4', messages: [{ role: 'user', content: 'Explain branching.' }], stream }),
      });
    const response = await ask(true);
    bough.child.kill('SIGTERM');
    await eventually(async () => (await fetch(`${baseUrl}/readyz`)).status === 503, 'readiness fails');
    const refused = await ask(false);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('connection')).toBe('close');
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/);
    expect(await bough.exit()).toBe(0);
  }, 90_000);

  it('ends what still runs after the drain with an in-band error, and exits 0', async () => {
    const bough = start({ BOUGH_SANDBOX_TOKENS_PER_SECOND: '2', BOUGH_DRAIN_MS: '500' });
    const baseUrl = await bough.baseUrl();
    const token = /NEON_AI_GATEWAY_TOKEN='([^']+)'/.exec(await connection())?.[1];
    const stream = run('curl', [
      '-sSN',
      `${baseUrl}/v1/chat/completions`,
      '-H',
      `Authorization: Bearer ${token}`,
      '-H',
      'Content-Type: application/json',
      '-d',
      JSON.stringify({ model: 'gpt-5-4', messages: [{ role: 'user', content: 'Explain branching.' }], stream: true }),
    ]).catch((error: { stdout: string }) => error);
    await eventually(async () => (await (await fetch(`${baseUrl}/metrics`)).text()).includes('in_flight 1'), 'it runs');
    bough.child.kill('SIGTERM');
    const { stdout } = await stream;
    expect(stdout).toMatch(/"code":"gateway_draining"/);
    expect(stdout).not.toContain('[DONE]');
    expect(await bough.exit()).toBe(0);
  }, 90_000);

  it('reports every bad variable by name, never by value, and does not start', async () => {
    const bough = start({
      PORT: 'eighty-secret',
      BOUGH_DRAIN_MS: '-1',
      BOUGH_DRIAN_MS: '5',
      DATABASE_URL: 'mysql://root:hunter2@x',
    });
    expect(await bough.exit()).toBe(78);
    for (const name of ['PORT', 'BOUGH_DRAIN_MS', 'BOUGH_DRIAN_MS', 'DATABASE_URL'])
      expect(bough.output).toContain(name);
    expect(bough.output).not.toMatch(/eighty-secret|hunter2/);
  });

  it('says in one sentence that it cannot reach its database', async () => {
    const bough = start({ DATABASE_URL: 'postgresql://nobody:hunter2@127.0.0.1:1/none' });
    expect(await bough.exit(30_000)).toBe(1);
    expect(bough.output).toMatch(/database/i);
    expect(bough.output).not.toContain('hunter2');
    expect(bough.output).not.toMatch(/\n\s+at /);
  }, 40_000);

  it('in production seeds nothing but the catalog, and takes its first management key from the environment', async () => {
    const managementKey = `napi_${'x'.repeat(64)}`;
    const bough = start({
      NODE_ENV: 'production',
      BOUGH_MASTER_KEY: 'a-test-master-key-that-is-long-enough',
      BOUGH_MANAGEMENT_KEY: managementKey,
    });
    const baseUrl = await bough.baseUrl();
    const get = async (path: string) =>
      (await fetch(baseUrl + path, { headers: { authorization: `Bearer ${managementKey}` } })).json();
    expect(await get('/api/v2/projects')).toMatchObject({ projects: [] });
    expect(JSON.stringify(await get('/admin/models'))).toContain('claude-sonnet-4-6');
    await expect(connection()).rejects.toThrow('ENOENT');
    expect(bough.output).not.toContain(managementKey);
  }, 90_000);

  it('does not start on a database that another master key has encrypted', async () => {
    const first = start({ BOUGH_MASTER_KEY: 'the-first-master-key-long-enough-12' });
    await first.baseUrl();
    await first.kill('SIGTERM');
    const second = start({ BOUGH_MASTER_KEY: 'another-master-key-long-enough-1234' });
    expect(await second.exit()).toBe(1);
    expect(second.output).toMatch(/BOUGH_MASTER_KEY is not the one/);
  }, 90_000);
});
