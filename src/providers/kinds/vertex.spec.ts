import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { Pool } from 'undici';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { GoogleTokenServer } from '../../../test/support/google-token-server.js';
import { callOf, serviceAccountKey, upstreamOf } from '../../../test/support/provider-calls.js';
import type { GatewayError } from '../../errors/gateway-error.js';
import type { Outgoing, ProviderCall } from '../provider.js';
import { VertexProvider } from './vertex.js';

const BASE_URL = 'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1';
const NOW = Date.UTC(2026, 9, 9, 8, 7, 6);
const base64 = (text: string) => Buffer.from(text).toString('base64');

function vertex(secret: string, clock = new FakeClock(0), origins: string[] = [], production = false): VertexProvider {
  const pools = new Map<string, Pool>();
  const upstream = upstreamOf('vertex', BASE_URL, { authentication: { type: 'token', token: secret } });
  const poolFor = (origin: string) => {
    origins.push(origin);
    const pool = pools.get(origin) ?? new Pool(origin);
    pools.set(origin, pool);
    opened.add(pool);
    return pool;
  };
  return new VertexProvider(upstream, clock, poolFor, production);
}

const opened = new Set<Pool>();
afterEach(async () => {
  for (const pool of opened) await pool.destroy();
  opened.clear();
});

const prepare = (extra: Partial<ProviderCall>, dialect: ProviderCall['dialect'] = 'anthropic_messages') =>
  vertex('ya29.test-token').prepare(callOf(dialect, extra)) as Outgoing;
const bodyOf = ({ body }: Outgoing) => Buffer.concat([...body]).toString();

