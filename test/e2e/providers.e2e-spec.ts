import { expectedAuthorization } from '../support/aws-verification.js';
import { chunkFrame, exceptionFrame, messagesEvents } from '../support/event-stream-frames.js';
import { answerChat, answerError, FakeProvider, type Script, type SeenRequest } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { serviceAccountKey } from '../support/provider-calls.js';

const CLAUDE = 'claude-sonnet-4-6';
const BEDROCK_CLAUDE = 'us.anthropic.claude-sonnet-4-6-v1:0';
const GEMINI = 'gemini-3-5-flash';
const AWS_SECRET = 'test/secret+key';
const MESSAGES = { model: CLAUDE, max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
const EVENTS = messagesEvents(['Hello ', 'from ', 'Bedrock. 🌿']);

const MESSAGE = {
  id: 'msg_test',
  type: 'message',
  role: 'assistant',
  model: 'claude-test',
  content: [{ type: 'text', text: 'Hello.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 12, output_tokens: 5 },
};
const GENERATED = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'Hello.' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 5, totalTokenCount: 17 },
};

const answerJson = (body: object): Script => answerError(200, body);

/** Amazon's frames, in pieces of so many bytes. */
const answerFrames = (frames: readonly Buffer[], size = 97): Script => {
  const bytes = Buffer.concat(frames);
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'aws-1' });
    for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
      response.write(bytes.subarray(at, at + size));
      await new Promise(resolve => setImmediate(resolve));
    }
    response.end();
  };
};

