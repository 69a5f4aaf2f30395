/** The published CLI, unchanged, drives the control plane. */
import { request } from 'node:http';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { NeonCli } from '../support/neon-cli.js';

interface Project {
  id: string;
  name: string;
  region_id: string;
}
interface Branch {
  id: string;
  name: string;
  parent_id?: string;
  default: boolean;
  protected: boolean;
  expires_at?: string;
  last_reset_at?: string;
}
interface Credential {
  token_id: string;
  name: string;
  scopes: string[];
  api_token: string;
  s3_secret_access_key: string;
}

const QUESTION = { model: 'gpt-5-nano', messages: [{ role: 'user', content: 'Reply with exactly: ok' }] };

/** What a chat request that names its branch by the host is answered, as a client of that host would send it. */
const askAt = (port: number, host: string, token: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const headers = { host, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const options = { host: '127.0.0.1', port, method: 'POST', path: '/v1/chat/completions', headers };
    const sent = request(options, response => resolve(response.resume().statusCode));
    sent.on('error', reject).end(JSON.stringify(QUESTION));
  });
const variables = (text: string) =>
  Object.fromEntries(
    text
      .split('\n')
      .map(line => line.split('=') as [string, string])
      .filter(([name]) => name !== ''),
  );

jest.setTimeout(60_000);

