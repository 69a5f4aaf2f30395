import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { BodyBudget } from '../../src/inference/body/body-budget.js';
import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const MEBIBYTE = 1_048_576;
const ONE_SHORT = Buffer.from(`{"model":"gpt-5-4","pad":"${'x'.repeat(MEBIBYTE - 26)}`).subarray(0, MEBIBYTE - 1);
const UNLIMITED = {
  BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
  BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
  BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
};

describe('uploads that do not end', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  const open: Socket[] = [];
  beforeAll(async () => {
    provider = await FakeProvider.start(answerChat());
  });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
  });
  afterAll(async () => {
    await provider.stop();
  });

  const start = async (environment: Record<string, string>) => {
    gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      ...UNLIMITED,
      ...environment,
    });
  };
  const bytesInUse = () => gateway.bough.app.get(BodyBudget, { strict: false }).bytesInUse;

  /** A connection on which a request begins; what comes back on it so far. */
  const upload = async (token: string, headers: string, begin: Buffer, path = '/v1/chat/completions') => {
    const socket = connect(gateway.port, '127.0.0.1');
    open.push(socket);
    const heard = { text: '', closed: false };
    socket.on('error', () => undefined);
    socket.on('close', () => (heard.closed = true));
    socket.on('data', (chunk: Buffer) => (heard.text += chunk.toString()));
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/json\r\n${headers}\r\n\r\n`,
    );
    socket.write(begin);
    await new Promise(resolve => socket.once('connect', resolve));
    return heard;
  };

  const chunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  const compressed = gzipSync(randomBytes(100_000)).subarray(0, -1);

  describe('and hold memory', () => {
    let tokens: { readonly first: string; readonly second: string; readonly third: string; readonly foreign: string };
    let foreignBranch: string;
    beforeAll(async () => {
      // 26 MiB of it are for large bodies: half of them for a credential, three quarters for an organization.
      await start({ BOUGH_MAX_BODY_BYTES: String(MEBIBYTE), BOUGH_BODY_BUDGET_BYTES: String(32 * MEBIBYTE) });
      tokens = {
        first: gateway.token,
        second: await tokenOf(gateway.managementKey, gateway.projectId, gateway.mainBranchId),
        third: await tokenOf(gateway.managementKey, gateway.projectId, gateway.mainBranchId),
        foreign: await foreignToken(),
      };
    });
    afterAll(() => gateway.stop());

    const call = async <Body>(key: string, path: string, body: object): Promise<Body> => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const response = await fetch(gateway.baseUrl + path, { method: 'POST', headers, body: JSON.stringify(body) });
      expect(response.status).toBeLessThan(300);
      return (await response.json()) as Body;
    };
    const tokenOf = async (key: string, project: string, branch: string) => {
      const path = `/api/v2/projects/${project}/branches/${branch}/credentials`;
      const body = { principal_type: 'user', scopes: ['ai_gateway:invoke'] };
      return (await call<{ api_token: string }>(key, path, body)).api_token;
    };
    const foreignToken = async () => {
      const { management_key: owner } = await call<{ management_key: { key: string } }>(
        gateway.managementKey,
        '/admin/organizations',
        { name: 'Another' },
      );
      const { project, branch } = await call<{ project: { id: string }; branch: { id: string } }>(
        owner.key,
        '/api/v2/projects',
        { project: { name: 'theirs' } },
      );
      foreignBranch = branch.id;
      return tokenOf(owner.key, project.id, branch.id);
    };

    const statusOf = async (token: string, bytes: number) => {
      const body = { model: 'gpt-5-4', messages: [{ role: 'user', content: 'hi' }], user: 'x'.repeat(bytes) };
      const path = token === tokens.foreign ? `/branches/${foreignBranch}/v1/chat/completions` : undefined;
      const answer = await gateway.chat(body, { authorization: `Bearer ${token}` }, path);
      await answer.text();
      return answer.status;
    };

    const hold = async (token: string, kind: 'declared' | 'chunked') => {
      const heard = [];
      for (let count = 0; count < 49; count += 1) {
        heard.push(
          kind === 'declared'
            ? await upload(token, `Content-Length: ${MEBIBYTE}`, ONE_SHORT)
            : await upload(token, 'Transfer-Encoding: chunked', chunk(ONE_SHORT)),
        );
      }
      return heard;
    };
    const refused = (heard: readonly { readonly text: string }[]) =>
      heard.filter(({ text }) => /^HTTP\/1\.1 503 /.test(text)).length;

    it.each(['declared', 'chunked'] as const)(
      'of one credential, %s, leave room for all others and for its own small requests',
      async kind => {
        const heard = await hold(tokens.first, kind);
        await eventually(() => refused(heard) >= 32, 'a credential has its share and no more', 20_000);
        expect(heard.find(({ text }) => text !== '')?.text).toMatch(/retry-after: 1\r\n/i);
        expect(heard.find(({ text }) => text !== '')?.text).toContain('the requests of this credential hold');
        for (const token of Object.values(tokens)) expect(await statusOf(token, 100)).toBe(200);
        for (const token of [tokens.second, tokens.foreign]) expect(await statusOf(token, 900_000)).toBe(200);
        for (const socket of open.splice(0)) socket.destroy();
        await eventually(() => bytesInUse() === 0, 'all is given back', 20_000);
      },
    );

    it('of many credentials of one organization leave room for another organization, and for small requests', async () => {
      for (const token of [tokens.first, tokens.second, tokens.third]) await hold(token, 'declared');
      await eventually(() => bytesInUse() > 18 * MEBIBYTE, 'the organization holds its share', 20_000);
      expect(await statusOf(tokens.foreign, 900_000)).toBe(200);
      for (const token of Object.values(tokens)) expect(await statusOf(token, 100)).toBe(200);
      expect(bytesInUse()).toBeLessThanOrEqual(20 * MEBIBYTE);
      for (const socket of open.splice(0)) socket.destroy();
      await eventually(() => bytesInUse() === 0, 'all is given back', 20_000);
    });
  });

  describe('are ended', () => {
    beforeAll(() => start({ BOUGH_BODY_GRACE_MS: '300', BOUGH_BODY_MIN_BYTES_PER_SECOND: '1000' }));
    afterAll(() => gateway.stop());

    const kinds = [
      ['with Content-Length', `Content-Length: ${MEBIBYTE}`, ONE_SHORT],
      ['chunked', 'Transfer-Encoding: chunked', chunk(ONE_SHORT)],
      ['compressed', `Content-Length: ${compressed.length + 1}\r\nContent-Encoding: gzip`, compressed],
      ['of which nothing came', 'Content-Length: 100', Buffer.alloc(0)],
    ] as const;

    it.each(kinds)('one byte before their end by 408, %s', async (_, headers, begin) => {
      const heard = await upload(gateway.token, headers, begin);
      await eventually(() => heard.closed, 'the connection is closed', 20_000);
      expect(heard.text).toMatch(/^HTTP\/1\.1 408 /);
      expect(heard.text).toMatch(/\r\nconnection: close\r\n/i);
      expect(bytesInUse()).toBe(0);
    });

    it('also when they come by drops', async () => {
      const heard = await upload(gateway.token, 'Content-Length: 100000', Buffer.from('{'));
      const dripping = setInterval(() => open.at(-1)?.write(' '), 30);
      await eventually(() => heard.text !== '', 'an answer', 20_000);
      clearInterval(dripping);
      expect(heard.text).toMatch(/^HTTP\/1\.1 408 /);
      expect(bytesInUse()).toBe(0);
    });

    it.each([
      ['/v1/chat/completions', { error: { type: 'invalid_request_error', code: 'request_timeout' } }],
      ['/openai/v1/responses', { error: { type: 'invalid_request_error', code: 'request_timeout' } }],
      ['/v1/embeddings', { error: { type: 'invalid_request_error', code: 'request_timeout' } }],
      ['/anthropic/v1/messages', { type: 'error', error: { type: 'invalid_request_error' } }],
      ['/gemini/v1beta/models/gemini-2-5-flash:generateContent', { error: { code: 408 } }],
    ])('in the form of %s', async (path, form) => {
      const heard = await upload(gateway.token, 'Content-Length: 100', Buffer.from('{'), path);
      await eventually(() => heard.closed, 'the connection is closed', 20_000);
      expect(JSON.parse(heard.text.slice(heard.text.indexOf('\r\n\r\n') + 4))).toMatchObject(form);
    });
  });
});
