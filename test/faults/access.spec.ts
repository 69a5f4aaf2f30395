/** Who is kept out, in every dialect, and what it costs to keep them out. */
import { IdSource } from '../../src/platform/id-source.js';
import { issueManagementKey } from '../../src/management/control-plane/access/management-key.js';
import { issueToken, readShortId, reissueToken } from '../../src/identity/token.js';
import { MODELS, startOpenGateway } from '../sdk/harness.js';
import { askRaw, DIALECT_CALLS, type RawReply, sendBytes } from '../support/dialect-calls.js';
import type { TestGateway } from '../support/gateway.js';
import { Statements } from '../support/statements.js';

const ids = new IdSource();
const INVOKE = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
const REFUSED = 'invalid or missing credential';

interface Issued {
  readonly token_id: string;
  readonly api_token: string;
}

describe('who is kept out', () => {
  let gateway: TestGateway;
  let statements: Statements;
  let branches: string;
  beforeAll(async () => {
    statements = new Statements();
    gateway = await startOpenGateway({
      BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '1000000',
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
    });
    branches = `/api/v2/projects/${gateway.projectId}/branches`;
  });
  afterAll(async () => {
    await gateway.stop();
    statements.stop();
  });

  const issue = async (branchId = gateway.mainBranchId, fields: object = INVOKE) =>
    (await gateway.manage<Issued>('POST', `${branches}/${branchId}/credentials`, fields)).body;
  const grow = async (branch: object = {}) =>
    (await gateway.manage<{ branch: { id: string } }>('POST', branches, { branch })).body.branch.id;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  /** What an answer says, without what every request has of its own. */
  const said = ({ status, headers, text }: RawReply) => {
    const { date: _, 'x-request-id': requestId, 'request-id': __, ...rest } = headers;
    return { status, headers: rest, text: text.replaceAll(String(requestId), 'req') };
  };
  const forged = (token: string) => reissueToken(ids, `nak_live_${readShortId(token)}`).apiToken;

  describe.each(DIALECT_CALLS)('in $dialect', ({ path, body, dialect }) => {
    const model = dialect === 'embeddings' ? MODELS.embedding : MODELS.gpt;
    const ask = (headers: NodeJS.Dict<string | string[]>, prefix = '') =>
      askRaw(gateway.port, { path: prefix + path.replace('%', model), headers, body: body(model) });

    it('a token that is missing, garbage, unknown, forged, revoked, expired or of a deleted branch gets one and the same 401', async () => {
      const [revoked, expired, living, gone] = [await issue(), await issue(), await issue(), await grow()];
      const orphaned = await issue(gone);
      await gateway.manage('DELETE', `${branches}/${gateway.mainBranchId}/credentials/${revoked.token_id}`);
      await gateway.manage('DELETE', `${branches}/${gone}`);
      const sql = "UPDATE credentials SET expires_at = now() - interval '1 second' WHERE id = $1";
      await gateway.sql(sql, [expired.token_id]);
      const tokens = [revoked, expired, orphaned].map(({ api_token: token }) => token);
      const replies = [await ask({})];
      for (const token of [...tokens, forged(living.api_token), issueToken(ids).apiToken, 'garbage']) {
        replies.push(await ask(bearer(token)));
      }
      expect(replies).toHaveLength(7);
      expect(replies[0]).toMatchObject({ status: 401, error: { message: REFUSED } });
      for (const reply of replies) expect(said(reply)).toEqual(said(replies[0] as RawReply));
      expect((await ask(bearer(living.api_token))).status).toBe(200);
    });

    it('two tokens that differ are 401, the same one in several places is not', async () => {
      const [one, other] = [gateway.token, (await issue()).api_token];
      const status = async (headers: NodeJS.Dict<string | string[]>) => (await ask(headers)).status;
      expect(await status({ ...bearer(one), 'x-api-key': one, 'x-goog-api-key': one })).toBe(200);
      for (const name of ['x-api-key', 'x-goog-api-key']) {
        expect([name, await status({ ...bearer(one), [name]: other })]).toEqual([name, 401]);
      }
      expect(await status({ 'x-api-key': one, 'x-goog-api-key': other })).toBe(401);
    });

    it('a token that is sent twice, in another scheme, too long or not of ASCII is 401, and never 500', async () => {
      const { token } = gateway;
      const refused: NodeJS.Dict<string | string[]>[] = [
        { authorization: [`Bearer ${token}`, `Bearer ${token}`] },
        { 'x-api-key': [token, token] },
        { authorization: `Basic ${Buffer.from(`user:${token}`).toString('base64')}` },
        { authorization: `Bearer ${'a'.repeat(8_192)}` },
        { authorization: `Bearer ${token}é` },
        { authorization: token },
      ];
      for (const headers of refused) {
        const reply = await ask(headers);
        expect([headers, reply.status, reply.error.message]).toEqual([headers, 401, REFUSED]);
      }
      expect((await ask({ authorization: `bEaReR    ${token}` })).status).toBe(200);
    });

    it('a key in the address counts for Gemini alone', async () => {
      const [where, query = ''] = path.replace('%', model).split('?');
      const withKey = (key: string, headers = {}) =>
        askRaw(gateway.port, { path: `${where}?${query}&key=${key}`, headers, body: body(model) });
      expect((await withKey(gateway.token)).status).toBe(dialect === 'gemini_generate_content' ? 200 : 401);
      const other = (await issue()).api_token;
      const differing = await withKey(other, bearer(gateway.token));
      expect(differing.status).toBe(dialect === 'gemini_generate_content' ? 401 : 200);
    });

    it('a credential without the scope is 403, before anything is said of the branch', async () => {
      const { api_token: token } = await issue(gateway.mainBranchId, { ...INVOKE, scopes: ['storage:read'] });
      for (const prefix of ['', '/branches/br-unknown']) {
        const reply = await ask(bearer(token), prefix);
        expect([reply.status, reply.error.message]).toEqual([403, 'credential not authorized for ai gateway']);
      }
    });

    it('a branch that is a sibling, a parent, another project’s or nobody’s gets one and the same 403, however it is named', async () => {
      const [own, sibling] = [await grow(), await grow()];
      const foreign = await gateway.manage<{ branch: { id: string } }>('POST', '/api/v2/projects', {});
      const { api_token: token } = await issue(own);
      const replies: RawReply[] = [];
      for (const id of [sibling, gateway.mainBranchId, foreign.body.branch.id, 'br-nobody-0000', 'no-such-name']) {
        replies.push(await ask(bearer(token), `/branches/${id}`));
        replies.push(await ask({ ...bearer(token), host: `${id}-api.localhost` }));
      }
      expect(replies[0]).toMatchObject({
        status: 403,
        error: { message: 'credential not authorized for this branch' },
      });
      for (const reply of replies) expect(said(reply)).toEqual(said(replies[0] as RawReply));
      expect((await ask({ ...bearer(token), host: `${own}-api.localhost` })).status).toBe(200);
    });
  });

  const models = (headers: NodeJS.Dict<string | string[]>, prefix = '') =>
    askRaw(gateway.port, { path: `${prefix}/v1/models`, headers });

  it('two thousand tokens with a wrong checksum cost the database nothing; one with a right checksum is looked up', async () => {
    const broken = () => {
      const token = issueToken(ids).apiToken;
      return token.slice(0, -1) + (token.endsWith('a') ? 'b' : 'a');
    };
    statements.forget();
    for (let round = 0; round < 40; round += 1) {
      const replies = await Promise.all(Array.from({ length: 50 }, () => models(bearer(broken()))));
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([401]));
    }
    expect(statements.seen('credentials')).toEqual([]);
    await models(bearer(issueToken(ids).apiToken));
    expect(statements.seen('credentials')).toHaveLength(1);
  });

  it('whatever is refused costs the same statement: nothing tells by its time whether a token or a key ever was', async () => {
    const [revoked, living] = [await issue(), await issue()];
    await gateway.manage('DELETE', `${branches}/${gateway.mainBranchId}/credentials/${revoked.token_id}`);
    const tokens = [issueToken(ids).apiToken, revoked.api_token, forged(living.api_token)];
    const wanted = { name: 'to be revoked', role: 'viewer' };
    const { body: made } = await gateway.manage<{ id: string; key: string }>('POST', '/admin/management-keys', wanted);
    await gateway.manage('DELETE', `/admin/management-keys/${made.id}`);
    const asked: string[][] = [];
    const ask = async (path: string, token: string) => {
      statements.forget();
      const { status } = await askRaw(gateway.port, { path, headers: bearer(token) });
      expect(status).toBe(401);
      // Others run at their own time: leases, the feed of changes.
      const texts = statements.seen().map(({ text }) => text);
      asked.push(texts.filter(text => /\b(credentials|management_keys|branches|organizations)\b/.test(text)));
    };
    for (const token of tokens) await ask('/v1/models', token);
    for (const key of [issueManagementKey(ids), made.key]) await ask('/admin/models', key);
    const [credential, , , key] = asked;
    expect([credential, key].map(texts => texts?.length)).toEqual([1, 1]);
    expect(asked).toEqual([credential, credential, credential, key, key]);
  });

  it.each([
    ['br-x-api.evil.com', 403],
    ['br-x-api.c2.us-east-2.aws.neon.tech.evil.com', 403],
    ['br-x-api.c2.us-east-2.aws.evilneon.tech', 403],
    ['br-x-api.c2.us-east-2.aws.neon.tech..', 403],
    ['user@br-x-api.c2.us-east-2.aws.neon.tech', 403],
    ['br-x-api.c2.us-east-2.aws.neon.tech@evil.com', 403],
    ['br-x-api.c2.us-east-2.aws.neon.tech/evil.com', 403],
    ['br-x-api.c2.us-east-2.aws.neon.tech:80:80', 403],
    ['br-b\u00fccher-api.c2.us-east-2.aws.neon.tech', 403],
    ['br-x-api.evil.com:443', 403],
    ['BR-X-API.EVIL.COM', 403],
    ['br-x-api.neon.tech', 400],
    ['br-x.c2.us-east-2.aws.neon.tech', 400],
    ['br-x-api.ai.c-2.us-west-9.aws.neon.tech', 404],
  ])('the host %j is %i before anybody is looked up', async (host, status) => {
    statements.forget();
    const reply = await models({ ...bearer(issueToken(ids).apiToken), host });
    expect([reply.status, reply.error.message]).toEqual([status, 'could not resolve workspace from host']);
    expect([...statements.seen('credentials'), ...statements.seen('branches')]).toEqual([]);
  });

  it('an empty host is 403 too', async () => {
    const token = issueToken(ids).apiToken;
    statements.forget();
    const lines = ['GET /v1/models HTTP/1.1', 'Host:', `Authorization: Bearer ${token}`, 'Connection: close', '', ''];
    const { text } = await sendBytes(gateway.port, lines.join('\r\n'));
    expect(text).toMatch(/^HTTP\/1\.1 403 [^]*could not resolve workspace from host/);
    expect(statements.seen('credentials')).toEqual([]);
  });

  it('one token is not another, though all but its secret is the same: neither lets the other in nor keeps it out', async () => {
    for (const first of ['real', 'forged']) {
      const { api_token: real } = await issue();
      const wrong = forged(real);
      expect([wrong.slice(0, 21), wrong === real]).toEqual([real.slice(0, 21), false]);
      const order = first === 'real' ? [real, wrong, real, wrong] : [wrong, real, wrong, real];
      for (const token of order) expect((await models(bearer(token))).status).toBe(token === real ? 200 : 401);
    }
  });

  describe('a text that means something to a database', () => {
    const INJECTED = "x' OR '1'='1";
    const TEXTS = [INJECTED, "'; DROP TABLE credentials; --", '{"$ne":null}', "$1' || pg_sleep(9) || '", "\\'; --"];

    it('is a value wherever it stands, and never a part of a statement', async () => {
      statements.forget();
      const body = (model: string) => ({ model, messages: [] });
      const owner = bearer(gateway.managementKey);
      const replies: [string, number][] = [];
      for (const text of TEXTS) {
        const part = encodeURIComponent(text);
        for (const headers of [bearer(text.replaceAll(' ', '')), { 'x-api-key': text }, { 'x-goog-api-key': text }]) {
          replies.push(['a token', (await models(headers)).status]);
        }
        const gemini = { path: `/gemini/v1beta/models/${part}:generateContent`, body: {} };
        const inQuery = { path: `/gemini/v1beta/models?key=${part}` };
        const chat = { path: '/v1/chat/completions', headers: bearer(gateway.token), body: body(text) };
        replies.push(['a key', (await askRaw(gateway.port, inQuery)).status]);
        replies.push(['a model', (await askRaw(gateway.port, chat)).status]);
        replies.push([
          'a model in a path',
          (await askRaw(gateway.port, { ...gemini, headers: bearer(gateway.token) })).status,
        ]);
        replies.push(['a branch', (await models(bearer(gateway.token), `/branches/${part}`)).status]);
        replies.push(['a branch', (await models(bearer(gateway.token), `/branches/br-${part}`)).status]);
        for (const path of [`/api/v2/projects/${part}`, `${branches}/${part}`, `/admin/models/${part}`]) {
          replies.push(['an object', (await askRaw(gateway.port, { path, headers: owner })).status]);
        }
        for (const path of [`/api/v2/projects?search=${part}`, `${branches}?search=${part}`]) {
          replies.push(['a search', (await askRaw(gateway.port, { path, headers: owner })).status]);
        }
        for (const path of [
          `/admin/usage?branch=${part}`,
          `/admin/audit?actor=${part}`,
          `/admin/limits?scope_id=${part}`,
        ]) {
          replies.push(['a filter', (await askRaw(gateway.port, { path, headers: owner })).status]);
        }
      }
      const allowed: Record<string, number[]> = {
        'a token': [401],
        'a key': [401],
        'a model': [400],
        'a model in a path': [400, 404],
        'a branch': [403],
        'an object': [404],
        'a search': [200],
        'a filter': [200, 400],
      };
      for (const [what, status] of replies)
        expect([what, status, allowed[what]?.includes(status)]).toEqual([what, status, true]);
      const seen = statements.seen();
      // That it was sent as a value shows that it would have been seen.
      expect(
        seen.filter(({ values }) => values.includes(JSON.stringify(INJECTED).slice(1, -1))).length,
      ).toBeGreaterThan(2);
      for (const { text } of seen) expect(text).not.toMatch(/'1'='1|DROP TABLE|\$ne|pg_sleep/);
      expect((await models(bearer(gateway.token))).status).toBe(200);
    });
  });
});
