import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from '@nestjs/common';
import { Installation } from '../../src/identity/installation.js';
import { ManagementKeyRepository } from '../../src/management/control-plane/access/operator.repository.js';
import { ManagementGuard } from '../../src/management/control-plane/access/management.guard.js';
import { PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { addKey, addModel, makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';

const PROJECTS = '/api/v2/projects';
const MODELS = '/admin/models';
const GATEWAY_TOKEN = `nt_live_0123456789ab_${'a'.repeat(32)}`;

describe('the control plane', () => {
  let plane: TestControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await addModel(plane, 'gpt-5');
  });
  afterAll(() => plane.stop());

  const get = async (path: string, authorization?: string, headers: Record<string, string> = {}) => {
    const all = { ...headers, ...(authorization === undefined ? {} : { authorization }) };
    return plane.owner.send(path, { method: 'GET', headers: all });
  };

  it.each([
    ['no key', undefined],
    ['an unknown key', `Bearer napi_${randomBytes(32).toString('hex')}`],
    ['a gateway token', `Bearer ${GATEWAY_TOKEN}`],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['an empty key', 'Bearer '],
    ['a key that no one can have been given', 'Bearer napi_short'],
    ['a very long key', `Bearer napi_${'a'.repeat(5_000)}`],
  ])('401 for %s, in the envelope of each interface', async (_, authorization) => {
    const api = await get(PROJECTS, authorization);
    const message = 'invalid or missing credential';
    expect(api.status).toBe(401);
    expect(api.body).toEqual({ request_id: expect.stringMatching(/^req_/), code: 'INVALID_CREDENTIAL', message });
    const admin = await get(MODELS, authorization);
    expect(admin.status).toBe(401);
    expect(admin.body).toMatchObject({ error: { code: 'invalid_credential', message } });
  });

  it('401 for a key in any other place than the Authorization header', async () => {
    expect((await get(PROJECTS, undefined, { 'x-api-key': plane.owner.key })).status).toBe(401);
    expect((await get(`${PROJECTS}?key=${plane.owner.key}`)).status).toBe(401);
  });

  it('401 for a revoked key, from the next request on', async () => {
    const key = await addKey(
      { query: (text: string, values: unknown[]) => plane.sql(text, values) } as never,
      plane.owner.organizationId,
      'owner',
    );
    expect((await get(PROJECTS, `Bearer ${key}`)).status).toBe(200);
    await plane.sql(`UPDATE management_keys SET revoked_at = now() WHERE key_hash = sha256($1::bytea)`, [
      Buffer.from(key),
    ]);
    expect((await get(PROJECTS, `Bearer ${key}`)).status).toBe(401);
  });

  it('takes the scheme in any case', async () => {
    expect((await get(PROJECTS, `bEARER ${plane.owner.key}`)).status).toBe(200);
  });

  it('every role may look at what is its organization’s; below /admin only owner and admin change anything', async () => {
    const change = { enabled: true };
    for (const operator of [plane.editor, plane.viewer]) {
      const { status, body } = await operator.call('PATCH', `${MODELS}/gpt-5`, change);
      expect(status).toBe(403);
      expect(body).toMatchObject({ error: { code: 'insufficient_role', type: 'permission_error' } });
      for (const path of [PROJECTS, MODELS, '/admin/usage']) {
        expect([path, (await operator.call('GET', path)).status]).toEqual([path, 200]);
      }
    }
    for (const operator of [plane.owner, plane.admin])
      expect((await operator.call('PATCH', `${MODELS}/gpt-5`, change)).status).toBe(200);
  });

  it('403 for a viewer who would change anything', async () => {
    const { projectId, mainId } = await makeProject(plane.editor);
    const branches = `${PROJECTS}/${projectId}/branches`;
    expect((await plane.viewer.call('POST', PROJECTS, {})).status).toBe(403);
    expect((await plane.viewer.call('POST', branches, {})).status).toBe(403);
    expect((await plane.viewer.call('POST', `${branches}/${mainId}/credentials`, {})).status).toBe(403);
    expect((await plane.viewer.call('DELETE', `${PROJECTS}/${projectId}`)).status).toBe(403);
    expect((await plane.viewer.call('GET', `${branches}/${mainId}`)).status).toBe(200);
  });

  it('401 and 403 come before anything is said about the request itself', async () => {
    const body = JSON.stringify({ nonsense: true });
    const headers = { 'content-type': 'application/json' };
    expect((await plane.owner.send('/admin/upstreams', { method: 'POST', headers, body })).status).toBe(401);
    expect((await plane.viewer.call('POST', '/admin/upstreams', { nonsense: true })).status).toBe(403);
  });

  it('503, never 401, while the store of keys is away', async () => {
    const keys = plane.app.get(ManagementKeyRepository, { strict: false });
    const findHolder = jest.spyOn(keys, 'findHolder').mockRejectedValueOnce(new Error('connection lost'));
    const { status, body, headers } = await plane.owner.call('GET', PROJECTS);
    findHolder.mockRestore();
    expect([status, body['code'], headers.get('retry-after')]).toEqual([503, 'AUTHORIZATION_UNAVAILABLE', '1']);
  });

  it('503 while the store of the objects is away', async () => {
    const lost = Object.assign(new Error('cannot reach the database'), { code: 'P1001' });
    const findMany = jest.spyOn(plane.app.get(PrismaService).project, 'findMany').mockRejectedValueOnce(lost as never);
    const { status, body } = await plane.owner.call('GET', PROJECTS);
    findMany.mockRestore();
    expect([status, body['code']]).toEqual([503, 'STORAGE_UNAVAILABLE']);
    expect(JSON.stringify(body)).not.toContain('cannot reach');
  });

  it('keeps a route that declares no audience shut', async () => {
    const guard = plane.app.get(ManagementGuard, { strict: false });
    class Forgotten {
      open(this: void): void {}
    }
    const context = {
      getHandler: () => Forgotten.prototype.open,
      getClass: () => Forgotten,
    } as unknown as ExecutionContext;
    await expect(guard.canActivate(context)).rejects.toMatchObject({ code: 'internal_error' });
  });

  describe('GET ai_gateway', () => {
    const pathOf = (projectId: string, branchId: string) => `${PROJECTS}/${projectId}/branches/${branchId}/ai_gateway`;

    it('200 tells where the gateway answers for a branch', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      const { status, body } = await plane.viewer.call('GET', pathOf(projectId, mainId));
      expect(status).toBe(200);
      expect(body).toEqual({ enabled: true, base_url: `${plane.baseUrl}/branches/${mainId}` });
    });

    it('200 gives the bare address for the installation’s default branch', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      plane.app.get(Installation, { strict: false }).useDefaultBranch(mainId);
      const { body } = await plane.owner.call('GET', pathOf(projectId, mainId));
      expect(body).toEqual({ enabled: true, base_url: plane.baseUrl });
    });

    it('404 says which of the two it was: no such branch', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      const expected = {
        request_id: expect.any(String),
        code: 'NOT_FOUND',
        message: 'branch not found',
        reason: 'branch_not_found',
      };
      const replies = [
        await plane.owner.call('GET', pathOf(projectId, 'br-none')),
        await plane.owner.call('GET', pathOf('no-project', mainId)),
        await plane.stranger.call('GET', pathOf(projectId, mainId)),
      ];
      for (const { status, body } of replies) expect([status, body]).toEqual([404, expected]);
    });
  });

  describe('the description at /docs', () => {
    it('is public, shows no data, and declares a key for every operation of the control plane', async () => {
      const page = await fetch(`${plane.baseUrl}/docs`);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Bough')]);
      const { body } = await get('/docs-json');
      const document = body as unknown as {
        paths: Record<string, Record<string, { security?: object[]; responses: Record<string, unknown> }>>;
        components: { securitySchemes: object; schemas: Record<string, { properties?: object }> };
      };
      expect(Object.keys(document.components.securitySchemes)).toEqual([
        'management-key',
        'gateway-token',
        'gateway-x-api-key',
        'gateway-x-goog-api-key',
      ]);
      const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
      );
      expect(operations.length).toBeGreaterThan(25);
      for (const { name, security, responses } of operations) {
        expect([name, security]).toEqual([name, [{ 'management-key': [] }]]);
        expect([name, Object.keys(responses)]).toEqual([name, expect.arrayContaining(['401', '503'])]);
      }
      expect(document.components.schemas).toHaveProperty('ApiV2Error.properties.request_id');
      expect(document.components.schemas).toHaveProperty('AddUpstreamBody.properties.base_url');
      expect(JSON.stringify(document)).not.toContain(plane.owner.organizationId);
    });

    it.each(['/docs', '/docs/'])('is a page at %s that runs what is served here and nothing else', async path => {
      const page = await fetch(plane.baseUrl + path);
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      const html = await page.text();
      expect(html).not.toMatch(/<script(?![^>]* src=)/);
      const parts = [...html.matchAll(/(?:src|href)="(?!data:|#)([^"]+)"/g)].map(([, place = '']) => place);
      expect(parts.length).toBeGreaterThan(4);
      for (const part of parts) {
        const url = new URL(part, plane.baseUrl + path);
        const answer = await fetch(url);
        await answer.arrayBuffer();
        expect([part, url.origin, answer.status]).toEqual([part, plane.baseUrl, 200]);
      }
    });
  });
});

describe('the control plane under a trusted host suffix', () => {
  let plane: TestControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane({
      BOUGH_PUBLIC_URL: 'https://gateway.example.com',
      BOUGH_TRUSTED_HOST_SUFFIXES: '.example.com',
    });
  });
  afterAll(() => plane.stop());

  it('gives every branch a host of its own, and says where a region has none', async () => {
    const { projectId, mainId } = await makeProject(plane.owner);
    const { body } = await plane.owner.call('GET', `${PROJECTS}/${projectId}/branches/${mainId}/ai_gateway`);
    expect(body).toEqual({ enabled: true, base_url: `https://${mainId}-api.ai.us-east-2.example.com` });

    const far = await plane.owner.call<{ project: { id: string }; branch: { id: string } }>('POST', PROJECTS, {
      project: { region_id: 'aws-sa-east-1' },
    });
    const path = `${PROJECTS}/${far.body.project.id}/branches/${far.body.branch.id}/ai_gateway`;
    expect(await plane.owner.call('GET', path)).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND', reason: 'ai_gateway_unavailable' },
    });
  });
});
