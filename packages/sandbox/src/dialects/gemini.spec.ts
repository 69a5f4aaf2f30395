import { GoogleGenAI as GoogleGenAI2 } from 'genai2';
import {
  type Content,
  type FunctionDeclaration,
  type GenerateContentParameters,
  type GenerateContentResponse,
  GoogleGenAI as GoogleGenAI3,
  Type,
} from 'genai3';
import { checkStrictly } from '../../../../test/support/sandbox-checks/strict.js';
import type { SandboxModel } from '../model.js';
import { type SandboxServer, startSandboxServer } from '../server.js';

const API_KEY = 'sandbox-test-key';
const NEW = 'gemini-3-flash';
const OLD = 'gemini-2-5-flash';
const MODELS: SandboxModel[] = [
  { id: NEW, maxOutputTokens: 65_536 },
  { id: OLD, maxOutputTokens: 65_536 },
  {
    id: 'gpt-5-mini',
    maxOutputTokens: null,
    dialects: new Set(['chat_completions']),
  },
];
const QUESTION = 'What is Neon?';
const ASK = { contents: [{ role: 'user', parts: [{ text: QUESTION }] }] };
const WEATHER: FunctionDeclaration = {
  name: 'get_weather',
  description: 'Current weather of a place',
  parameters: {
    type: Type.OBJECT,
    properties: { city: { type: Type.STRING }, unit: { type: Type.STRING, enum: ['celsius', 'fahrenheit'] } },
    required: ['city', 'unit'],
  },
};

let server: SandboxServer;

beforeAll(async () => {
  server = await startSandboxServer({
    apiKey: API_KEY,
    models: id => MODELS.find(model => model.id === id) ?? null,
    check: checkStrictly,
  });
});

afterAll(() => server.close());

function post(action: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const sent = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers };
  return fetch(`${server.url}/gemini/v1beta/models/${action}`, {
    method: 'POST',
    headers: Object.entries(sent).filter(([, value]) => value !== ''),
    body: JSON.stringify(body),
  });
}