describe('Vertex AI', () => {
  it.each<[ProviderCall['operation'], boolean, string]>([
    ['generate', false, 'generateContent'],
    ['generate', true, 'streamGenerateContent?alt=sse'],
    ['count-tokens', false, 'countTokens'],
  ])('is asked for Gemini to %s (streamed: %s) by %s, with the caller’s bytes', (operation, stream, action) => {
    const body = [Buffer.from('{"contents":[]}')];
    const outgoing = prepare({ operation, stream, body, model: 'gemini-3.5-flash' }, 'gemini_generate_content');
    expect(outgoing.origin + outgoing.path).toBe(`${BASE_URL}/publishers/google/models/gemini-3.5-flash:${action}`);
    expect(outgoing.headers).toEqual([['authorization', 'Bearer ya29.test-token']]);
    expect(outgoing.body).toBe(body);
  });

  it.each([
    [false, 'rawPredict'],
    [true, 'streamRawPredict'],
  ])('is asked for Claude (streamed: %s) by %s, without the model and with the version', (stream, action) => {
    const body = [Buffer.from(`{ "model":"claude-x", "max_tokens":1.0,"stream":${stream},"x":"\\u00e9" }`)];
    const outgoing = prepare({ stream, body, model: 'claude-sonnet-4-5@20250929' });
    expect(outgoing.origin + outgoing.path).toBe(
      `${BASE_URL}/publishers/anthropic/models/claude-sonnet-4-5@20250929:${action}`,
    );
    expect(bodyOf(outgoing)).toBe(
      `{"anthropic_version":"vertex-2023-10-16", "max_tokens":1.0,"stream":${stream},"x":"\\u00e9" }`,
    );
  });

  it('keeps Claude’s name in the body where tokens are counted', () => {
    const outgoing = prepare({ operation: 'count-tokens', body: [Buffer.from('{"model":"claude-x","messages":[]}')] });
    expect(outgoing.path).toMatch(/\/publishers\/anthropic\/models\/count-tokens:rawPredict$/);
    expect(bodyOf(outgoing)).toBe('{"anthropic_version":"vertex-2023-10-16","model":"claude-x","messages":[]}');
  });

  it('takes the version of Vertex and no other, from a body in parts too', () => {
    const body = ['{"anthropic_version":"x","mod', 'el":"m"', ',"anthropic_version":"y"}'].map(part =>
      Buffer.from(part),
    );
    expect(bodyOf(prepare({ body }))).toBe('{"anthropic_version":"vertex-2023-10-16"}');
  });

  it('says that a translated body is too deep, and does not break', () => {
    const deep = `{"model":"m","x":${'['.repeat(200)}${']'.repeat(200)}}`;
    expect(() => prepare({ body: [Buffer.from(deep)] })).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('is not asked in another dialect', () => {
    expect(() => prepare({}, 'chat_completions')).toThrow(
      expect.objectContaining({ code: 'upstream_model_unavailable' }),
    );
  });

  it('is not asked at all with a secret that is faulty', () => {
    const provider = vertex(serviceAccountKey({ token_uri: 'http://127.0.0.1:1/token' }), new FakeClock(0), [], true);
    expect(() => provider.prepare(callOf('anthropic_messages'))).toThrow(
      expect.objectContaining({ code: 'upstream_auth_error' }),
    );
  });
});

describe('Vertex AI with a service account', () => {
  let endpoint: GoogleTokenServer;
  beforeEach(async () => {
    endpoint = await GoogleTokenServer.start(serviceAccountKey());
  });
  afterEach(() => endpoint.stop());

  const key = (extra: Readonly<Record<string, unknown>> = {}) =>
    base64(serviceAccountKey({ token_uri: `${endpoint.url}/token`, ...extra }));
  const start = (clock = new FakeClock(NOW), origins: string[] = [], secret = key()) => {
    endpoint.clock = clock;
    return vertex(secret, clock, origins);
  };
  const ask = async (provider: VertexProvider) =>
    (await provider.prepare(callOf('gemini_generate_content'))).headers.map(([, value]) => value);

  it('trades its signed word for a token, at the key’s own endpoint and nowhere else', async () => {
    const origins: string[] = [];
    expect(await ask(start(new FakeClock(NOW), origins))).toEqual(['Bearer ya29.1']);
    expect(origins).toEqual([endpoint.url]);
    expect(endpoint.refusals).toEqual([]);
    expect(endpoint.seen.map(({ method, path }) => [method, path])).toEqual([['POST', '/token']]);
  });

  it('dates its word by the database’s clock, and asks where the key says, query included', async () => {
    const secret = key({ token_uri: `${endpoint.url}/token?of=test` });
    expect(await ask(start(new FakeClock(NOW + 86_400_999), [], secret))).toEqual(['Bearer ya29.1']);
    expect(endpoint.seen.map(({ path }) => path)).toEqual(['/token?of=test']);
    expect(endpoint.lastClaims).toMatchObject({ iat: (NOW + 86_400_000) / 1000, exp: (NOW + 90_000_000) / 1000 });
  });

  it('fails with the word of another account, or signed with another key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const foreign = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const wrong of [{ private_key: foreign }, { client_email: 'other@test-project.iam.gserviceaccount.com' }]) {
      await expect(ask(start(new FakeClock(NOW), [], key(wrong)))).rejects.toMatchObject({
        code: 'upstream_auth_error',
      });
    }
    expect(endpoint.refusals).toEqual(['Invalid JWT Signature.', 'Invalid grant: account not found']);
  });

  it('takes the older form of a private key, PKCS #1, too', async () => {
    const { private_key } = JSON.parse(serviceAccountKey()) as { private_key: string };
    const pkcs1 = createPrivateKey(private_key).export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(await ask(start(new FakeClock(NOW), [], key({ private_key: pkcs1 })))).toEqual(['Bearer ya29.1']);
  });

  it('fetches one token, however many requests wait for it, and keeps it', async () => {
    const provider = start();
    await Promise.all(Array.from({ length: 20 }, () => ask(provider)));
    expect([await ask(provider), endpoint.seen.length]).toEqual([['Bearer ya29.1'], 1]);
  });

  it('fetches another before the first ends, and after the upstream refused it', async () => {
    const clock = new FakeClock(NOW);
    const provider = start(clock);
    await ask(provider);
    clock.time = NOW + 3_299_999;
    expect(await ask(provider)).toEqual(['Bearer ya29.1']);
    clock.time = NOW + 3_300_000;
    expect(await ask(provider)).toEqual(['Bearer ya29.2']);
    provider.authenticationRefused();
    expect(await ask(provider)).toEqual(['Bearer ya29.3']);
  });

  it.each([
    ['refuses', 401, '{"error":"invalid_grant","error_description":"canary"}'],
    ['is out of order', 500, ''],
    ['sends it elsewhere', 302, ''],
    ['answers no JSON', 200, '<html>'],
    ['answers nothing', 200, 'null'],
    ['answers no token', 200, '{"id_token":"canary"}'],
    ['never ends', 200, `{"access_token":"${'x'.repeat(70_000)}"}`],
  ])('fails as ours to fix when the endpoint %s: asked once, and named to nobody', async (_, status, body) => {
    endpoint.answer = () => ({ status, body });
    const error = await ask(start()).then(
      () => null,
      (thrown: GatewayError) => thrown,
    );
    expect(error?.code).toBe('upstream_auth_error');
    expect(JSON.stringify([error?.publicMessage, error?.internal])).not.toMatch(/canary|PRIVATE/);
    expect(endpoint.seen.map(({ path }) => path)).toEqual(['/token']);
  });

  it('asks no proxy that the environment names', async () => {
    const before = process.env['HTTPS_PROXY'];
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1';
    try {
      expect(await ask(start())).toEqual(['Bearer ya29.1']);
    } finally {
      if (before === undefined) delete process.env['HTTPS_PROXY'];
      else process.env['HTTPS_PROXY'] = before;
    }
  });
});
