import { GoogleGenAI as GoogleGenAI2 } from 'genai2';
import { type Content, GoogleGenAI } from 'genai3';
import type { TestGateway } from '../support/gateway.js';
import { ledgerOf, MODELS, PERSON_SCHEMA, RED_PNG, startOpenGateway, WEATHER_SCHEMA } from './harness.js';

const CHAT_MODELS = [MODELS.gemini, MODELS.claude, MODELS.gpt, MODELS.open];

describe.each([
  ['@google/genai 3', GoogleGenAI],
  ['@google/genai 2', GoogleGenAI2 as unknown as typeof GoogleGenAI],
])('the package %s', (_name, Sdk) => {
  let gateway: TestGateway;
  let client: GoogleGenAI;
  const clientWith = (headers: Record<string, string>, apiKey = 'placeholder') =>
    new Sdk({ apiKey, httpOptions: { baseUrl: `${gateway.baseUrl}/gemini`, headers } });
  beforeAll(async () => {
    gateway = await startOpenGateway();
    client = clientWith({ Authorization: `Bearer ${gateway.token}` });
  });
  afterAll(() => gateway.stop());

  const tools = [
    { functionDeclarations: [{ name: 'get_weather', description: 'Weather', parametersJsonSchema: WEATHER_SCHEMA }] },
  ];

  describe.each(CHAT_MODELS)('content of %s', model => {
    it('comes whole and streamed, with usage', async () => {
      const contents = 'What is a branch in Postgres?';
      const whole = await client.models.generateContent({ model, contents });
      expect(whole.text?.length).toBeGreaterThan(10);
      expect(whole.usageMetadata?.totalTokenCount).toBeGreaterThan(5);
      let text = '';
      let finish: string | undefined;
      for await (const chunk of await client.models.generateContentStream({ model, contents })) {
        text += chunk.text ?? '';
        finish = chunk.candidates?.[0]?.finishReason ?? finish;
      }
      expect(text).toBe(whole.text);
      expect(finish).toBe('STOP');
    });

    it('goes through a tool loop of two turns, with thoughts', async () => {
      const contents: Content[] = [{ role: 'user', parts: [{ text: 'call get_weather {"city": "Paris"}' }] }];
      const thinking = model === MODELS.open ? {} : { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } };
      const config = { tools, maxOutputTokens: 3000, ...thinking };
      const first = await client.models.generateContent({ model, contents, config });
      const [call] = first.functionCalls ?? [];
      const content = first.candidates?.[0]?.content;
      if (call === undefined || content === undefined) throw new Error('no tool was called');
      expect(call.args).toHaveProperty('city');
      const { id, name = '' } = call;
      const answered = { functionResponse: { ...(id === undefined ? {} : { id }), name, response: { celsius: 21 } } };
      contents.push(content, { role: 'user', parts: [answered] });
      const second = await client.models.generateContent({ model, contents, config });
      expect(second.text).toMatch(/21/);
    });

    it('sees an image, gives structured output and counts tokens', async () => {
      const image = { inlineData: { mimeType: 'image/png', data: RED_PNG } };
      const seen = await client.models.generateContent({
        model,
        contents: [{ role: 'user', parts: [image, { text: 'Which colour?' }] }],
      });
      expect(seen.usageMetadata?.promptTokenCount).toBeGreaterThan(80);
      const person = await client.models.generateContent({
        model,
        contents: 'Invent a person.',
        config: { responseMimeType: 'application/json', responseJsonSchema: PERSON_SCHEMA },
      });
      expect(JSON.parse(person.text ?? '')).toEqual({ name: expect.any(String), age: expect.any(Number) });
      const { totalTokens = 0 } = await client.models.countTokens({ model, contents: 'What is a branch in Postgres?' });
      expect(totalTokens).toBeGreaterThan(5);
    });
  });

  it('takes the token as its own API key too', async () => {
    const keyed = clientWith({}, gateway.token);
    const answer = await keyed.models.generateContent({ model: MODELS.gemini, contents: 'hi' });
    expect(answer.text).toBeTruthy();
  });

  it('lists the models of its endpoint', async () => {
    const names: (string | undefined)[] = [];
    for await (const model of await client.models.list()) names.push(model.name);
    expect(names).toEqual(expect.arrayContaining([`models/${MODELS.gemini}`, `models/${MODELS.claude}`]));
  });

  it('embeds one text and many, as long as it asks, and they are charged as embeddings', async () => {
    const one = await client.models.embedContent({ model: MODELS.embedding, contents: 'a branch' });
    expect(one.embeddings?.map(({ values }) => (values?.length ?? 0) > 64)).toEqual([true]);
    const config = { outputDimensionality: 64, taskType: 'RETRIEVAL_QUERY' };
    const many = await client.models.embedContent({
      model: MODELS.embedding,
      contents: ['a branch', 'a tree'],
      config,
    });
    expect(many.embeddings?.map(({ values }) => values?.length)).toEqual([64, 64]);
    expect(many.embeddings?.[0]?.values?.some(value => value !== 0)).toBe(true);
    const rows = await ledgerOf(gateway, MODELS.embedding, 'embeddings', 2);
    expect(rows.map(({ status, estimated }) => [status, estimated])).toContainEqual(['completed', false]);
    expect(rows.every(row => Number(row.input_tokens) > 0)).toBe(true);
    const chat = client.models.embedContent({ model: MODELS.gemini, contents: 'a branch' });
    await expect(chat).rejects.toMatchObject({ status: 400, message: expect.stringContaining('embeddings endpoint') });
  });

  it('reads our errors', async () => {
    const unknown = client.models.generateContent({ model: 'gemini-99', contents: 'hi' });
    await expect(unknown).rejects.toMatchObject({ status: 400, message: expect.stringContaining('unknown model') });
    const stranger = clientWith({ Authorization: 'Bearer nt_live_wrong' });
    await expect(stranger.models.generateContent({ model: MODELS.gemini, contents: 'hi' })).rejects.toMatchObject({
      status: 401,
    });
  });

  it.each([MODELS.gemini, MODELS.claude])('learns within the stream that the provider of %s died', async model => {
    const broken = clientWith({ Authorization: `Bearer ${gateway.token}`, 'x-bough-sandbox-fault': 'cut=4' });
    const read = async () => {
      for await (const _ of await broken.models.generateContentStream({ model, contents: 'What is a branch?' }));
    };
    await expect(read()).rejects.toThrow();
  });
});