describe.each([
  ['genai 2', GoogleGenAI2],
  ['genai 3', GoogleGenAI3],
])('called with the SDK %s', (_, Sdk) => {
  // The two majors share the part of their interface used here.
  const client = () => {
    // The SDK would ask Node's own dispatcher, which Jest hides from it.
    const headers = { authorization: `Bearer ${API_KEY}` };
    const httpOptions = { baseUrl: `${server.url}/gemini`, fetch, headers };
    return new (Sdk as typeof GoogleGenAI3)({ apiKey: API_KEY, httpOptions });
  };

  const streamed = async (request: GenerateContentParameters): Promise<GenerateContentResponse[]> => {
    const chunks: GenerateContentResponse[] = [];
    for await (const chunk of await client().models.generateContentStream(request)) chunks.push(chunk);
    return chunks;
  };

  it('answers sensibly, and the same question the same way', async () => {
    const first = await client().models.generateContent({ model: NEW, contents: QUESTION });
    const again = await client().models.generateContent({ model: NEW, contents: QUESTION });

    expect(first.text).toMatch(/^Neon is a serverless Postgres/);
    expect(again.candidates).toEqual(first.candidates);
    expect(first).toMatchObject({ modelVersion: NEW, candidates: [{ finishReason: 'STOP', index: 0 }] });
    const { promptTokenCount = 0, candidatesTokenCount = 0, totalTokenCount } = first.usageMetadata ?? {};
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount);
  });

  it('streams the text it would answer whole, and tells its end and its usage in the last chunk', async () => {
    const whole = await client().models.generateContent({ model: NEW, contents: QUESTION });
    const chunks = await streamed({ model: NEW, contents: QUESTION });

    expect(chunks.map(chunk => chunk.text ?? '').join('')).toBe(whole.text);
    expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
    expect(chunks.map(chunk => chunk.candidates?.[0].finishReason).filter(Boolean)).toEqual(['STOP']);
    expect(chunks.slice(0, -1).every(chunk => chunk.usageMetadata === undefined)).toBe(true);
    expect(new Set(chunks.map(chunk => chunk.responseId)).size).toBe(1);
  });

  it.each([
    [NEW, false],
    [NEW, true],
    [OLD, false],
  ])('calls functions of %s and then answers from their responses (streamed: %p)', async (model, isStreamed) => {
    const config = { tools: [{ functionDeclarations: [WEATHER] }] };
    const contents: Content[] = [
      { role: 'user', parts: [{ text: 'call get_weather {"city": "Paris", "unit": "celsius"}' }] },
    ];
    const answers = isStreamed
      ? await streamed({ model, contents, config })
      : [await client().models.generateContent({ model, contents, config })];
    const said = answers.flatMap(answer => answer.candidates?.[0].content ?? []);
    const calls = said.flatMap(content => (content.parts ?? []).flatMap(part => part.functionCall ?? []));
    const signatures = said.flatMap(content => (content.parts ?? []).flatMap(part => part.thoughtSignature ?? []));

    expect(calls.map(call => call.args)).toEqual([{ city: 'Paris', unit: 'celsius' }]);
    expect(calls.every(call => (call.id !== undefined) === (model === NEW))).toBe(true);
    expect(signatures).toHaveLength(model === NEW ? 1 : 0);
    const parts = calls.map(({ id, name, args }) => ({
      functionResponse: {
        ...(id !== undefined && { id }),
        name,
        response: { output: `${String(args?.['city'])} is sunny` },
      },
    }));
    const second = await client().models.generateContent({
      model,
      config,
      contents: [...contents, ...said, { role: 'user', parts }],
    });
    expect(second.text).toContain('Paris is sunny');
  });

  it('keeps a conversation that the SDK writes down, streamed thoughts and signatures included', async () => {
    const chat = client().chats.create({ model: NEW, config: { thinkingConfig: { includeThoughts: true } } });
    for await (const chunk of await chat.sendMessageStream({ message: QUESTION }))
      expect(chunk.candidates).toHaveLength(1);
    const second = await chat.sendMessage({ message: 'repeat: still here' });
    expect(second.text).toBe('still here');
  });

  it('counts the tokens of contents as its answer does', async () => {
    const count = await client().models.countTokens({ model: NEW, contents: QUESTION });
    const answer = await client().models.generateContent({ model: NEW, contents: QUESTION });
    expect(count.totalTokens).toBe(answer.usageMetadata?.promptTokenCount);
  });

  it('reports its refusals and its faults as the errors of the SDK', async () => {
    const faulty = (fault: string) => ({
      model: NEW,
      contents: QUESTION,
      config: {
        httpOptions: {
          headers: { authorization: `Bearer ${API_KEY}`, 'x-bough-sandbox-fault': fault },
          retryOptions: { attempts: 1 },
        },
      },
    });
    await expect(client().models.generateContent({ model: 'gemini-9', contents: 'x' })).rejects.toMatchObject({
      status: 404,
    });
    await expect(client().models.generateContent(faulty('status=429'))).rejects.toMatchObject({ status: 429 });
    await expect(streamed(faulty('error-event=2; message=enough'))).rejects.toThrow('enough');
  });
});

