import { request as httpRequest } from 'node:http';
import { answerChat, answerError, answerStream, chatStream, FakeProvider } from '../support/fake-provider.js';
import type { TestGateway } from '../support/gateway.js';
import { MODELS, startOpenGateway } from '../sdk/harness.js';

const CONTENTS = [{ role: 'user', parts: [{ text: 'What is a branch?' }] }];
const MESSAGES = [{ role: 'user', content: 'What is a branch?' }];

describe('the endpoints of the dialects', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startOpenGateway({
      ...{ BOUGH_OPENAI_MODEL_LIST: 'false', BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0', BOUGH_MODEL_TOKENS_PER_MINUTE: '0' },
    });
  });
  afterAll(() => gateway.stop());

  const ask = (path: string, body: object, headers: Record<string, string> = {}) => gateway.chat(body, headers, path);
  const read = async (response: Response) => ({ status: response.status, body: (await response.json()) as never });

  it.each([
    ['/v1/chat/completions', '/ai-gateway/mlflow/v1/chat/completions', { model: MODELS.claude, messages: MESSAGES }],
    [
      '/anthropic/v1/messages',
      '/ai-gateway/anthropic/v1/messages',
      { model: MODELS.claude, messages: MESSAGES, max_tokens: 50 },
    ],
    ['/openai/v1/responses', '/ai-gateway/openai/v1/responses', { model: MODELS.gpt, input: 'hi' }],
    ['/v1/embeddings', '/ai-gateway/mlflow/v1/embeddings', { model: MODELS.embedding, input: 'hi' }],
  ])('answer alike on %s and %s', async (short, long, body) => {
    const headers = { 'anthropic-version': '2023-06-01' };
    const [one, other] = await Promise.all([ask(short, body, headers), ask(long, body, headers)]);
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(one.headers.get('x-bough-losses')).toBeNull();
  });

  it.each(['/gemini', '/v1/gemini', '/ai-gateway/gemini'].flatMap(prefix => [`${prefix}/v1beta`, `${prefix}/v1`]))(
    'answer Gemini below %s',
    async prefix => {
      const path = `${prefix}/models/databricks-${MODELS.gemini}:generateContent`;
      expect((await ask(path, { contents: CONTENTS })).status).toBe(200);
    },
  );

  it.each([
    ['/gemini/v1beta/models/gemini-2-5-flash:predict', 'unsupported gemini action'],
    ['/gemini/v1beta/models/:generateContent', 'invalid gemini model path'],
    ['/gemini/v1beta/models/gemini-2-5-flash:', 'invalid gemini model path'],
    ['/gemini/v1beta/models/gemini-2-5-flash', 'invalid gemini model path'],
    ['/gemini/v1beta/models/a:b:c', 'invalid gemini model path'],
  ])('refuse %s before anybody is asked who they are', async (path, message) => {
    const { status, body } = await read(await ask(path, {}, { authorization: 'Bearer nobody' }));
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { code: 404, status: 'NOT_FOUND', message } });
  });

  it.each([
    ['/anthropic/v1/messages', 'gpt-5-mini', 'anthropic_messages', { messages: MESSAGES, max_tokens: 5 }],
    ['/openai/v1/responses', 'claude-opus-4-5', 'openai_responses', { input: 'hi' }],
    ['/gemini/v1beta/models/gpt-5-mini:generateContent', 'gpt-5-mini', 'gemini_generate_content', {}],
    ['/v1/embeddings', 'gpt-5-mini', 'embeddings', { input: 'hi' }],
    ['/v1/chat/completions', 'gpt-5-3-codex', 'chat_completions', { messages: MESSAGES }],
  ])('%s refuses a model that is not opened there', async (path, model, dialect, fields) => {
    const { status, body } = await read(await ask(path, { model, ...fields }));
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { message: `model "${model}" is not available on the ${dialect} endpoint` } });
  });

  it('have nothing else but a JSON 404, and no OpenAI model list where it is shut', async () => {
    for (const path of ['/openai/v1/images', '/anthropic/v1/complete', '/gemini/v2/models/x:generateContent']) {
      const { status, body } = await read(await ask(path, {}));
      expect([path, status]).toEqual([path, 404]);
      expect(body).toHaveProperty('error.message');
    }
    const list = await fetch(`${gateway.baseUrl}/openai/v1/models`, {
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    expect(list.status).toBe(404);
  });

  it('tell Codex at once that there is no WebSocket', async () => {
    const answered = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
      const asked = httpRequest(`${gateway.baseUrl}/openai/v1/responses`, { headers: upgrade }, response => {
        let text = '';
        response.on('data', chunk => (text += String(chunk)));
        response.on('end', () => resolve({ status: response.statusCode, text }));
      });
      asked.on('error', reject);
      asked.on('upgrade', () => reject(new Error('upgraded')));
      asked.end();
    });
    expect(answered.status).toBe(426);
    expect(JSON.parse(answered.text)).toMatchObject({ error: { code: 'upgrade_required' } });
  });

  it.each(['/anthropic', '/anthropic/api/hello'])('say that somebody is there: HEAD %s', async path => {
    const response = await fetch(gateway.baseUrl + path, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('stream Gemini as one JSON array where no server-sent events are asked for', async () => {
    for (const model of [MODELS.gemini, MODELS.claude]) {
      const response = await ask(`/gemini/v1beta/models/${model}:streamGenerateContent`, { contents: CONTENTS });
      expect(response.headers.get('content-type')).toBe('application/json');
      const chunks = (await response.json()) as { candidates: { finishReason?: string }[] }[];
      expect(chunks.length).toBeGreaterThan(2);
      expect(chunks.at(-1)?.candidates[0]?.finishReason).toBe('STOP');
    }
  });

  it('end such an array with an error when the provider dies, and break the connection', async () => {
    const response = await ask(
      `/gemini/v1beta/models/${MODELS.claude}:streamGenerateContent`,
      { contents: CONTENTS },
      { 'x-bough-sandbox-fault': 'cut=6' },
    );
    let text = '';
    const whole = await (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
      return true;
    })().catch(() => false);
    expect(whole).toBe(false);
    expect((JSON.parse(text) as unknown[]).at(-1)).toMatchObject({ error: { code: 502, status: 'UNAVAILABLE' } });
  });

  it('embed in the words of Google: one text, a long one in a thread, and what is lost is named', async () => {
    const path = `/gemini/v1beta/models/${MODELS.embedding}:embedContent`;
    for (const length of [8, 2_500_000]) {
      const content = { parts: [{ text: 'a word. '.repeat(length / 8) }] };
      const response = await ask(path, { content, taskType: 'CLUSTERING' });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-bough-losses')).toBe('taskType');
      const { embedding } = (await response.json()) as { embedding: { values: number[] } };
      expect(embedding.values.length).toBeGreaterThan(64);
    }
    const strict = await read(await ask(path, { content: 'a', title: 'b' }, { 'x-bough-strict': 'true' }));
    expect([strict.status, strict.body]).toMatchObject([400, { error: { message: expect.stringContaining('title') } }]);
    const image = await read(await ask(path, { content: { parts: [{ inlineData: {} }] } }));
    expect(image.body).toMatchObject({ error: { code: 400, message: expect.stringContaining('content.parts[0]') } });
  });

  it('take the token as Google’s own key in the address', async () => {
    const response = await fetch(
      `${gateway.baseUrl}/gemini/v1beta/models/${MODELS.gemini}:generateContent?key=${gateway.token}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ contents: CONTENTS }),
      },
    );
    expect(response.status).toBe(200);
    const elsewhere = await fetch(`${gateway.baseUrl}/v1/models?key=${gateway.token}`);
    expect(elsewhere.status).toBe(401);
  });

  it('name what a provider could not be told, and refuse it to who wants all or nothing', async () => {
    const body = { model: MODELS.claude, input: 'hi', metadata: { team: 'blue' }, prompt_cache_key: 'house' };
    const response = await ask('/openai/v1/responses', body);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-bough-losses')).toBe('metadata, prompt_cache_key');
    const strict = await read(await ask('/openai/v1/responses', body, { 'x-bough-strict': 'true' }));
    expect(strict.status).toBe(400);
    expect(strict.body).toMatchObject({ error: { param: 'metadata', message: expect.stringContaining('metadata') } });
  });

  it.each([
    ['true', 200],
    ['No', 200],
    ['0', 200],
    ['banana', 400],
    ['true, true', 400],
  ])('are told where x-bough-strict: %s is no yes or no (%i)', async (strict, status) => {
    const body = { model: MODELS.claude, max_tokens: 16, messages: [{ role: 'user', content: 'hi' }] };
    const answer = await read(await ask('/anthropic/v1/messages', body, { 'x-bough-strict': strict }));
    expect(answer.status).toBe(status);
    if (status === 400) expect(JSON.stringify(answer.body)).toContain('x-bough-strict must be true or false');
  });

  it.each([
    ['an unknown escape', '\\q'],
    ['a broken unicode escape', '\\u12'],
    ['a raw control character', '\u0001'],
  ])('leave %s deep in a text to the provider, and refuse it with 400 where they must read it', async (_, fault) => {
    const raw = (path: string, model: string, content = 'word '.repeat(60) + fault) =>
      fetch(`${gateway.baseUrl}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
        body: `{"model":"${model}","max_tokens":16,"messages":[{"role":"user","content":"${content}"}]}`,
      });
    const own = await read(await raw('/v1/chat/completions', MODELS.gpt));
    expect(own.status).toBe(400);
    expect(JSON.stringify(own.body)).not.toContain('a string holds');
    const translated = await read(await raw('/anthropic/v1/messages', MODELS.gpt));
    expect(translated.status).toBe(400);
    expect(translated.body).toMatchObject({ error: { message: expect.stringContaining('a string holds') } });
    const short = await read(await raw('/v1/chat/completions', MODELS.gpt, fault));
    expect(short).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining('at byte') } } });
  });

  it('call a tool by the name that the caller gave it, which its provider would refuse', async () => {
    const name = `mcp__house_and_garden__${'get_the_weather_of_a_city_'.repeat(3)}`;
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const response = await ask('/anthropic/v1/messages', {
      model: MODELS.gpt,
      max_tokens: 2_000,
      stream: true,
      messages: [{ role: 'user', content: 'Use the tool to tell me the weather in Paris' }],
      tools: [{ name, input_schema: schema }],
      tool_choice: { type: 'tool', name },
    });
    const text = await response.text();
    expect([response.status, response.headers.get('x-bough-losses')]).toEqual([200, null]);
    expect(text).toContain(`"name":"${name}"`);
  });

  it('refuse content that the provider cannot take, by its path', async () => {
    const { status, body } = await read(
      await ask(`/gemini/v1beta/models/${MODELS.claude}:generateContent`, {
        contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'audio/wav', data: 'UklGRg==' } }] }],
      }),
    );
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: { message: expect.stringMatching(/^contents\[0\]\.parts\[0\] is audio, which cannot be sent/) },
    });
  });

  it('know a model by the names that other tools write', async () => {
    for (const model of ['claude-haiku-4.5', 'anthropic/claude-haiku-4-5', 'claude-haiku-4-5-20260101']) {
      const { status, body } = await read(await ask('/v1/chat/completions', { model, messages: MESSAGES }));
      expect([model, status]).toEqual([model, 200]);
      expect(body).toHaveProperty('choices');
    }
  });

  it('refuse parameters that a model is known to reject, take them out, or let them pass', async () => {
    const body = { model: 'gpt-5-nano', messages: MESSAGES, temperature: 0.2 };
    const early = await read(await ask('/v1/chat/completions', body));
    expect(early.status).toBe(400);
    expect(early.body).toMatchObject({ error: { param: 'temperature' } });
    await gateway.manage('PATCH', '/admin/models/gpt-5-nano', { parameter_policy: 'adapt' });
    const adapted = await ask('/v1/chat/completions', body);
    expect([adapted.status, adapted.headers.get('x-bough-losses')]).toEqual([200, 'temperature']);
    const bounded = await ask('/v1/chat/completions', { model: 'gpt-5-nano', messages: MESSAGES, max_tokens: 10 ** 9 });
    expect([bounded.status, bounded.headers.get('x-bough-losses')]).toEqual([200, 'max_tokens']);
    await gateway.manage('PATCH', '/admin/models/gpt-5-nano', { parameter_policy: 'pass' });
    const passed = await ask('/v1/chat/completions', body);
    expect([passed.status, passed.headers.get('x-bough-losses')]).toEqual([200, null]);
  });

  it.each([
    ['151 inputs', Array.from({ length: 151 }, () => 'x'), 'input'],
    ['nothing', [], 'input'],
    ['an empty text', '', 'input'],
  ])('refuse to embed %s, naming the field', async (_, input, param) => {
    const { status, body } = await read(await ask('/v1/embeddings', { model: MODELS.embedding, input }));
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { param } });
  });
});

