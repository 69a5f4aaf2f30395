import OpenAI6 from 'openai6';
import OpenAI7 from 'openai7';
import type { TestGateway } from '../support/gateway.js';
import { ledgerOf, MODELS, PERSON_SCHEMA, RED_PNG, startOpenGateway, WEATHER_SCHEMA } from './harness.js';

const CHAT_MODELS = [MODELS.gpt, MODELS.claude, MODELS.gemini, MODELS.open];

describe.each([
  ['openai 6', OpenAI6 as unknown as typeof OpenAI7],
  ['openai 7', OpenAI7],
])('the package %s', (_name, OpenAI) => {
  let gateway: TestGateway;
  let client: OpenAI7;
  let responses: OpenAI7;
  beforeAll(async () => {
    gateway = await startOpenGateway();
    const options = { apiKey: gateway.token, maxRetries: 0 };
    client = new OpenAI({ ...options, baseURL: `${gateway.baseUrl}/v1` });
    responses = new OpenAI({ ...options, baseURL: `${gateway.baseUrl}/openai/v1` });
  });
  afterAll(() => gateway.stop());

  const tool = {
    type: 'function' as const,
    function: { name: 'get_weather', description: 'Weather of a city', parameters: WEATHER_SCHEMA },
  };

  describe.each(CHAT_MODELS)('chat completions with %s', model => {
    it('answers, whole and streamed, with usage', async () => {
      const messages = [{ role: 'user' as const, content: 'What is a branch in Postgres?' }];
      const whole = await client.chat.completions.create({ model, messages });
      expect(whole.choices[0]?.message.content?.length).toBeGreaterThan(10);
      expect(whole.usage?.total_tokens).toBeGreaterThan(5);
      let text = '';
      let roles = 0;
      const asked = { stream_options: { include_usage: true } };
      for await (const chunk of await client.chat.completions.create({ model, messages, stream: true, ...asked })) {
        if (chunk.choices[0]?.delta.role === 'assistant') roles += 1;
        text += chunk.choices[0]?.delta.content ?? '';
      }
      expect(text).toBe(whole.choices[0]?.message.content);
      expect(roles).toBe(1);
    });

    it('goes through a tool loop of two turns', async () => {
      const messages: OpenAI7.ChatCompletionMessageParam[] = [
        { role: 'user', content: 'call get_weather {"city": "Paris"}' },
      ];
      const first = await client.chat.completions.create({ model, messages, tools: [tool], tool_choice: 'required' });
      const call = first.choices[0]?.message.tool_calls?.[0];
      if (call?.type !== 'function' || first.choices[0] === undefined) throw new Error('no tool was called');
      expect(JSON.parse(call.function.arguments)).toHaveProperty('city');
      messages.push(first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '{"celsius": 21}' });
      const second = await client.chat.completions.create({ model, messages, tools: [tool] });
      expect(second.choices[0]?.message.content).toMatch(/21/);
    });

    it('gives structured output and sees an image', async () => {
      const format = {
        type: 'json_schema' as const,
        json_schema: { name: 'person', strict: true, schema: PERSON_SCHEMA },
      };
      const answer = await client.chat.completions.create({
        model,
        messages: [{ role: 'user', content: 'Invent a person.' }],
        response_format: format,
      });
      expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({
        name: expect.any(String),
        age: expect.any(Number),
      });
      const seen = await client.chat.completions.create({
        model: model === MODELS.open ? MODELS.gpt : model,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Which colour?' },
              { type: 'image_url', image_url: { url: `data:image/png;base64,${RED_PNG}` } },
            ],
          },
        ],
      });
      expect(seen.usage?.prompt_tokens).toBeGreaterThan(80);
    });
  });

  describe.each(CHAT_MODELS)('responses with %s', model => {
    it('answers, whole and streamed', async () => {
      const whole = await responses.responses.create({ model, input: 'What is a branch in Postgres?', store: false });
      expect(whole.output_text.length).toBeGreaterThan(10);
      expect(whole.usage?.total_tokens).toBeGreaterThan(5);
      const stream = responses.responses.stream({ model, input: 'What is a branch in Postgres?', store: false });
      let text = '';
      for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
      const final = await stream.finalResponse();
      expect(final.status).toBe('completed');
      expect(text).toBe(whole.output_text);
    });

    it('goes through a tool loop of two turns', async () => {
      const tools = [
        {
          type: 'function' as const,
          name: 'get_weather',
          parameters: WEATHER_SCHEMA,
          strict: true,
          description: 'Weather',
        },
      ];
      const input: OpenAI7.Responses.ResponseInputItem[] = [
        { role: 'user', content: 'call get_weather {"city": "Paris"}' },
      ];
      const asked = { model, tools, store: false, include: ['reasoning.encrypted_content' as const] };
      const first = await responses.responses.create({ ...asked, input, tool_choice: 'required' });
      const call = first.output.find(item => item.type === 'function_call');
      if (call === undefined) throw new Error('no tool was called');
      expect(JSON.parse(call.arguments)).toHaveProperty('city');
      input.push(...(first.output as OpenAI7.Responses.ResponseInputItem[]));
      input.push({ type: 'function_call_output', call_id: call.call_id, output: '{"celsius": 21}' });
      const second = await responses.responses.create({ ...asked, input });
      expect(second.output_text).toMatch(/21/);
    });

    it('gives structured output', async () => {
      const format = { type: 'json_schema' as const, name: 'person', strict: true, schema: PERSON_SCHEMA };
      const parsed = await responses.responses.create({
        model,
        input: 'Invent a person.',
        text: { format },
        store: false,
      });
      expect(JSON.parse(parsed.output_text)).toEqual({ name: expect.any(String), age: expect.any(Number) });
    });
  });

  it('embeds one text and many, in floats and in the base64 it asks for by itself', async () => {
    const one = await client.embeddings.create({
      model: MODELS.embedding,
      input: 'a branch',
      encoding_format: 'float',
    });
    const many = await client.embeddings.create({
      model: MODELS.embedding,
      input: ['a branch', 'a tree'],
      dimensions: 64,
    });
    expect(one.data[0]?.embedding.length).toBeGreaterThan(64);
    expect(many.data.map(item => item.embedding.length)).toEqual([64, 64]);
    expect(many.data[0]?.embedding.some(value => value !== 0)).toBe(true);
    expect(one.usage.prompt_tokens).toBeGreaterThan(0);
  });

  it('reads our errors', async () => {
    const messages = [{ role: 'user' as const, content: 'hi' }];
    const unknown = client.chat.completions.create({ model: 'gpt-99', messages });
    await expect(unknown).rejects.toMatchObject({ status: 400, code: 'invalid_model' });
    const stranger = new OpenAI({ apiKey: 'nt_live_wrong', baseURL: `${gateway.baseUrl}/v1`, maxRetries: 0 });
    await expect(stranger.chat.completions.create({ model: MODELS.gpt, messages })).rejects.toMatchObject({
      status: 401,
    });
    const kept = responses.responses.create({ model: MODELS.claude, input: 'hi', previous_response_id: 'resp_1' });
    await expect(kept).rejects.toMatchObject({ status: 400 });
  });

  it('leaves a stream: the provider is stopped, and the ledger says who went', async () => {
    const model = 'claude-opus-4-5';
    const stream = await client.chat.completions.create(
      { model, messages: [{ role: 'user', content: 'Tell me a long story.' }], stream: true },
      { headers: { 'x-bough-sandbox-fault': 'tokens=5000; rate=50' } },
    );
    for await (const _ of stream) break;
    stream.controller.abort();
    const [row] = await ledgerOf(gateway, model, 'chat_completions', 1);
    expect(row?.status).toBe('client_disconnected');
    expect(Number(row?.output_tokens)).toBeLessThan(1000);
  });
});