describe('an answer', () => {
  const complete = async (body: object, model = NEW): Promise<GenerateContentResponse> => {
    const response = await post(`${model}:generateContent`, { ...ASK, ...body });
    expect(response.status).toBe(200);
    return response.json() as Promise<GenerateContentResponse>;
  };
  const say = (...parts: unknown[]) => ({ contents: [{ role: 'user', parts }] });
  const partsOf = (answer: GenerateContentResponse) => answer.candidates?.[0].content?.parts ?? [];

  it('begins with a thought for those who ask, and counts it beside the answer', async () => {
    const plain = await complete({});
    const thinking = await complete({ generationConfig: { thinkingConfig: { includeThoughts: true } } });
    const [thought, text] = partsOf(thinking);

    expect(thought).toEqual({ thought: true, text: expect.stringMatching(/Neon/) });
    expect(text).toMatchObject({ text: partsOf(plain)[0].text, thoughtSignature: expect.any(String) });
    const { thoughtsTokenCount = 0, candidatesTokenCount, totalTokenCount } = thinking.usageMetadata ?? {};
    expect(thoughtsTokenCount).toBeGreaterThan(10);
    expect(candidatesTokenCount).toBe(plain.usageMetadata?.candidatesTokenCount);
    expect(totalTokenCount).toBe((plain.usageMetadata?.totalTokenCount ?? 0) + thoughtsTokenCount);
  });

  it('does not think without a budget', async () => {
    const config = { thinkingConfig: { includeThoughts: true, thinkingBudget: 0 } };
    expect(partsOf(await complete({ generationConfig: config }, OLD))).toHaveLength(1);
  });

  it('is cut to exactly maxOutputTokens', async () => {
    const answer = await complete({
      ...say({ text: 'Explain indexes in detail' }),
      generationConfig: { maxOutputTokens: 7 },
    });
    expect(answer).toMatchObject({
      candidates: [{ finishReason: 'MAX_TOKENS' }],
      usageMetadata: { candidatesTokenCount: 7 },
    });
  });

  it('ends before a stop sequence and has as many candidates as were asked for', async () => {
    const stopped = await complete({
      ...say({ text: 'repeat: one two' }),
      generationConfig: { stopSequences: [' two'] },
    });
    expect(partsOf(stopped)).toMatchObject([{ text: 'one' }]);
    const many = await complete({ ...say({ text: 'Tell me about rivers' }), generationConfig: { candidateCount: 3 } });
    expect(new Set(many.candidates?.map(candidate => candidate.content?.parts?.[0].text)).size).toBe(3);
  });

  it('fits a schema in either language', async () => {
    const own = { type: 'OBJECT', properties: { count: { type: 'integer', minimum: 3 } }, required: ['count'] };
    const json = { type: 'object', properties: { count: { type: 'integer', minimum: 3 } }, required: ['count'] };
    for (const schema of [{ responseSchema: own }, { response_json_schema: json }]) {
      const answer = await complete({ generation_config: { responseMimeType: 'application/json', ...schema } });
      expect(JSON.parse(partsOf(answer)[0].text ?? '').count).toBeGreaterThanOrEqual(3);
    }
  });

  it('calls the only function that is left, words where there are several, and nothing when nothing may be', async () => {
    const tools = [{ functionDeclarations: [WEATHER, { name: 'other', parametersJsonSchema: { type: 'object' } }] }];
    const called = async (functionCallingConfig: object) => {
      const answer = await complete({ tools, toolConfig: { functionCallingConfig } });
      return partsOf(answer).flatMap(part => part.functionCall?.name ?? []);
    };
    expect(await called({ mode: 'ANY' })).toEqual([]);
    expect(await called({ mode: 'ANY', allowedFunctionNames: ['other'] })).toEqual(['other']);
    expect(await called({ mode: 'NONE' })).toEqual([]);
  });

  it.each([
    ['image/png', 'IMAGE', 700],
    ['audio/wav', 'AUDIO', 100],
    ['video/mp4', 'VIDEO', 1000],
    ['application/pdf', 'DOCUMENT', 1000],
  ])('counts %s in the prompt as %s', async (mimeType, modality, least) => {
    const bare = await complete(say({ text: 'Look' }));
    const answer = await complete(say({ inlineData: { mimeType, data: 'AAAA' } }, { text: 'Look' }));
    const count = answer.usageMetadata?.promptTokenCount ?? 0;
    const details = answer.usageMetadata?.promptTokensDetails ?? [];
    expect(count - (bare.usageMetadata?.promptTokenCount ?? 0)).toBeGreaterThan(least);
    expect(details.map(detail => detail.modality)).toEqual(['TEXT', modality]);
    expect(details.reduce((sum, detail) => sum + (detail.tokenCount ?? 0), 0)).toBe(count);
  });

  it('reads both spellings of every name, and null as absence', async () => {
    const answer = await complete({
      contents: [{ parts: [{ text: 'repeat: spelled' }, { inline_data: { mime_type: 'image/png', data: 'AAAA' } }] }],
      system_instruction: { parts: [{ text: 'Be brief.' }] },
      generation_config: { max_output_tokens: 1000, top_k: null },
    });
    expect(partsOf(answer)).toMatchObject([{ text: 'spelled' }]);
  });

  it('counts the tokens of a whole request, tools and instructions included', async () => {
    const request = {
      ...ASK,
      tools: [{ functionDeclarations: [WEATHER] }],
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
    };
    const body = { generateContentRequest: { model: `models/${NEW}`, ...request } };
    const count = (await (await post(`${NEW}:countTokens`, body)).json()) as { totalTokens: number };
    expect(count.totalTokens).toBe((await complete(request)).usageMetadata?.promptTokenCount);
  });
});

