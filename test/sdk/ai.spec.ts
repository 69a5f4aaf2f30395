import * as ai6 from 'ai6';
import { createAnthropic as createAnthropic6 } from 'ai6-anthropic';
import { createGoogleGenerativeAI as createGoogle6 } from 'ai6-google';
import { createOpenAI as createOpenAI6 } from 'ai6-openai';
import { createOpenAICompatible as createCompatible6 } from 'ai6-openai-compatible';
import * as ai7 from 'ai7';
import { createAnthropic as createAnthropic7 } from 'ai7-anthropic';
import { createGoogleGenerativeAI as createGoogle7 } from 'ai7-google';
import { createOpenAI as createOpenAI7 } from 'ai7-openai';
import { createOpenAICompatible as createCompatible7 } from 'ai7-openai-compatible';
import { z } from 'zod';
import type { TestGateway } from '../support/gateway.js';
import { MODELS, RED_PNG, startOpenGateway } from './harness.js';

const sets = [
  ['ai 6', ai6, createOpenAI6, createAnthropic6, createGoogle6, createCompatible6],
  ['ai 7', ai7, createOpenAI7, createAnthropic7, createGoogle7, createCompatible7],
] as unknown as [
  string,
  typeof ai7,
  typeof createOpenAI7,
  typeof createAnthropic7,
  typeof createGoogle7,
  typeof createCompatible7,
][];

describe.each(sets)('the package %s', (_, ai, createOpenAI, createAnthropic, createGoogle, createCompatible) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startOpenGateway({ BOUGH_OPEN_DIALECTS: 'true' });
  });
  afterAll(() => gateway.stop());

  type Model = Parameters<typeof ai.generateText>[0]['model'];
  const providers: [string, (model: string) => Model][] = [
    ['openai', model => createOpenAI({ apiKey: gateway.token, baseURL: `${gateway.baseUrl}/openai/v1` })(model)],
    [
      'anthropic',
      model => createAnthropic({ authToken: gateway.token, baseURL: `${gateway.baseUrl}/anthropic/v1` })(model),
    ],
    ['google', model => createGoogle({ apiKey: gateway.token, baseURL: `${gateway.baseUrl}/gemini/v1beta` })(model)],
    [
      'openai-compatible',
      model =>
        createCompatible({
          name: 'bough',
          apiKey: gateway.token,
          baseURL: `${gateway.baseUrl}/v1`,
          supportsStructuredOutputs: true,
        })(model),
    ],
  ];
  const matrix = providers.flatMap(([name, create]) =>
    [MODELS.claude, MODELS.gpt, MODELS.gemini].map(model => [name, model, create] as const),
  );

  describe.each(matrix)('its provider %s with %s', (_name, id, create) => {
    it('generates text, whole and streamed', async () => {
      const prompt = 'What is a branch in Postgres?';
      const whole = await ai.generateText({ model: create(id), prompt, maxRetries: 0 });
      expect(whole.text.length).toBeGreaterThan(10);
      expect(whole.usage.totalTokens).toBeGreaterThan(5);
      const stream = ai.streamText({ model: create(id), prompt, maxRetries: 0 });
      let text = '';
      for await (const delta of stream.textStream) text += delta;
      expect(text).toBe(whole.text);
      expect(await stream.finishReason).toBe('stop');
    });

    it('goes through a tool loop', async () => {
      const weather = ai.tool({
        description: 'Weather of a city',
        inputSchema: z.object({ city: z.string() }),
        execute: async () => ({ celsius: 21 }),
      });
      const { text, steps } = await ai.generateText({
        model: create(id),
        prompt: 'call get_weather {"city": "Paris"}',
        tools: { get_weather: weather },
        stopWhen: ai.stepCountIs(3),
        maxRetries: 0,
      });
      expect(steps.length).toBeGreaterThan(1);
      expect(text).toMatch(/21/);
    });

    it('generates an object and sees an image', async () => {
      const schema = z.object({ name: z.string(), age: z.number().int() });
      const { output } = await ai.generateText({
        model: create(id),
        prompt: 'Invent a person.',
        output: ai.Output.object({ schema }),
        maxRetries: 0,
      });
      expect(schema.parse(output)).toEqual(output);
      const content = [
        { type: 'text' as const, text: 'Which colour?' },
        { type: 'image' as const, image: RED_PNG, mediaType: 'image/png' },
      ];
      const seen = await ai.generateText({ model: create(id), messages: [{ role: 'user', content }], maxRetries: 0 });
      expect(seen.usage.inputTokens).toBeGreaterThan(80);
    });
  });

  it.each(['gemini-3-5-flash', 'gemini-3-1-pro', 'claude-opus-5'])(
    'goes through a tool loop of Responses with %s, whose thoughts it refers to as if they were kept',
    async id => {
      const sent: string[] = [];
      const noted: typeof fetch = (input, init) => {
        sent.push(init?.body as string);
        return fetch(input, init);
      };
      const options = { apiKey: gateway.token, baseURL: `${gateway.baseUrl}/openai/v1`, fetch: noted };
      const { text } = await ai.generateText({
        model: createOpenAI(options)(id),
        prompt: 'call get_weather {"city": "Paris"}',
        tools: {
          get_weather: ai.tool({ inputSchema: z.object({ city: z.string() }), execute: async () => ({ celsius: 21 }) }),
        },
        providerOptions: { openai: { reasoningEffort: 'medium', forceReasoning: true } },
        stopWhen: ai.stepCountIs(3),
        maxRetries: 0,
      });
      expect(text).toMatch(/21/);
      expect(sent.at(-1)).toContain('"item_reference"');
    },
  );

  it('embeds', async () => {
    const compatible = createCompatible({ name: 'bough', apiKey: gateway.token, baseURL: `${gateway.baseUrl}/v1` });
    const { embeddings } = await ai.embedMany({
      model: compatible.embeddingModel(MODELS.embedding),
      values: ['a branch', 'a tree'],
    });
    expect(embeddings).toHaveLength(2);
    expect(embeddings[0]?.some(value => value !== 0)).toBe(true);
  });

  it('surfaces our errors', async () => {
    const compatible = createCompatible({ name: 'bough', apiKey: gateway.token, baseURL: `${gateway.baseUrl}/v1` });
    const unknown = ai.generateText({ model: compatible('gpt-99'), prompt: 'hi', maxRetries: 0 });
    await expect(unknown).rejects.toThrow(/unknown model/);
  });
});
