import { sha256 } from '../../src/platform/secrets.js';
import { makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Issued {
  token_id: string;
  api_token: string;
  s3_secret_access_key: string;
}
interface Listed {
  credentials: { token_id: string; revoked_at?: string }[];
}

const BODY = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
const LATER = '2099-01-01T00:00:00Z';

describe('credentials of API v2', () => {
  let plane: TestControlPlane;
  let projectId: string;
  let branchId: string;
  let path: string;
  beforeAll(async () => {
    plane = await startControlPlane();
    ({ projectId, mainId: branchId } = await makeProject(plane.owner));
    path = `/api/v2/projects/${projectId}/branches/${branchId}/credentials`;
  });
  afterAll(() => plane.stop());

  const issue = async (extra: object = {}) =>
    (await plane.owner.call<Issued>('POST', path, { ...BODY, ...extra })).body;

  describe('POST', () => {
    it('201 shows the token, in exactly the published shape', async () => {
      const { status, body, headers } = await plane.owner.call<Issued>('POST', path, { name: 'ci', ...BODY });
      expect(status).toBe(201);
      expect(headers.get('cache-control')).toBe('no-store');
      const shortId = body.token_id.slice('nak_live_'.length, 'nak_live_'.length + 12);
      expect(body).toEqual({
        token_id: expect.stringMatching(/^nak_live_[0-9a-f]{32}$/),
        token_id_short: shortId,
        name: 'ci',
        api_token: expect.stringMatching(new RegExp(`^nt_live_${shortId}_[0-9A-Za-z]{32}$`)),
        s3_secret_access_key: expect.stringMatching(/^nsk_live_[0-9a-f]{64}$/),
        scopes: ['ai_gateway:invoke'],
        branch_id: branchId,
        created_at: expect.any(String),
      });
      expect(plane.changes.at(-1)).toEqual({ topic: 'identity', key: `credential:${body.token_id}` });
    });

    it('stores the token’s hash, and its secrets encrypted only', async () => {
      const { token_id, api_token, s3_secret_access_key } = await issue();
      const [row] = await plane.sql<{ secret_hash: Buffer; text: string }>(
        'SELECT secret_hash, credentials::text AS text FROM credentials WHERE id = $1',
        [token_id],
      );
      expect(row?.secret_hash.equals(sha256(api_token))).toBe(true);
      expect(row?.text).not.toContain(api_token.slice(-32));
      expect(row?.text).not.toContain(s3_secret_access_key.slice(-64));
    });

    it('201 takes up to 16 scopes, an end, and no name', async () => {
      const scopes = ['storage:read', 'storage:write', 'ai_gateway:invoke', 'functions:invoke'];
      const body = await issue({ scopes: [...scopes, ...scopes, ...scopes, ...scopes], expires_at: LATER });
      expect(body).toMatchObject({ scopes, expires_at: LATER });
      expect(body).not.toHaveProperty('name');
    });

    it.each([
      [{ scopes: ['admin'], projectId: 'x' }, 'projectId is not a field of this request: remove it'],
      [
        { scopes: ['admin'] },
        'scopes may hold only storage:read, storage:write, ai_gateway:invoke or functions:invoke',
      ],
      [{ scopes: ['telemetry:write'] }, 'scopes may hold only'],
      [{ scopes: [] }, 'scopes must have at least 1 items'],
      [{ scopes: Array.from({ length: 17 }, () => 'storage:read') }, 'scopes must have at most 16 items'],
      [{ scopes: 'ai_gateway:invoke' }, 'scopes must be a list'],
      [{ scopes: undefined }, 'scopes must be a list'],
      [{ principal_type: undefined }, 'principal_type must be user'],
      [{ principal_type: 'system' }, 'principal_type must be user'],
      [{ name: 'x'.repeat(257) }, 'name must be a string of 1 to 256 characters'],
      [{ expires_at: '2020-01-01T00:00:00Z' }, 'expires_at must lie in the future'],
      [{ secretHash: 'x' }, 'secretHash is not a field of this request: remove it'],
    ])('400 names the field and what is wanted: %j', async (extra, sentence) => {
      const { status, body } = await plane.owner.call('POST', path, { ...BODY, ...extra });
      expect(status).toBe(400);
      expect(body['message']).toContain(sentence);
    });

    it('404 on another organization’s branch, under another project, and on a deleted branch', async () => {
      expect((await plane.stranger.call('POST', path, BODY)).status).toBe(404);
      const other = await makeProject(plane.owner);
      const crossed = `/api/v2/projects/${other.projectId}/branches/${branchId}/credentials`;
      expect((await plane.owner.call('POST', crossed, BODY)).status).toBe(404);
      await plane.owner.call('DELETE', `/api/v2/projects/${other.projectId}`);
      const gone = `/api/v2/projects/${other.projectId}/branches/${other.mainId}/credentials`;
      expect((await plane.owner.call('POST', gone, BODY)).status).toBe(404);
    });
  });

  describe('GET', () => {
    it('200 lists the branch’s own, newest first, revoked ones included, without a secret', async () => {
      const { projectId: ownProject, mainId } = await makeProject(plane.owner);
      const own = `/api/v2/projects/${ownProject}/branches/${mainId}/credentials`;
      const first = (await plane.owner.call<Issued>('POST', own, { ...BODY, name: 'first' })).body;
      const second = (await plane.owner.call<Issued>('POST', own, { ...BODY, expires_at: LATER })).body;
      await plane.owner.call('DELETE', `${own}/${first.token_id}`);
      const { status, body } = await plane.viewer.call<Listed>('GET', own);
      expect(status).toBe(200);
      const common = { scopes: BODY.scopes, branch_id: mainId, principal_type: 'user', created_at: expect.any(String) };
      const short = (id: string) => id.slice(9, 21);
      expect(body).toEqual({
        credentials: [
          { token_id: second.token_id, token_id_short: short(second.token_id), expires_at: LATER, ...common },
          {
            ...{ token_id: first.token_id, token_id_short: short(first.token_id), name: 'first' },
            ...{ revoked_at: expect.any(String), ...common },
          },
        ],
      });
    });

    it('200 leaves out what customers did not issue', async () => {
      const { token_id: id } = await issue();
      await plane.sql(`UPDATE credentials SET principal_type = 'system' WHERE id = $1`, [id]);
      const { body } = await plane.owner.call<Listed>('GET', path);
      expect(body.credentials.map(each => each.token_id)).not.toContain(id);
      expect((await plane.owner.call('DELETE', `${path}/${id}`)).status).toBe(404);
    });

    it('404 on another organization’s branch', async () => {
      expect((await plane.stranger.call('GET', path)).status).toBe(404);
    });
  });

  describe('DELETE', () => {
    it('204 revokes it, says so to every replica, and repeats harmlessly', async () => {
      const { token_id: id } = await issue();
      expect(await plane.owner.call('DELETE', `${path}/${id}`)).toMatchObject({ status: 204, body: null });
      expect(plane.changes.at(-1)).toEqual({ topic: 'identity', key: `credential:${id}` });
      const revokedAt = async () => (await plane.sql('SELECT revoked_at FROM credentials WHERE id = $1', [id]))[0];
      const first = await revokedAt();
      expect((await plane.owner.call('DELETE', `${path}/${id}`)).status).toBe(204);
      expect(await revokedAt()).toEqual(first);
    });

    it('404 for an unknown one, another branch’s and another organization’s', async () => {
      const { token_id: id } = await issue();
      const other = await makeProject(plane.owner);
      const crossed = `/api/v2/projects/${other.projectId}/branches/${other.mainId}/credentials/${id}`;
      expect((await plane.owner.call('DELETE', `${path}/nak_live_${'0'.repeat(32)}`)).status).toBe(404);
      expect((await plane.owner.call('DELETE', crossed)).status).toBe(404);
      expect((await plane.stranger.call('DELETE', `${path}/${id}`)).status).toBe(404);
      const [row] = await plane.sql<{ revoked_at: Date | null }>('SELECT revoked_at FROM credentials WHERE id = $1', [
        id,
      ]);
      expect(row?.revoked_at).toBeNull();
    });
  });

  it('are in no answer to GET, not even in part', async () => {
    const issued = [await issue({ name: 'scan' }), await issue()];
    for (const each of ['', `/${issued[0]?.token_id}`]) await plane.owner.call('GET', path + each);
    await plane.owner.call('GET', `/api/v2/projects/${projectId}/branches`);
    const heard = plane.heard.join('\n');
    for (const { api_token, s3_secret_access_key } of issued) {
      expect(heard).not.toContain(api_token.slice(-32));
      expect(heard).not.toContain(s3_secret_access_key.slice(-64));
      expect(heard).not.toContain(sha256(api_token).toString('hex'));
      expect(heard).not.toContain(sha256(api_token).toString('base64'));
    }
  });
});