describe('a provider that speaks chat completions only', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startOpenGateway();
    const { status } = await gateway.manage('POST', '/admin/upstreams', {
      name: 'plain',
      kind: 'openai-compatible',
      base_url: `${provider.url}/v1`,
      secret: 'test-key',
      routes: [{ model: MODELS.claude, upstream_model: 'house-claude' }],
    });
    expect(status).toBe(201);
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  it('is asked in its own words by callers of another dialect, and never sees a caller’s token', async () => {
    provider.script = answerChat('Hello there.');
    const body = { model: MODELS.claude, max_tokens: 50, system: 'Be short.', messages: MESSAGES };
    const response = await gateway.chat(body, { 'anthropic-beta': 'x' }, '/anthropic/v1/messages');
    expect(await response.json()).toMatchObject({
      type: 'message',
      model: MODELS.claude,
      content: [{ type: 'text', text: 'Hello there.' }],
      usage: { input_tokens: 12, output_tokens: 5 },
    });
    expect(provider.last.path).toBe('/v1/chat/completions');
    expect(provider.last.headers).toMatchObject({ authorization: 'Bearer test-key' });
    expect(provider.last.headers).not.toHaveProperty('anthropic-beta');
    expect(response.headers.get('x-bough-losses')).toContain('anthropic-beta[x]');
    expect(JSON.parse(provider.last.body.toString())).toMatchObject({
      model: 'house-claude',
      messages: [{ role: 'system', content: 'Be short.' }, { role: 'user' }],
      max_tokens: 50,
    });
  });

  it('is asked for usage where a stream of the caller’s dialect always has it, and else only as the caller asks', async () => {
    provider.script = answerStream([chatStream(['Hello', ' there.'])]);
    const body = { model: MODELS.claude, max_tokens: 50, messages: MESSAGES, stream: true };
    const messages = await (await gateway.chat(body, {}, '/anthropic/v1/messages')).text();
    expect(JSON.parse(provider.last.body.toString())).toMatchObject({ stream_options: { include_usage: true } });
    expect(messages).toContain('"output_tokens":5');
    await (await gateway.chat(body)).text();
    expect(JSON.parse(provider.last.body.toString())).not.toHaveProperty('stream_options');
  });

  it('takes what another kind of provider refuses in chat', async () => {
    provider.script = answerStream([chatStream(['Hello', ' there.'])]);
    const asked = { reasoning_effort: 'low', seed: 7, stream_options: { include_usage: true } };
    const response = await gateway.chat({ model: MODELS.claude, messages: MESSAGES, stream: true, ...asked });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('"completion_tokens":5')]);
    expect(JSON.parse(provider.last.body.toString())).toMatchObject(asked);
  });

  it('fails in the caller’s own form of an error', async () => {
    provider.script = answerError(400, { error: { message: 'too warm' } });
    const asked = { model: MODELS.claude, max_tokens: 50, messages: MESSAGES };
    const messages = await gateway.chat(asked, {}, '/anthropic/v1/messages');
    expect(messages.status).toBe(400);
    expect(await messages.json()).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining('too warm') },
      error_code: 'BAD_REQUEST',
    });
    provider.script = answerError(429, {}, { 'retry-after': '7' });
    const gemini = await gateway.chat(
      { contents: CONTENTS },
      {},
      `/gemini/v1beta/models/${MODELS.claude}:generateContent`,
    );
    expect([gemini.status, gemini.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await gemini.json()).toMatchObject({ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } });
  });

  it.each(['<html>', '{"choices":'])('that answers %s is a 502, and nothing of it is shown', async text => {
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(text);
    };
    const asked = { model: MODELS.claude, max_tokens: 50, messages: MESSAGES };
    const response = await gateway.chat(asked, {}, '/anthropic/v1/messages');
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain(text);
  });
});