describe('the published CLI', () => {
  let gateway: TestGateway;
  let cli: NeonCli;
  beforeAll(async () => {
    gateway = await startTestGateway();
    cli = await NeonCli.make(`${gateway.baseUrl}/api/v2`, gateway.managementKey);
  });
  afterAll(async () => {
    await cli.remove();
    await gateway.stop();
  });

  const ask = (host: string, token: string) => askAt(gateway.port, host, token);

  it('knows who it is: me, orgs list', async () => {
    expect(await cli.json('me')).toMatchObject({ login: 'demo', name: 'demo', plan: 'self-hosted' });
    expect((await cli.lines('me'))[0]).toBe('Login  demo');
    expect(await cli.json('orgs', 'list')).toEqual([expect.objectContaining({ id: 'org-default' })]);
    expect(await cli.lines('orgs', 'list')).toEqual(['Organizations', 'Id  Name', 'org-default  Default organization']);
  });

  it('says that a wrong key is one', async () => {
    const stranger = await NeonCli.make(`${gateway.baseUrl}/api/v2`, `napi_${'x'.repeat(64)}`);
    expect(await stranger.refusal('me')).toContain('Authentication failed: the Neon API rejected the API key');
    await stranger.remove();
  });

  it('projects: create, list, get, update, delete, recover', async () => {
    const created = await cli.json<{ project: Project }>('projects', 'create', '--name', 'shop');
    const { id } = created.project;
    expect(created).toMatchObject({ project: { name: 'shop', region_id: 'aws-us-east-2' }, connection_uris: [] });
    const listed = await cli.json<{ projects: Project[]; shared_with_you: object[] }>('projects', 'list');
    expect(listed.projects.map(project => project.id)).toEqual(expect.arrayContaining([id, gateway.projectId]));
    expect(listed.shared_with_you).toEqual([]);
    expect(await cli.json('projects', 'get', id)).toMatchObject({ id, name: 'shop' });
    expect(await cli.json('projects', 'update', id, '--name', 'store')).toMatchObject({ id, name: 'store' });
    expect(await cli.lines('projects', 'get', id)).toEqual(expect.arrayContaining([`Id  ${id}`, 'Name  store']));
    expect(await cli.json('projects', 'delete', id)).toMatchObject({ id });
    expect(await cli.refusal('projects', 'get', id)).toBe('ERROR: project not found');
    const recoverable = await cli.json<Project[]>('projects', 'list', '--recoverable-only');
    expect(recoverable).toEqual([expect.objectContaining({ id, recoverable_until: expect.any(String) })]);
    expect(await cli.json('projects', 'recover', id)).toMatchObject({ id, name: 'store' });
    await cli.json('projects', 'delete', id);
  });

  it('pages through more projects and branches than one page holds', async () => {
    await gateway.sql(
      `INSERT INTO projects (id, name, organization_id, region_id)
       SELECT 'many-' || n, 'many ' || n, 'org-default', 'us-east-2' FROM generate_series(1, 230) AS n`,
    );
    const { projects } = await cli.json<{ projects: Project[] }>('projects', 'list');
    expect(projects.filter(({ id }) => id.startsWith('many-'))).toHaveLength(230);
    await gateway.sql(
      `INSERT INTO branches (id, project_id, name, parent_id, updated_at)
       SELECT 'br-many-' || n, $1, 'many ' || n, $2, now() - interval '1 day' FROM generate_series(1, 130) AS n`,
      [gateway.projectId, gateway.mainBranchId],
    );
    // Found by its name, it stands on the second page of a hundred.
    const project = ['--project-id', gateway.projectId];
    expect(await cli.json('branches', 'get', 'many 1', ...project)).toMatchObject({ id: 'br-many-1' });
    await gateway.sql(`DELETE FROM branches WHERE id LIKE 'br-many-%'`);
    await gateway.sql(`DELETE FROM projects WHERE id LIKE 'many-%'`);
  });

  describe('branches', () => {
    const project = () => ['--project-id', gateway.projectId];

    it('create, list, get, rename, set-expiration, delete', async () => {
      const made = await cli.json<Branch>('branches', 'create', '--name', 'dev', ...project());
      expect(made).toMatchObject({ name: 'dev', parent_id: gateway.mainBranchId });
      const child = await cli.json<Branch>('branches', 'create', '--name', 'child', '--parent', 'dev', ...project());
      expect(child.parent_id).toBe(made.id);
      const listed = await cli.json<Branch[]>('branches', 'list', ...project());
      expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(['main', 'dev', 'child']));
      const table = await cli.lines('branches', 'list', ...project());
      expect(table[0]).toBe('Name  Id  Current State  Created At');
      expect(table.filter(line => line.startsWith('[default]'))).toEqual([
        expect.stringContaining(`[default] main  ${gateway.mainBranchId}  ready`),
      ]);
      expect(await cli.json('branches', 'rename', 'child', 'leaf', ...project())).toMatchObject({
        id: child.id,
        name: 'leaf',
      });
      expect(await cli.json('branches', 'get', 'leaf', ...project())).toMatchObject({ id: child.id });
      const end = ['--expires-at', '2099-01-01T00:00:00Z'];
      const ending = await cli.json<Branch>('branches', 'set-expiration', 'leaf', ...end, ...project());
      expect(ending.expires_at).toBe('2099-01-01T00:00:00Z');
      expect(await cli.json('branches', 'set-expiration', 'leaf', ...project())).not.toHaveProperty('expires_at');
      expect(await cli.refusal('branches', 'delete', 'dev', ...project())).toBe(
        'ERROR: the branch has children: delete them first',
      );
      expect(await cli.json('branches', 'delete', 'leaf', ...project())).toMatchObject({ id: child.id });
      expect((await cli.run('branches', 'delete', child.id, ...project())).exitCode).toBe(0);
      expect(await cli.json('branches', 'delete', 'dev', ...project())).toMatchObject({ id: made.id });
    });

    it('create --schema-only, --expires-at and --protected', async () => {
      const root = await cli.json<Branch>('branches', 'create', '--name', 'empty', '--schema-only', ...project());
      expect(root).toMatchObject({ init_source: 'schema-only' });
      expect(root).not.toHaveProperty('parent_id');
      const end = ['--expires-at', '2099-01-01T00:00:00Z'];
      const ending = await cli.json<Branch>('branches', 'create', '--name', 'ending', ...end, ...project());
      expect(ending.expires_at).toBe('2099-01-01T00:00:00Z');
      const shielded = await cli.json<Branch>('branches', 'create', '--name', 'shielded', '--protected', ...project());
      expect(shielded.protected).toBe(true);
      expect(await cli.refusal('branches', 'delete', 'shielded', ...project())).toBe(
        'ERROR: a protected branch cannot be deleted',
      );
    });

    it('reset, restore with what the CLI calls the backup branch, set-default', async () => {
      const work = await cli.json<Branch>('branches', 'create', '--name', 'work', ...project());
      const reset = await cli.json<Branch>('branches', 'reset', 'work', '--parent', ...project());
      expect(reset).toMatchObject({ id: work.id, parent_id: gateway.mainBranchId, last_reset_at: expect.any(String) });
      await cli.json('branches', 'create', '--name', 'under work', '--parent', 'work', ...project());
      expect(await cli.refusal('branches', 'reset', 'work', '--parent', ...project())).toContain(
        'preserve_under_name is required',
      );
      const source = '^self@2026-01-01T00:00:00Z';
      const preserve = ['--preserve-under-name', 'work before'];
      const restored = await cli.json<Record<string, Branch>>(
        'branches',
        'restore',
        'work',
        source,
        ...preserve,
        ...project(),
      );
      expect(restored).toEqual({
        restored_branch: expect.objectContaining({ id: work.id, last_reset_at: expect.any(String) }),
        backup_branch: expect.objectContaining({ name: 'work before' }),
      });
      const moved = await cli.json<Branch>('branches', 'get', 'under work', ...project());
      expect(moved.parent_id).toBe(restored['backup_branch']?.id);
      expect(await cli.json('branches', 'set-default', 'work', ...project())).toMatchObject({ default: true });
      expect(await cli.json('branches', 'set-default', 'main', ...project())).toMatchObject({ default: true });
      const operations = await cli.json<{ status: string }[]>('operations', 'list', ...project());
      expect(new Set(operations.map(({ status }) => status))).toEqual(new Set(['finished']));
    });

    it('says of what is not here that it is not', async () => {
      expect(await cli.refusal('branches', 'schema-diff', 'main', 'staging', ...project())).toBe(
        'ERROR: not supported by Bough: "schema" is not available here',
      );
      expect(await cli.refusal('branches', 'add-compute', 'main', ...project())).toBe(
        'ERROR: not supported by Bough: "endpoints" is not available here',
      );
      expect(await cli.json('snapshots', 'list', ...project())).toEqual([]);
      expect(await cli.lines('roles', 'list', ...project())).toEqual([
        'Name  Created At',
        expect.stringMatching(/^no-database/),
      ]);
    });
  });

  it('credentials: create, list, reveal, rotate, revoke, and what they open', async () => {
    const project = ['--project-id', gateway.projectId, '--branch', 'preview/feature-x'];
    const made = await cli.json<Credential>(
      ...['credentials', 'create', '--name', 'ci', '--scope', 'ai_gateway:invoke'],
      ...project,
    );
    expect(made).toMatchObject({ name: 'ci', scopes: ['ai_gateway:invoke'] });
    const host = `${(await cli.json<Branch>('branches', 'get', 'preview/feature-x', ...project.slice(0, 2))).id}-api.localhost`;
    expect(await ask(host, made.api_token)).toBe(200);
    const listed = await cli.json<Credential[]>('credentials', 'list', ...project);
    expect(listed).toEqual([expect.objectContaining({ token_id: made.token_id, principal_type: 'user' })]);
    expect(JSON.stringify(listed)).not.toContain(made.api_token);

    const revealed = await cli.json<Credential>('credentials', 'reveal', made.token_id, ...project);
    expect(revealed).toEqual({
      token_id: made.token_id,
      api_token: made.api_token,
      s3_secret_access_key: made.s3_secret_access_key,
    });
    const rotated = await cli.json<Credential>('credentials', 'rotate', made.token_id, ...project);
    expect(rotated).toMatchObject({ token_id: made.token_id, name: 'ci' });
    expect([await ask(host, made.api_token), await ask(host, rotated.api_token)]).toEqual([401, 200]);

    const { exitCode, stderr } = await cli.run('credentials', 'revoke', made.token_id, ...project);
    expect([exitCode, stderr.trim()]).toEqual([0, `INFO: Credential ${made.token_id} revoked`]);
    expect(await ask(host, rotated.api_token)).toBe(401);
    expect(await cli.refusal('credentials', 'reveal', made.token_id, ...project)).toContain('not found on branch');
  });

  it('env pull --service ai-gateway: a token of its own, used again, and a host that leads back here', async () => {
    const pull = ['env', 'pull', '--service', 'ai-gateway', '--branch', 'staging', '--project-id', gateway.projectId];
    const { exitCode, stderr } = await cli.run(...pull);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Pulled 3 Neon variables')]);
    const written = variables(await cli.read('.env.local'));
    expect(written).toEqual({
      NEON_BRANCH: 'staging',
      NEON_AI_GATEWAY_TOKEN: expect.stringMatching(/^nt_live_/),
      NEON_AI_GATEWAY_BASE_URL: expect.stringMatching(/^https:\/\/br-[a-z0-9-]+-api\.ai\.localhost$/),
    });
    const host = new URL(written['NEON_AI_GATEWAY_BASE_URL'] ?? '').host;
    expect(await ask(host, written['NEON_AI_GATEWAY_TOKEN'] ?? '')).toBe(200);
    expect(await ask(host, gateway.token)).toBe(403);
    await cli.run(...pull);
    expect(variables(await cli.read('.env.local'))).toEqual(written);
    const listed = await cli.json<Credential[]>('credentials', 'list', '--branch', 'staging', ...pull.slice(-2));
    expect(listed.map(({ name }) => name)).toEqual(['neon-env staging']);
  });

  it('env pull alone: wants a database, is told that there is none, and writes nothing', async () => {
    const before = await cli.read('.env.local');
    const refusal = await cli.refusal('env', 'pull', '--project-id', gateway.projectId);
    expect(refusal).toContain(
      'not supported by Bough: a database is not available here; pull only the service ai-gateway',
    );
    expect(await cli.read('.env.local')).toBe(before);
  });

  it('logs: query, fields, field-values', async () => {
    for (const model of ['gpt-5-nano', 'gpt-5-nan']) await (await gateway.chat({ ...QUESTION, model })).text();
    interface Logs {
      logs: { message: string; severity_text: string; attributes: { request_id: string } }[];
      next_cursor?: string;
      is_truncated: boolean;
    }
    const where = ['--project-id', gateway.projectId, '--branch', gateway.mainBranchId];
    const query = (...more: string[]) => cli.json<Logs>('logs', 'query', ...where, ...more);
    const both = async (tries = 50): Promise<Logs> => {
      const page = await query('--limit', '2');
      if (page.logs.length === 2 && page.logs[0]?.severity_text === 'WARN') return page;
      if (tries === 0) throw new Error(JSON.stringify(page));
      return both(tries - 1);
    };
    const page = await both();
    expect(page.logs).toMatchObject([
      { severity_text: 'WARN', message: expect.stringMatching(/^refused 400 invalid_model: /) as string },
      { severity_text: 'INFO', message: expect.stringMatching(/^completed 200: gpt-5-nano by sandbox, /) as string },
    ]);
    const [refused, served] = page.logs;
    const ids = ({ logs }: Logs) => logs.map(({ attributes }) => attributes.request_id);
    const first = await query('--limit', '1');
    expect([ids(first), first.is_truncated]).toEqual([[refused?.attributes.request_id], true]);
    const next = await query('--limit', '1', '--cursor', first.next_cursor ?? '');
    expect(ids(next)).toEqual([served?.attributes.request_id]);
    expect(ids(await query('--minimum-severity', 'warn'))[0]).toBe(refused?.attributes.request_id);
    expect(ids(await query('--severity-text', 'INFO', '--limit', '1'))).toEqual(ids(next));
    expect(ids(await query('--body-contains', 'gpt-5-nano by sandbox', '--limit', '1'))).toEqual(ids(next));
    expect((await query('--sort-order', 'asc', '--since', '1m')).logs.length).toBeGreaterThanOrEqual(2);
    expect(await query('--source', 'storage')).toEqual({ logs: [], is_truncated: false });
    expect((await cli.lines('logs', 'query', ...where, '--limit', '1')).join(' ')).toContain('refused 400');
    expect(await cli.refusal('logs', 'query', ...where, '--logql', '{a="b"}')).toContain(
      'logql is not understood here',
    );
    expect((await cli.json<{ fields: string[] }>('logs', 'fields', ...where)).fields).toContain('model');
    const values = (field: string) => cli.json<{ values: string[] }>('logs', 'field-values', field, ...where);
    expect((await values('model')).values).toContain('gpt-5-nano');
    expect((await values('severity_text')).values).toEqual(['INFO', 'WARN']);
    expect((await values('code')).values).toEqual(['invalid_model']);
    expect(await cli.refusal('logs', 'field-values', 'colour', ...where)).toContain('Unknown log field "colour"');
  });

  it('set-context and link: later commands need no project, nor a branch', async () => {
    const { projectId } = gateway;
    expect((await cli.run('set-context', '--project-id', projectId, '--org-id', 'org-default')).exitCode).toBe(0);
    expect(JSON.parse(await cli.read('.neon'))).toEqual({ projectId, orgId: 'org-default' });
    expect((await cli.json<Branch[]>('branches', 'list')).some(branch => branch.default)).toBe(true);
    const link = ['link', '--org-id', 'org-default', '--project-id', projectId, '--branch', 'staging', '--no-env-pull'];
    expect((await cli.run(...link)).exitCode).toBe(0);
    expect(JSON.parse(await cli.read('.neon'))).toEqual({ orgId: 'org-default', projectId, branch: 'staging' });
    const listed = await cli.json<Credential[]>('credentials', 'list');
    expect(listed.map(({ name }) => name)).toEqual(['neon-env staging']);
  });
});

