import Anthropic from 'anthropic-sdk';
import Anthropic0 from 'anthropic-sdk-0';
import type { TestGateway } from '../support/gateway.js';
import { MODELS, PERSON_SCHEMA, RED_PNG, startOpenGateway, WEATHER_SCHEMA } from './harness.js';

const CHAT_MODELS = [MODELS.claude, MODELS.gpt, MODELS.gemini, MODELS.open];

describe.each([
  ['@anthropic-ai/sdk 1', Anthropic],
  ['@anthropic-ai/sdk 0.98', Anthropic0 as unknown as typeof Anthropic],
])('the package %s', (_, Sdk) => {
  let gateway: TestGateway;
  let client: Anthropic;
  beforeAll(async () => {
    gateway = await startOpenGateway();
    client = new Sdk({
      authToken: gateway.token,
      apiKey: null,
      baseURL: `${gateway.baseUrl}/anthropic`,
      maxRetries: 0,
    });
  });
  afterAll(() => gateway.stop());

  const tools: Anthropic.Tool[] = [
    {
      name: 'get_weather',
      description: 'Weather of a city',
      input_schema: WEATHER_SCHEMA as unknown as Anthropic.Tool['input_schema'],
    },
  ];
  const textOf = (message: Anthropic.Message) =>
    message.content.flatMap(block => (block.type === 'text' ? [block.text] : [])).join('');

  it('finds the id of a request where it looks for it: in an answer, in a stream, in an error', async () => {
    const asked = { model: MODELS.claude, max_tokens: 9, messages: [{ role: 'user' as const, content: 'hi' }] };
    expect((await client.messages.create(asked))._request_id).toMatch(/^req_\w+/);
    const stream = client.messages.stream(asked);
    await stream.finalMessage();
    expect(stream.request_id).toMatch(/^req_\w+/);
    await expect(client.messages.create({ ...asked, model: 'none' })).rejects.toMatchObject({
      requestID: expect.stringMatching(/^req_\w+/),
    });
  });

  describe.each(CHAT_MODELS)('messages with %s', model => {
    it('answers, whole and streamed, with the usage of both', async () => {
      const asked = { model, max_tokens: 500, messages: [{ role: 'user' as const, content: 'What is a branch?' }] };
      const whole = await client.messages.create(asked);
      expect(whole.stop_reason).toBe('end_turn');
      expect(textOf(whole).length).toBeGreaterThan(10);
      const stream = client.messages.stream(asked);
      let text = '';
      stream.on('text', delta => (text += delta));
      const final = await stream.finalMessage();
      expect(text).toBe(textOf(whole));
      expect(textOf(final)).toBe(text);
      expect(final.usage.input_tokens).toBe(whole.usage.input_tokens);
      expect(final.usage.output_tokens).toBeGreaterThan(2);
      expect(final.stop_reason).toBe('end_turn');
    });

    it('goes through a tool loop of two turns, streamed, with thinking', async () => {
      const thinks = model !== MODELS.open;
      const thinking = thinks ? { thinking: { type: 'enabled' as const, budget_tokens: 1024 } } : {};
      const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'call get_weather {"city": "Paris"}' }];
      const asked = { model, max_tokens: 3000, tools, ...thinking };
      const first = await client.messages.stream({ ...asked, messages }).finalMessage();
      expect(first.stop_reason).toBe('tool_use');
      const call = first.content.find(block => block.type === 'tool_use');
      if (call === undefined) throw new Error('no tool was called');
      expect(call.input).toHaveProperty('city');
      if (thinks) expect(first.content[0]?.type).toBe('thinking');
      messages.push({ role: 'assistant', content: first.content as Anthropic.ContentBlockParam[] });
      messages.push({
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: call.id, content: '{"celsius": 21}' }],
      });
      const second = await client.messages.create({ ...asked, messages });
      expect(textOf(second)).toMatch(/21/);
    });

    it('sees an image and counts tokens', async () => {
      const image = { type: 'base64' as const, media_type: 'image/png' as const, data: RED_PNG };
      const messages: Anthropic.MessageParam[] = [
        {
          role: 'user',
          content: [
            { type: 'image', source: image },
            { type: 'text', text: 'Which colour is this picture? Answer in one word, please.' },
          ],
        },
      ];
      const asked = { model, messages, system: 'You describe pictures.', tools };
      const count = await client.messages.countTokens(asked);
      const answer = await client.messages.create({ ...asked, max_tokens: 200, tool_choice: { type: 'none' } });
      const used = answer.usage.input_tokens;
      expect(Math.abs(count.input_tokens - used) / used).toBeLessThan(0.05);
    });
  });

  it('gives structured output', async () => {
    const answer = await client.messages.create({
      model: MODELS.gpt,
      max_tokens: 500,
      messages: [{ role: 'user', content: 'Invent a person.' }],
      output_config: { format: { type: 'json_schema', schema: PERSON_SCHEMA as unknown as Record<string, unknown> } },
    });
    expect(JSON.parse(textOf(answer))).toEqual({ name: expect.any(String), age: expect.any(Number) });
  });

  it('lists and finds the models of its endpoint', async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining([MODELS.claude, MODELS.gpt]));
    expect(ids).not.toContain('gpt-5-mini');
    expect((await client.models.retrieve(MODELS.claude)).display_name).toBe('Claude Haiku 4.5');
  });

  it('reads our errors by their types', async () => {
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'hi' }];
    const asked = { model: MODELS.claude, max_tokens: 10, messages };
    await expect(client.messages.create({ ...asked, model: 'claude-99' })).rejects.toMatchObject({
      status: 400,
      error: { type: 'error', error: { type: 'invalid_request_error', code: 'invalid_model' } },
    });
    const limited = client.messages.create(asked, {
      headers: { 'x-bough-sandbox-fault': 'status=429; retry-after=3' },
    });
    await expect(limited).rejects.toBeInstanceOf(Sdk.RateLimitError);
    const overloaded = client.messages.create(asked, { headers: { 'x-bough-sandbox-fault': 'status=529' } });
    await expect(overloaded).rejects.toMatchObject({ status: 529, error: { error: { type: 'overloaded_error' } } });
    const stranger = new Sdk({
      authToken: 'nt_live_wrong',
      apiKey: null,
      baseURL: `${gateway.baseUrl}/anthropic`,
      maxRetries: 0,
    });
    await expect(stranger.messages.create(asked)).rejects.toBeInstanceOf(Sdk.AuthenticationError);
  });

  it.each([MODELS.claude, MODELS.gpt])('learns within the stream that the provider of %s died', async model => {
    const stream = client.messages.stream(
      { model, max_tokens: 500, messages: [{ role: 'user', content: 'What is a branch?' }] },
      { headers: { 'x-bough-sandbox-fault': 'cut=6' } },
    );
    await expect(stream.finalMessage()).rejects.toThrow();
  });
});