describe('stored upstreams of every kind', () => {
  let provider: FakeProvider;
  let gateway: TestGateway;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({ BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0', BOUGH_MODEL_TOKENS_PER_MINUTE: '0' });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  let current: string | null = null;
  /** The only upstream from now on. */
  const use = async (upstream: object) => {
    const { status, body } = await gateway.manage<{ id: string }>('POST', '/admin/upstreams', {
      name: 'under-test',
      ...upstream,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    current = body.id;
  };
  afterEach(async () => {
    if (current !== null) await gateway.manage('DELETE', `/admin/upstreams/${current}`);
    current = null;
  });

  const ask = (path: string, body: object, headers: Record<string, string> = {}) => gateway.chat(body, headers, path);
  const leaks = () => JSON.stringify([provider.last.headers, provider.last.path]).includes(gateway.token);

  describe('Bedrock', () => {
    const bedrock = (extra: object = {}) =>
      use({
        kind: 'bedrock',
        base_url: provider.url,
        client_id: 'AKIATEST',
        secret: AWS_SECRET,
        routes: [{ model: CLAUDE, upstream_model: BEDROCK_CLAUDE }],
        ...extra,
      });

    it('answers Claude, asked with a signature that AWS would accept', async () => {
      await bedrock();
      provider.script = answerJson(MESSAGE);
      const response = await ask('/anthropic/v1/messages', MESSAGES, { 'anthropic-beta': 'test-1', accept: 'x/y' });
      expect([response.status, await response.json()]).toEqual([200, MESSAGE]);
      const { path, headers, body } = provider.last;
      expect(path).toBe(`/model/${encodeURIComponent(BEDROCK_CLAUDE)}/invoke`);
      expect(JSON.parse(body.toString())).toEqual({
        anthropic_version: 'bedrock-2023-05-31',
        max_tokens: 64,
        messages: MESSAGES.messages,
      });
      expect(headers).toMatchObject({ accept: 'application/json', 'content-type': 'application/json' });
      expect(headers['anthropic-beta']).toBeUndefined();
      expect(response.headers.get('x-bough-losses')).toBe('anthropic-beta[test-1]');
      expect(headers['authorization']).toBe(expectedAuthorization(provider.last, AWS_SECRET));
      expect(leaks()).toBe(false);
    });

    it('streams Claude as server-sent events, event for event', async () => {
      await bedrock({ secret: `${AWS_SECRET}:test-session` });
      provider.script = answerFrames(EVENTS.map(chunkFrame));
      const response = await ask('/anthropic/v1/messages', { ...MESSAGES, stream: true });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
      const expected = EVENTS.map(
        event => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}`,
      );
      expect((await response.text()).trimEnd().split('\n\n')).toEqual(expected);
      expect(provider.last.path).toMatch(/\/invoke-with-response-stream$/);
      expect(provider.last.headers['x-amz-security-token']).toBe('test-session');
      expect(provider.last.headers['authorization']).toBe(expectedAuthorization(provider.last, AWS_SECRET));
    });

    it('streams Claude to a caller of chat completions', async () => {
      await bedrock();
      provider.script = answerFrames(EVENTS.map(chunkFrame), 7);
      const response = await gateway.chat({ model: CLAUDE, messages: MESSAGES.messages, stream: true });
      const chunks = (await response.text()).split('\n\n').filter(line => line.startsWith('data: {'));
      const text = chunks.map(
        line =>
          (JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? '',
      );
      expect(text.join('')).toBe('Hello from Bedrock. 🌿');
    });

    it('ends a stream with its exception as an error event, and never as if it were whole', async () => {
      await bedrock();
      provider.script = answerFrames([...EVENTS.slice(0, 4).map(chunkFrame), exceptionFrame('throttlingException')]);
      const response = await ask('/anthropic/v1/messages', { ...MESSAGES, stream: true });
      const text = await readAll(response);
      expect(text).toMatch(/event: error\ndata: .*"rate_limit_error"/);
      expect(text).not.toMatch(/message_stop|canary/);
    });

    it.each([
      ['changed on the way', (frames: Buffer[]) => frames.map((each, at) => (at === 4 ? damaged(each) : each))],
      ['cut within a frame', (frames: Buffer[]) => [...frames.slice(0, 5), (frames[5] as Buffer).subarray(0, 20)]],
      ['cut between frames', (frames: Buffer[]) => frames.slice(0, 5)],
    ])('ends a stream that was %s with an error event', async (_, broken) => {
      await bedrock();
      provider.script = answerFrames(broken(EVENTS.map(chunkFrame)));
      const response = await ask('/anthropic/v1/messages', { ...MESSAGES, stream: true });
      const text = await readAll(response);
      expect(text).toContain('event: message_start');
      expect(text).toContain('event: error');
      expect(text).not.toContain('message_stop');
    });

    it('is 502 when a stream comes as something else', async () => {
      await bedrock();
      provider.script = answerJson(MESSAGE);
      expect((await ask('/anthropic/v1/messages', { ...MESSAGES, stream: true })).status).toBe(502);
    });

    it('is 429 when it throttles, by its own name for that', async () => {
      await bedrock();
      provider.script = answerError(400, { message: 'slow down' }, { 'x-amzn-errortype': 'ThrottlingException' });
      expect((await ask('/anthropic/v1/messages', MESSAGES)).status).toBe(429);
    });

    it('answers another model as OpenAI does, with an API key for a bearer', async () => {
      await bedrock({
        client_id: null,
        secret: 'test-bedrock-key',
        routes: [{ model: 'gpt-oss-20b', upstream_model: 'openai.gpt-oss-20b-1:0' }],
      });
      provider.script = answerChat();
      const response = await gateway.chat({ model: 'gpt-oss-20b', messages: MESSAGES.messages });
      expect(response.status).toBe(200);
      expect(provider.last.path).toBe('/openai/v1/chat/completions');
      expect(provider.last.headers['authorization']).toBe('Bearer test-bedrock-key');
      expect(JSON.parse(provider.last.body.toString())).toMatchObject({ model: 'openai.gpt-oss-20b-1:0' });
    });
  });

  it.each([
    [
      'bedrock',
      { upstream_model: BEDROCK_CLAUDE },
      (call: SeenRequest) => (JSON.parse(call.body.toString()) as { anthropic_beta: string[] }).anthropic_beta,
    ],
    ['anthropic', {}, (call: SeenRequest) => String(call.headers['anthropic-beta']).split(',')],
  ] as const)('%s is told the beta flags that its upstream lists, and no other', async (kind, route, flagsOf) => {
    const secret = 'test-key';
    const upstream = { kind, base_url: provider.url, secret, beta_flags: ['known-1', 'other-*'] };
    await use({ ...upstream, routes: [{ model: CLAUDE, ...route }] });
    provider.script = answerJson(MESSAGE);
    const flags = { 'anthropic-beta': 'known-1, known-2,other-9' };
    const response = await ask('/anthropic/v1/messages', MESSAGES, flags);
    expect([response.status, response.headers.get('x-bough-losses')]).toEqual([200, 'anthropic-beta[known-2]']);
    expect(flagsOf(provider.last)).toEqual(['known-1', 'other-9']);
    const strict = await ask('/anthropic/v1/messages', MESSAGES, { ...flags, 'x-bough-strict': 'true' });
    expect(strict.status).toBe(400);
  });

  it('Anthropic is asked with its key, the caller’s version and flags, and counts tokens', async () => {
    await use({ kind: 'anthropic', base_url: provider.url, secret: 'test-key', routes: [{ model: CLAUDE }] });
    provider.script = answerJson(MESSAGE);
    const response = await ask('/anthropic/v1/messages', MESSAGES, {
      'anthropic-version': '2023-01-01',
      'anthropic-beta': 'test-1',
    });
    expect([response.status, await response.json()]).toEqual([200, MESSAGE]);
    expect(provider.last).toMatchObject({
      path: '/v1/messages',
      headers: { 'x-api-key': 'test-key', 'anthropic-version': '2023-01-01', 'anthropic-beta': 'test-1' },
    });
    expect([leaks(), provider.last.headers['authorization']]).toEqual([false, undefined]);
    provider.script = answerJson({ input_tokens: 9 });
    const { max_tokens: _, ...countable } = MESSAGES;
    const counted = await ask('/anthropic/v1/messages/count_tokens', countable);
    expect(await counted.json()).toEqual({ input_tokens: 9 });
    expect(provider.last.path).toBe('/v1/messages/count_tokens');
  });

  it('Gemini is asked with its key in a header, and under its maker’s id', async () => {
    await use({ kind: 'gemini', base_url: provider.url, secret: 'test-key', routes: [{ model: GEMINI }] });
    provider.script = answerJson(GENERATED);
    const response = await ask(`/gemini/v1beta/models/${GEMINI}:generateContent`, CONTENTS);
    expect([response.status, await response.json()]).toEqual([200, GENERATED]);
    expect(provider.last).toMatchObject({
      path: '/v1beta/models/gemini-3.5-flash:generateContent',
      headers: { 'x-goog-api-key': 'test-key' },
    });
    expect([leaks(), provider.last.headers['authorization']]).toEqual([false, undefined]);
    expect(JSON.parse(provider.last.body.toString())).toEqual(CONTENTS);
  });

  describe('what Databricks’ chat completions refuse', () => {
    const asked = { messages: MESSAGES.messages, stream: true, stream_options: { include_usage: true } };

    it('is refused early where Databricks may be asked', async () => {
      await use({ kind: 'databricks', base_url: provider.url, secret: 'test-token', routes: [{ model: GEMINI }] });
      const response = await ask('/v1/chat/completions', { model: GEMINI, ...asked });
      expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'stream_options' } }]);
    });

    it('is answered by the gateway where the model is asked in another dialect', async () => {
      await use({ kind: 'gemini', base_url: provider.url, secret: 'test-key', routes: [{ model: GEMINI }] });
      provider.script = (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`data: ${JSON.stringify(GENERATED)}\n\n`);
      };
      const response = await ask('/v1/chat/completions', { model: GEMINI, ...asked });
      const text = await response.text();
      expect([response.status, response.headers.get('x-bough-losses')]).toEqual([200, null]);
      expect(text).toContain(`"prompt_tokens":${GENERATED.usageMetadata.promptTokenCount}`);
    });

    it('is told in the words of the vendor that is asked', async () => {
      await use({ kind: 'anthropic', base_url: provider.url, secret: 'test-key', routes: [{ model: CLAUDE }] });
      provider.script = answerJson(MESSAGE);
      const fields = { messages: MESSAGES.messages, reasoning_effort: 'high', seed: 7 };
      const response = await ask('/v1/chat/completions', { model: CLAUDE, ...fields });
      expect([response.status, response.headers.get('x-bough-losses')]).toEqual([200, 'seed']);
      expect(JSON.parse(provider.last.body.toString())).toMatchObject({ output_config: { effort: 'high' } });
    });
  });

  it('Azure is asked with its key in a header of its own', async () => {
    const base = `${provider.url}/openai/v1`;
    await use({ kind: 'azure-openai', base_url: base, secret: 'test-key', routes: [{ model: 'gpt-5' }] });
    provider.script = answerChat();
    expect((await gateway.chat({ model: 'gpt-5', messages: MESSAGES.messages })).status).toBe(200);
    expect(provider.last).toMatchObject({ path: '/openai/v1/chat/completions', headers: { 'api-key': 'test-key' } });
    expect([leaks(), provider.last.headers['authorization']]).toEqual([false, undefined]);
  });

  it('Vertex is asked with the token of a service account, for Gemini and for Claude', async () => {
    const base = '/v1/projects/test-project/locations/us-central1';
    const key = serviceAccountKey({ token_uri: `${provider.url}/token` });
    await use({
      kind: 'vertex',
      base_url: provider.url + base,
      secret: Buffer.from(key).toString('base64'),
      routes: [{ model: GEMINI }, { model: CLAUDE }],
    });
    const before = provider.seen.length;
    provider.script = (seen, response, raw) => {
      const token = { access_token: 'ya29.test', expires_in: 3600 };
      const body = seen.path === '/token' ? token : seen.path.includes('anthropic') ? MESSAGE : GENERATED;
      return answerJson(body)(seen, response, raw);
    };
    const generated = await ask(`/gemini/v1beta/models/${GEMINI}:generateContent`, CONTENTS);
    expect([generated.status, await generated.json()]).toEqual([200, GENERATED]);
    const message = await ask('/anthropic/v1/messages', MESSAGES);
    expect([message.status, await message.json()]).toEqual([200, MESSAGE]);
    expect(JSON.parse(provider.last.body.toString())).toMatchObject({ anthropic_version: 'vertex-2023-10-16' });
    expect(provider.seen.slice(before).map(({ path, headers }) => [path, headers['authorization']])).toEqual([
      ['/token', undefined],
      [`${base}/publishers/google/models/gemini-3.5-flash:generateContent`, 'Bearer ya29.test'],
      [`${base}/publishers/anthropic/models/${CLAUDE}:rawPredict`, 'Bearer ya29.test'],
    ]);
  });
});

/** As much as comes before the connection breaks. */
async function readAll(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
  } catch {
    // That it breaks is what the caller is to see.
  }
  return text;
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 6] = (copy[copy.length - 6] as number) ^ 1;
  return copy;
}
