import { createPublicKey, createVerify } from 'node:crypto';
import { Pool } from 'undici';
import { FakeClock } from '../../test/support/fake-clock.js';
import { FakeProvider } from '../../test/support/fake-provider.js';
import { callOf, serviceAccountKey, upstreamOf } from '../../test/support/provider-calls.js';
import type { GatewayError } from '../errors/gateway-error.js';
import type { Outgoing, ProviderCall } from './provider.js';
import { VertexProvider } from './vertex.provider.js';

const BASE_URL = 'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1';
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
  let endpoint: FakeProvider;
  let issued: number;
  let answer: (issued: number) => { status: number; body: string };
  beforeEach(async () => {
    issued = 0;
    answer = count => ({ status: 200, body: JSON.stringify({ access_token: `ya29.${count}`, expires_in: 3600 }) });
    endpoint = await FakeProvider.start((_, response) => {
      const { status, body } = answer((issued += 1));
      response.writeHead(status, { 'content-type': 'application/json', location: `${endpoint.url}/elsewhere` });
      response.end(body);
    });
  });
  afterEach(() => endpoint.stop());

  const start = (clock = new FakeClock(0), origins: string[] = []) =>
    vertex(base64(serviceAccountKey({ token_uri: `${endpoint.url}/token` })), clock, origins);
  const ask = async (provider: VertexProvider) =>
    (await provider.prepare(callOf('gemini_generate_content'))).headers.map(([, value]) => value);

  it('trades its signed word for a token, at the key’s own endpoint and nowhere else', async () => {
    const origins: string[] = [];
    expect(await ask(start(new FakeClock(0), origins))).toEqual(['Bearer ya29.1']);
    expect(origins).toEqual([endpoint.url]);
    expect(endpoint.last).toMatchObject({ method: 'POST', path: '/token' });
    expect(endpoint.last.headers['content-type']).toBe('application/x-www-form-urlencoded');
    const form = new URLSearchParams(endpoint.last.body.toString());
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const { private_key: key } = JSON.parse(serviceAccountKey()) as { private_key: string };
    const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
    expect(verify.verify(createPublicKey(key), signature, 'base64url')).toBe(true);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: 'gateway@test-project.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: 'https://oauth2.googleapis.com/token',
    });
  });

  it('fetches one token, however many requests wait for it, and keeps it', async () => {
    const provider = start();
    await Promise.all(Array.from({ length: 20 }, () => ask(provider)));
    expect([await ask(provider), issued]).toEqual([['Bearer ya29.1'], 1]);
  });

  it('fetches another before the first ends, and after the upstream refused it', async () => {
    const clock = new FakeClock(0);
    const provider = start(clock);
    await ask(provider);
    clock.time = 3_299_999;
    expect(await ask(provider)).toEqual(['Bearer ya29.1']);
    clock.time = 3_300_000;
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
  ])('fails as ours to mend when the endpoint %s: asked once, and told by nobody', async (_, status, body) => {
    answer = () => ({ status, body });
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