describe('a stream without alt=sse', () => {
  const ask = (fault: string) => post(`${NEW}:streamGenerateContent`, ASK, { 'x-bough-sandbox-fault': fault });

  it('is one JSON array of the same chunks', async () => {
    const response = await ask('');
    const array = (await response.json()) as GenerateContentResponse[];
    const sse = await (await post(`${NEW}:streamGenerateContent?alt=sse`, ASK)).text();
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const events = sse.match(/(?<=^data: ).*$/gm) ?? [];
    expect(array.map(chunk => chunk.candidates)).toEqual(events.map(event => JSON.parse(event).candidates));
  });

  it.each([
    ['end=3', 3],
    ['end=0', 0],
  ])('with %s breaks off before the array is closed', async (fault, count) => {
    const text = await (await ask(fault)).text();
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(count === 0 ? [] : JSON.parse(`${text}]`)).toHaveLength(count);
  });

  it('reports a failure in its last element', async () => {
    const text = await (await ask('error-event=2; message=enough')).text();
    expect(JSON.parse(`${text}]`)).toMatchObject([
      {},
      {},
      { error: { code: 500, message: 'enough', status: 'INTERNAL' } },
    ]);
  });
});

describe('a refusal', () => {
  interface GoogleError {
    error: { code: number; status: string; message: string };
  }
  const refused = async (
    body: object,
    model = NEW,
    headers: Record<string, string> = {},
  ): Promise<[number, string, string]> => {
    const response = await post(`${model}:generateContent`, { ...ASK, ...body }, headers);
    const { error } = (await response.json()) as GoogleError;
    expect(error.code).toBe(response.status);
    return [response.status, error.status, error.message];
  };
  const user = (...parts: unknown[]) => ({ role: 'user', parts });
  const model = (...parts: unknown[]) => ({ role: 'model', parts });
  const call = (name: string, more: object = {}) => ({ functionCall: { name, args: {}, ...more } });
  const response = (name: string, more: object = {}) => ({
    functionResponse: { name, response: { output: 'done' }, ...more },
  });

  it.each([
    ['a missing key', { authorization: '' }],
    ['a wrong key', { authorization: 'Bearer wrong' }],
  ])('answers %s with 401', async (_, headers) => {
    expect((await refused({}, NEW, headers)).slice(0, 2)).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('does not look for the key in the address', async () => {
    const answer = await post(`${NEW}:generateContent?key=${API_KEY}`, ASK, { authorization: '' });
    expect(answer.status).toBe(401);
  });

  it('answers 404 to unknown models, to models of other dialects and to unknown actions', async () => {
    expect((await refused({}, 'gemini-9')).slice(0, 2)).toEqual([404, 'NOT_FOUND']);
    expect((await refused({}, 'gpt-5-mini')).slice(0, 2)).toEqual([404, 'NOT_FOUND']);
    for (const action of [`${NEW}:embedContent`, NEW, `${NEW}:a:b`]) {
      const answer = await post(action, ASK);
      expect([answer.status, ((await answer.json()) as GoogleError).error.status]).toEqual([404, 'NOT_FOUND']);
    }
  });

  it.each<[string, object]>([
    ['contents', { contents: undefined }],
    ['contents', { contents: [] }],
    ['messages', { messages: [] }],
    ['contents[0].role', { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] }],
    ['contents[0].parts', { contents: [{ role: 'user', parts: [] }] }],
    ['contents[0].parts[0]', { contents: [user({})] }],
    ['contents[0].parts[0]', { contents: [user({ text: 'x', inlineData: { mimeType: 'image/png', data: 'AAAA' } })] }],
    ['contents[0].parts[0].type', { contents: [user({ type: 'text', text: 'x' })] }],
    [
      'contents[0].parts[0].inlineData.mimeType',
      { contents: [user({ inlineData: { mimeType: 'x/y', data: 'AAAA' } })] },
    ],
    ['contents[0].parts[0]', { contents: [user(call('f'))] }],
    ['generationConfig.maxTokens', { generationConfig: { max_tokens: 5 } }],
    ['generationConfig.maxOutputTokens', { generationConfig: { maxOutputTokens: 65_537 } }],
    ['generationConfig.temperature', { generationConfig: { temperature: 2.1 } }],
    ['generationConfig.streamOptions', { generationConfig: { stream_options: {} } }],
    ['generationConfig.responseMimeType', { generationConfig: { responseSchema: { type: 'OBJECT' } } }],
    ['$schema', { tools: [{ functionDeclarations: [{ ...WEATHER, parameters: { type: 'OBJECT', $schema: 'x' } }] }] }],
    [
      'additionalProperties',
      {
        tools: [
          {
            functionDeclarations: [
              {
                name: 'f',
                parameters: { type: 'OBJECT', properties: { a: { type: 'OBJECT', additionalProperties: false } } },
              },
            ],
          },
        ],
      },
    ],
    ['tools', { tools: [{ functionDeclarations: [{ ...WEATHER, parametersJsonSchema: {} }] }] }],
    ['tools[0].googleSearch', { tools: [{ googleSearch: {} }] }],
    ['tools', { tools: [{ functionDeclarations: [WEATHER, WEATHER] }] }],
    ['allowedFunctionNames', { toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['f'] } } }],
    ['thinkingConfig', { generationConfig: { thinkingConfig: { thinkingBudget: 5, thinkingLevel: 'LOW' } } }],
  ])('names %s where it may not stand so (%#)', async (field, body) => {
    const answer = await refused(body);
    expect(answer[2]).toContain(field);
    expect(answer.slice(0, 2)).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it('meets a body that is too deep to be walked', async () => {
    const deep = `${'[{"parts":'.repeat(20_000)}1${'}]'.repeat(20_000)}`;
    const answer = await fetch(`${server.url}/gemini/v1beta/models/${NEW}:generateContent`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: `{"contents":${deep}}`,
    });
    expect(answer.status).toBe(400);
  });

  it('meets levels of thinking where models have budgets', async () => {
    const level = { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } };
    expect((await refused(level, OLD))[0]).toBe(400);
    expect((await post(`${NEW}:generateContent`, { ...ASK, ...level })).status).toBe(200);
  });

  it.each<[string, object[]]>([
    ['a response without a call', [user({ text: 'x' }), user(response('f'))]],
    ['too few responses', [user({ text: 'x' }), model(call('f'), call('g')), user(response('f'))]],
    ['another name', [user({ text: 'x' }), model(call('f')), user(response('g'))]],
    ['another id', [user({ text: 'x' }), model(call('f', { id: '1' })), user(response('f', { id: '2' }))]],
    ['a call without its response', [user({ text: 'x' }), model(call('f')), user({ text: 'y' })]],
    ['a call at the end', [user({ text: 'x' }), model(call('f'))]],
  ])('meets %s', async (_, contents) => {
    expect((await refused({ contents }, OLD)).slice(0, 2)).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it('meets signatures that were left out or changed, where a model demands them', async () => {
    const asked = {
      contents: [user({ text: 'call get_weather' })],
      tools: [{ functionDeclarations: [WEATHER] }],
    };
    const first = (await (await post(`${NEW}:generateContent`, asked)).json()) as GenerateContentResponse;
    const parts = first.candidates?.[0].content?.parts ?? [];
    const results = user(...parts.map(part => response('get_weather', { id: part.functionCall?.id })));
    const status = async (said: unknown[], id = NEW, after: object[] = []) => {
      const contents = [...asked.contents, model(...said), results, ...after];
      return (await post(`${id}:generateContent`, { ...asked, contents })).status;
    };
    const [signed] = parts;
    const bare = { functionCall: signed.functionCall };
    const reordered = {
      ...signed,
      functionCall: {
        ...signed.functionCall,
        args: Object.fromEntries(Object.entries(signed.functionCall?.args ?? {}).toReversed()),
      },
    };
    const urlSafe = {
      ...signed,
      thoughtSignature: signed.thoughtSignature?.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
    };
    expect(await status(parts)).toBe(200);
    expect(await status([reordered])).toBe(200);
    expect(await status([urlSafe])).toBe(200);
    expect(await status([bare])).toBe(400);
    expect(await status([{ ...signed, functionCall: { ...signed.functionCall, args: { city: 'Bonn' } } }])).toBe(400);
    expect(await status([{ ...bare, thoughtSignature: 'AAAA' }])).toBe(400);
    expect(await status([{ ...bare, thoughtSignature: 'skip_thought_signature_validator' }])).toBe(200);
    expect(await status([bare], OLD)).toBe(200);
    // What came before the user's last words is over.
    expect(await status([bare], NEW, [model({ text: 'so' }), user({ text: 'and now?' })])).toBe(200);
  });
});
