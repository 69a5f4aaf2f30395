import { startTestGateway, type TestGateway } from '../support/gateway.js';

interface Secrets {
  token_id: string;
  api_token: string;
  s3_secret_access_key: string;
}

const BODY = { name: 'ci', scopes: ['ai_gateway:invoke'], principal_type: 'user' };
const QUESTION = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Reply with exactly: ok' }] };

describe('the secrets of a credential', () => {
  let gateway: TestGateway;
  let path: string;
  beforeAll(async () => {
    gateway = await startTestGateway();
    path = `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/credentials`;
  });
  afterAll(() => gateway.stop());

  const issue = async (extra: object = {}) => (await gateway.manage<Secrets>('POST', path, { ...BODY, ...extra })).body;
  const reveal = (id: string, at = path) => gateway.manage<Secrets>('POST', `${at}/${id}/reveal`);
  const rotate = (id: string, at = path) => gateway.manage<Secrets>('POST', `${at}/${id}/rotate`);
  const ask = async (token: string) => (await gateway.chat(QUESTION, { authorization: `Bearer ${token}` })).status;
  const expire = (id: string) =>
    gateway.sql(`UPDATE credentials SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);

  describe('reveal', () => {
    it('200 shows both again, as often as it is asked, and no cache may keep them', async () => {
      const { token_id, api_token, s3_secret_access_key } = await issue();
      const expected = { token_id, api_token, s3_secret_access_key };
      expect(await reveal(token_id)).toEqual({ status: 200, body: expected });
      expect(await reveal(token_id)).toEqual({ status: 200, body: expected });
      const response = await fetch(`${gateway.baseUrl}${path}/${token_id}/reveal`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.managementKey}` },
      });
      expect(response.headers.get('cache-control')).toBe('no-store');
    });

    it('404 for a revoked one, an expired one, an unknown one and another branch’s', async () => {
      const [revoked, expired, valid] = [await issue(), await issue(), await issue()];
      await gateway.manage('DELETE', `${path}/${revoked.token_id}`);
      await expire(expired.token_id);
      expect((await reveal(revoked.token_id)).status).toBe(404);
      expect((await reveal(expired.token_id)).status).toBe(404);
      expect((await reveal(`nak_live_${'0'.repeat(32)}`)).status).toBe(404);
      const other = await gateway.manage<{ project: { id: string }; branch: { id: string } }>(
        'POST',
        '/api/v2/projects',
        {},
      );
      const crossed = `/api/v2/projects/${other.body.project.id}/branches/${other.body.branch.id}/credentials`;
      expect((await reveal(valid.token_id, crossed)).status).toBe(404);
    });

    it('409 for one of which only the hash was kept; rotated, it can be shown', async () => {
      const { token_id: id } = await issue();
      await gateway.sql('UPDATE credentials SET sealed_secrets = NULL WHERE id = $1', [id]);
      expect(await reveal(id)).toMatchObject({
        status: 409,
        body: { code: 'CONFLICT', message: expect.stringContaining('were not kept') },
      });
      const { body } = await rotate(id);
      expect((await reveal(id)).body.api_token).toBe(body.api_token);
    });

    it('does not open what was encrypted for another credential', async () => {
      const [first, second] = [await issue(), await issue()];
      await gateway.sql(
        'UPDATE credentials SET sealed_secrets = (SELECT sealed_secrets FROM credentials WHERE id = $1) WHERE id = $2',
        [first.token_id, second.token_id],
      );
      const { status, body } = await reveal(second.token_id);
      expect(status).toBe(500);
      expect(JSON.stringify(body)).not.toContain(first.api_token.slice(-32));
    });
  });

  describe('rotate', () => {
    it('200 gives other secrets under the same id, in the published shape', async () => {
      const issued = await issue();
      const { status, body } = await rotate(issued.token_id);
      expect(status).toBe(200);
      const shortId = issued.token_id.slice(9, 21);
      expect(body).toEqual({
        ...issued,
        principal_type: 'user',
        api_token: expect.stringMatching(new RegExp(`^nt_live_${shortId}_[0-9A-Za-z]{32}$`)),
        s3_secret_access_key: expect.stringMatching(/^nsk_live_[0-9a-f]{64}$/),
      });
      expect(body.api_token).not.toBe(issued.api_token);
      expect(body.s3_secret_access_key).not.toBe(issued.s3_secret_access_key);
    });

    it('lets the new token in and the old one out at once, though both were asked about before', async () => {
      const issued = await issue();
      expect(await ask(issued.api_token)).toBe(200);
      for (let round = 0; round < 3; round += 1) {
        const before = (await reveal(issued.token_id)).body.api_token;
        expect(await ask(before)).toBe(200);
        const { body } = await rotate(issued.token_id);
        expect([await ask(before), await ask(body.api_token)]).toEqual([401, 200]);
      }
      expect(await ask(issued.api_token)).toBe(401);
    });

    it('404 for a revoked one, an expired one and an unknown one, which stay what they are', async () => {
      const [revoked, expired] = [await issue(), await issue()];
      await gateway.manage('DELETE', `${path}/${revoked.token_id}`);
      await expire(expired.token_id);
      expect((await rotate(revoked.token_id)).status).toBe(404);
      expect((await rotate(expired.token_id)).status).toBe(404);
      expect((await rotate('nak_live_x')).status).toBe(404);
      expect(await ask(revoked.api_token)).toBe(401);
    });

    it('leaves exactly one token that works when many rotate at once', async () => {
      const { token_id: id } = await issue();
      const replies = await Promise.all(Array.from({ length: 8 }, () => rotate(id)));
      expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
      const statuses = await Promise.all(replies.map(({ body }) => ask(body.api_token)));
      expect(statuses.filter(status => status === 200)).toHaveLength(1);
    });
  });

  it('neither reveals nor rotates for a viewer', async () => {
    const { token_id: id } = await issue();
    await gateway.sql(`UPDATE management_keys SET role = 'viewer'`);
    expect([(await reveal(id)).status, (await rotate(id)).status]).toEqual([403, 403]);
    await gateway.sql(`UPDATE management_keys SET role = 'owner'`);
  });
});

describe('where only hashes are kept', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ BOUGH_CREDENTIAL_SECRETS: 'hashed' });
  });
  afterAll(() => gateway.stop());

  it('nothing is encrypted, reveal is 409, and rotate works', async () => {
    const path = `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/credentials`;
    const { body } = await gateway.manage<Secrets>('POST', path, BODY);
    expect((await gateway.manage('POST', `${path}/${body.token_id}/reveal`)).status).toBe(409);
    const rotated = await gateway.manage<Secrets>('POST', `${path}/${body.token_id}/rotate`);
    expect(rotated.status).toBe(200);
    expect((await gateway.manage('POST', `${path}/${body.token_id}/reveal`)).status).toBe(409);
    const answer = await gateway.chat(QUESTION, { authorization: `Bearer ${rotated.body.api_token}` });
    expect(answer.status).toBe(200);
    expect(await gateway.sql('SELECT id FROM credentials WHERE sealed_secrets IS NOT NULL')).toEqual([]);
  });
});
