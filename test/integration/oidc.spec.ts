import { randomUUID } from 'node:crypto';
import { generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { Clock } from '../../src/platform/clock.js';
import { startTestGateway } from '../support/gateway.js';
import { addModel, OperatorClient, startControlPlane, type TestControlPlane } from '../support/management.js';
import { answer, AUDIENCE, startIssuer, type TestIssuer, type TokenFlaws } from '../support/oidc-issuer.js';

const PROJECTS = '/api/v2/projects';
const CONFIGURATION = '/.well-known/openid-configuration';
const ORGANIZATION = 'org-sso';

describe('tokens of an OpenID issuer', () => {
  let issuer: TestIssuer;
  let plane: TestControlPlane;
  beforeAll(async () => {
    issuer = await startIssuer();
    plane = await start({});
  });
  afterAll(async () => {
    await plane.stop();
    await issuer.stop();
  });
  afterEach(() => {
    issuer.lies.clear();
    jest.restoreAllMocks();
  });

  async function start(environment: Record<string, string>): Promise<TestControlPlane> {
    const started = await startControlPlane({
      BOUGH_OIDC_ISSUER: issuer.url,
      BOUGH_OIDC_AUDIENCE: AUDIENCE,
      BOUGH_OIDC_ORGANIZATION: ORGANIZATION,
      BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '1000',
      ...environment,
    });
    await started.sql('UPDATE organizations SET home = false');
    await started.sql('INSERT INTO organizations (id, name, home) VALUES ($1, $1, true)', [ORGANIZATION]);
    return started;
  }
  const bearer = (token: string, at = plane) => new OperatorClient(at.baseUrl, token, ORGANIZATION, []);
  const enter = async (claims: JWTPayload, flaws?: TokenFlaws) => bearer(await issuer.token(claims, flaws));
  const ada = (role: unknown): JWTPayload => ({ sub: 'ada', email: 'ada@example.com', role });

  it('open what their role opens, in the configured organization', async () => {
    const owner = await enter(ada('owner'));
    expect((await owner.call('POST', '/admin/credits', { usd: '5' })).status).toBe(201);
    const editor = await enter(ada('editor'));
    const made = await editor.call<{ project: { org_id: string } }>('POST', PROJECTS, {});
    expect([made.status, made.body.project.org_id]).toEqual([201, ORGANIZATION]);
    expect((await editor.call('POST', '/admin/credits', { usd: '5' })).status).toBe(403);
    const viewer = await enter(ada(['something else', 'viewer']));
    expect((await viewer.call('GET', '/admin/credits')).status).toBe(200);
    expect((await viewer.call('POST', PROJECTS, {})).status).toBe(403);
  });

  it('403, not 401, for a token without a role', async () => {
    for (const role of [undefined, 'root', [], 5]) {
      expect((await (await enter(ada(role))).call('GET', PROJECTS)).status).toBe(403);
    }
  });

  it('are named in the audit log by their subject', async () => {
    const owner = await enter(ada('owner'));
    await owner.call('POST', PROJECTS, {});
    const { body } = await owner.call<{ entries: object[] }>('GET', '/admin/audit?limit=1&actor=oidc:ada');
    expect(body.entries).toEqual([
      expect.objectContaining({ actor_id: 'oidc:ada', actor_name: 'ada@example.com', actor_role: 'owner' }),
    ]);
  });

  it('have idempotency keys of their own, whichever token they come with', async () => {
    const key = randomUUID();
    const send = async (client: OperatorClient) =>
      client.send<{ project: { id: string } }>(PROJECTS, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${client.key}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: '{}',
      });
    const first = await send(await enter(ada('owner')));
    expect((await send(await enter(ada('admin')))).body).toEqual(first.body);
    expect((await send(await enter({ sub: 'eve', role: 'owner' }))).body.project.id).not.toBe(first.body.project.id);
  });

  it.each<[string, JWTPayload, () => Promise<TokenFlaws> | TokenFlaws]>([
    ['expired', ada('owner'), () => ({ expires: Math.floor(Date.now() / 1_000) - 60 })],
    ['without an end', ada('owner'), () => ({ expires: null })],
    ['not valid yet', ada('owner'), () => ({ notBefore: Math.floor(Date.now() / 1_000) + 120 })],
    ['for another audience', ada('owner'), () => ({ audience: 'another' })],
    ['of another issuer', ada('owner'), () => ({ issuer: 'https://issuer.example.com' })],
    ['of almost the same issuer', ada('owner'), () => ({ issuer: `${issuer.url}/` })],
    ['signed by a stranger', ada('owner'), async () => ({ signedBy: (await generateKeyPair('ES256')).privateKey })],
    ['signed by a key that nobody knows', ada('owner'), () => ({ kid: 'unknown' })],
    ['made for something else', ada('owner'), () => ({ typ: 'logout+jwt' })],
    ['a proof', ada('owner'), () => ({ typ: 'dpop+jwt' })],
    ['without a subject', { role: 'owner' }, () => ({})],
    ['with a subject that cannot be stored', { sub: 'a\u0000b', role: 'owner' }, () => ({})],
  ])('401 for one that is %s', async (_, claims, flaws) => {
    const { status, body } = await (await enter(claims, await flaws())).call('GET', PROJECTS);
    expect([status, body['code']]).toEqual([401, 'INVALID_CREDENTIAL']);
  });

  it.each([['JWT'], ['at+jwt'], ['application/at+jwt']])('open as well with the type %s', async typ => {
    expect((await (await enter(ada('owner'), { typ })).call('GET', PROJECTS)).status).toBe(200);
  });

  it('401 for alg none, for a shared secret, and for one that was changed', async () => {
    const good = await issuer.token(ada('viewer'));
    const [header = '', , signature = ''] = good.split('.');
    const claims = { ...ada('owner'), iss: issuer.url, aud: AUDIENCE, exp: 4_000_000_000 };
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const jwks = await (await fetch(`${issuer.url}/jwks`)).text();
    const tokens = [
      new UnsecuredJWT(claims).encode(),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(Buffer.from(jwks.padEnd(64))),
      `${header}.${changed}.${signature}`,
      `${header}.${changed}.`,
      `${good}x`,
      `${good}.${signature}`,
      good.slice(0, -2),
      'eyJhbGciOiJub25lIn0.e30.',
      'a.b.c',
      `${'a'.repeat(13_000)}.b.c`,
    ];
    for (const token of tokens) {
      expect([token.slice(0, 40), (await bearer(token).call('GET', PROJECTS)).status]).toEqual([
        token.slice(0, 40),
        401,
      ]);
    }
    expect((await bearer(good).call('GET', PROJECTS)).status).toBe(200);
  });

  it('stand in no other header', async () => {
    const token = await issuer.token(ada('owner'));
    expect((await plane.owner.send(PROJECTS, { method: 'GET', headers: { 'x-api-key': token } })).status).toBe(401);
  });

  it('end by the gateway’s own clock, with half a minute of tolerance', async () => {
    const client = await enter(ada('viewer'), { expires: Math.floor(Date.now() / 1_000) + 60 });
    expect((await client.call('GET', PROJECTS)).status).toBe(200);
    const now = jest.spyOn(plane.app.get(Clock), 'now').mockReturnValue(Date.now() + 80_000);
    expect((await client.call('GET', PROJECTS)).status).toBe(200);
    now.mockReturnValue(Date.now() + 120_000);
    expect((await client.call('GET', PROJECTS)).status).toBe(401);
  });

  it('leave management keys as they are', async () => {
    await addModel(plane, 'gpt-5');
    expect((await plane.owner.call('GET', '/admin/models/gpt-5')).status).toBe(200);
    expect((await bearer(`napi_${'0'.repeat(64)}`).call('GET', PROJECTS)).status).toBe(401);
  });

  it('ask the issuer once for many requests, and nothing for a stranger’s token', async () => {
    const own = await start({});
    issuer.asked.length = 0;
    const foreign = await issuer.token(ada('owner'), { issuer: 'https://issuer.example.com' });
    for (const token of [foreign, 'a.b.c', `napi_${'0'.repeat(64)}`]) await bearer(token, own).call('GET', PROJECTS);
    expect(issuer.asked).toEqual([]);
    const client = bearer(await issuer.token(ada('viewer')), own);
    const replies = await Promise.all(Array.from({ length: 8 }, () => client.call('GET', PROJECTS)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const unknown = await issuer.token(ada('owner'), { kid: 'unknown' });
    for (let tried = 0; tried < 5; tried += 1) await bearer(unknown, own).call('GET', PROJECTS);
    expect(issuer.asked).toEqual([CONFIGURATION, '/jwks']);
    await own.stop();
  });

  it('503, never 401, while the issuer is away; then it is asked again', async () => {
    const own = await start({});
    const client = bearer(await issuer.token(ada('viewer')), own);
    const away = async (path: string) => {
      issuer.lies.set(path, response => response.destroy());
      const { status, body, headers } = await client.call('GET', PROJECTS);
      expect([status, body['code'], headers.get('retry-after')]).toEqual([503, 'AUTHORIZATION_UNAVAILABLE', '1']);
      issuer.lies.clear();
    };
    await away(CONFIGURATION);
    // A failure is shared for a moment.
    issuer.asked.length = 0;
    expect((await client.call('GET', PROJECTS)).status).toBe(503);
    expect(issuer.asked).toEqual([]);
    const now = performance.now();
    jest.spyOn(own.app.get(Clock), 'monotonicMs').mockImplementation(() => now + 3_000);
    await away('/jwks');
    expect((await client.call('GET', PROJECTS)).status).toBe(200);
    await own.stop();
  });

  it.each<[string, (url: string) => unknown]>([
    ['of another issuer', url => ({ issuer: 'https://issuer.example.com', jwks_uri: `${url}/jwks` })],
    ['without keys', url => ({ issuer: url })],
    ['with keys that come in the clear', url => ({ issuer: url, jwks_uri: 'http://keys.example.com/jwks' })],
    ['with keys from a file', url => ({ issuer: url, jwks_uri: 'file:///etc/passwd' })],
    ['that is too large', url => ({ issuer: url, jwks_uri: `${url}/jwks`, more: 'x'.repeat(300_000) })],
    ['that is none', () => 'hello'],
  ])('503 for a description %s', async (_, body) => {
    const own = await start({});
    issuer.lies.set(CONFIGURATION, response => answer(response, body(issuer.url)));
    const client = bearer(await issuer.token(ada('owner')), own);
    expect((await client.call('GET', PROJECTS)).status).toBe(503);
    await own.stop();
  });

  it('503 where the issuer sends us elsewhere', async () => {
    const own = await start({});
    issuer.lies.set(CONFIGURATION, response => {
      response.writeHead(302, { location: `${issuer.url}/elsewhere` });
      response.end();
    });
    const client = bearer(await issuer.token(ada('owner')), own);
    issuer.asked.length = 0;
    expect((await client.call('GET', PROJECTS)).status).toBe(503);
    expect(issuer.asked).toEqual([CONFIGURATION]);
    await own.stop();
  });

  it('go on when the issuer signs with a new key', async () => {
    const own = await start({});
    expect((await bearer(await issuer.token(ada('viewer')), own).call('GET', PROJECTS)).status).toBe(200);
    await issuer.rotate();
    const later = Date.now() + 31_000;
    jest.spyOn(Date, 'now').mockImplementation(() => later);
    expect((await bearer(await issuer.token(ada('viewer')), own).call('GET', PROJECTS)).status).toBe(200);
    await own.stop();
  });

  it('take their role from another claim, by the names that the operator gives', async () => {
    const own = await start({
      BOUGH_OIDC_ROLE_CLAIM: 'realm_access.roles',
      BOUGH_OIDC_ROLES: 'bough-admins=admin,staff=viewer',
    });
    const status = async (roles: unknown, method: string, path: string) => {
      const token = await issuer.token({ sub: 'ada', realm_access: { roles } });
      return (await bearer(token, own).call(method, path, method === 'GET' ? undefined : { usd: '1' })).status;
    };
    expect(await status(['staff', 'bough-admins'], 'POST', '/admin/credits')).toBe(201);
    expect(await status(['staff'], 'POST', '/admin/credits')).toBe(403);
    expect(await status(['staff'], 'GET', '/admin/credits')).toBe(200);
    expect(await status(['owner', 'admin'], 'GET', '/admin/credits')).toBe(403);
    await own.stop();
  });

  it('count as failed authentications', async () => {
    const own = await start({ BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '20' });
    const token = await issuer.token(ada('owner'), { audience: 'another' });
    const statuses: number[] = [];
    for (let tried = 0; tried < 21; tried += 1) statuses.push((await bearer(token, own).call('GET', PROJECTS)).status);
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    await own.stop();
  });

  it('call no model; and their organization is there from the start on', async () => {
    const gateway = await startTestGateway({
      BOUGH_OIDC_ISSUER: issuer.url,
      BOUGH_OIDC_AUDIENCE: AUDIENCE,
      BOUGH_OIDC_ORGANIZATION: ORGANIZATION,
    });
    const headers = { authorization: `Bearer ${await issuer.token(ada('owner'))}`, 'content-type': 'application/json' };
    expect((await fetch(`${gateway.baseUrl}/v1/models`, { headers })).status).toBe(401);
    expect((await fetch(gateway.baseUrl + PROJECTS, { method: 'POST', headers, body: '{}' })).status).toBe(201);
    await gateway.stop();
  });

  it('mean nothing where no issuer is configured', async () => {
    const own = await startControlPlane();
    expect((await bearer(await issuer.token(ada('owner')), own).call('GET', PROJECTS)).status).toBe(401);
    await own.stop();
  });
});