describe('the published CLI, where branches have hosts of their own', () => {
  it('writes the base URL under which the gateway answers', async () => {
    const gateway = await startTestGateway({
      BOUGH_PUBLIC_URL: 'https://gateway.example.com',
      BOUGH_TRUSTED_HOST_SUFFIXES: '.example.com',
    });
    const port = (gateway.bough.app.getHttpServer().address() as { port: number }).port;
    const origin = `http://127.0.0.1:${port}`;
    const cli = await NeonCli.make(`${origin}/api/v2`, gateway.managementKey);
    const pull = await cli.run('env', 'pull', '-s', 'ai-gateway', '--project-id', gateway.projectId);
    expect(pull.exitCode).toBe(0);
    const path = `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/ai_gateway`;
    const headers = { authorization: `Bearer ${gateway.managementKey}` };
    const discovered = (await (await fetch(origin + path, { headers })).json()) as { base_url: string };
    expect(discovered.base_url).toMatch(/^https:\/\/br-.*-api\.ai\.us-east-2\.example\.com$/);
    const written = variables(await cli.read('.env.local'));
    expect(written['NEON_AI_GATEWAY_BASE_URL']).toBe(discovered.base_url);
    const { host } = new URL(discovered.base_url);
    expect(await askAt(port, host, written['NEON_AI_GATEWAY_TOKEN'] ?? '')).toBe(200);
    await cli.remove();
    await gateway.stop();
  });
});
