import OpenAI6 from 'openai6';
import { zodTextFormat as zodTextFormat6 } from 'openai6/helpers/zod';
import OpenAI7 from 'openai7';
import { zodTextFormat } from 'openai7/helpers/zod';
import { z } from 'zod';
import { checkStrictly } from '../../../../test/support/sandbox-checks/strict.js';
import type { SandboxModel } from '../model.js';
import { type SandboxServer, startSandboxServer } from '../server.js';

type Response7 = OpenAI7.Responses.Response;
type InputItem = OpenAI7.Responses.ResponseInputItem;

const API_KEY = 'sandbox-test-key';
const MODELS: SandboxModel[] = [
  { id: 'gpt-5-mini', maxOutputTokens: 128_000 },
  {
    id: 'gpt-oss-20b',
    maxOutputTokens: null,
    dialects: new Set(['chat_completions']),
  },
];
const ASK = { model: 'gpt-5-mini', input: 'What is Neon?' };
const WEATHER = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'Current weather of a place',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
    required: ['city', 'unit'],
    additionalProperties: false,
  },
};
const SIGNED = { include: ['reasoning.encrypted_content' as const], store: false };

let server: SandboxServer;

beforeAll(async () => {
  server = await startSandboxServer({
    apiKey: API_KEY,
    models: id => MODELS.find(model => model.id === id) ?? null,
    check: checkStrictly,
  });
});

afterAll(() => server.close());

function post(body: unknown): Promise<Response> {
  return fetch(`${server.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The text of a response: version 6 of the SDK gathers it only for answers that were not streamed. */
function textOf({ output }: Pick<Response7, 'output'>): string {
  const parts = output.flatMap(item => (item.type === 'message' ? item.content : []));
  return parts.map(part => (part.type === 'output_text' ? part.text : '')).join('');
}

/** An output as it came: the SDK's streams add what they parsed, which the API does not take back. */
function asInput(output: Response7['output']): InputItem[] {
  return JSON.parse(JSON.stringify(output, (key, value: unknown) => (key.startsWith('parsed') ? undefined : value)));
}

describe.each([
  ['openai 6', OpenAI6, zodTextFormat6],
  ['openai 7', OpenAI7, zodTextFormat],
])('called with the SDK %s', (_, Sdk, textFormat) => {
  // The two majors share the part of their interface used here.
  const client = () => new (Sdk as typeof OpenAI7)({ apiKey: API_KEY, baseURL: `${server.url}/v1`, maxRetries: 0 });

  it('answers sensibly, and the same question the same way', async () => {
    const first = await client().responses.create(ASK);
    const again = await client().responses.create(ASK);

    expect(first.output_text).toMatch(/^Neon is a serverless Postgres/);
    expect(again.output_text).toBe(first.output_text);
    expect(first).toMatchObject({
      object: 'response',
      model: ASK.model,
      status: 'completed',
      store: false,
      error: null,
    });
    expect(first.output).toMatchObject([{ type: 'message', role: 'assistant', status: 'completed' }]);
    expect(first.usage?.total_tokens).toBe((first.usage?.input_tokens ?? 0) + (first.usage?.output_tokens ?? 0));
  });

  it('streams the response it would answer whole', async () => {
    const whole = await client().responses.create(ASK);
    const streamed = await client().responses.stream(ASK).finalResponse();

    expect(textOf(streamed)).toBe(whole.output_text);
    expect(streamed.usage).toEqual(whole.usage);
    expect(streamed.status).toBe('completed');
  });

  it.each([true, false])('calls a tool and then answers from its result (streamed: %p)', async isStreamed => {
    const send = (input: InputItem[]): Promise<Response7> => {
      const body = { ...ASK, input, tools: [WEATHER] };
      return isStreamed ? client().responses.stream(body).finalResponse() : client().responses.create(body);
    };
    const input: InputItem[] = [{ role: 'user', content: 'call get_weather {"city": "Paris", "unit": "celsius"}' }];
    const first = await send(input);
    const calls = first.output.filter(item => item.type === 'function_call');

    expect(calls.map(call => JSON.parse(call.arguments))).toEqual([{ city: 'Paris', unit: 'celsius' }]);
    const outputs = calls.map(call => ({
      type: 'function_call_output' as const,
      call_id: call.call_id,
      output: `${JSON.parse(call.arguments).city} is sunny`,
    }));
    const second = await send([...input, ...asInput(first.output), ...outputs]);
    expect(textOf(second)).toContain('Paris is sunny');
  });

  it('parses what fits a schema', async () => {
    const Plan = z.object({ title: z.string(), steps: z.array(z.object({ minutes: z.number() })) });
    const parsed = await client().responses.parse({
      ...ASK,
      text: { format: (textFormat as typeof zodTextFormat)(Plan, 'plan') },
    });
    expect(Plan.parse(parsed.output_parsed)).toEqual(parsed.output_parsed);
  });

  it.each([true, false])(
    'shows a summary of its thought and takes the signed thought back (streamed: %p)',
    async isStreamed => {
      const body = { ...ASK, ...SIGNED, reasoning: { effort: 'low' as const, summary: 'auto' as const } };
      const first = isStreamed
        ? await client().responses.stream(body).finalResponse()
        : await client().responses.create(body);
      const [thought, message] = first.output;

      expect(thought).toMatchObject({
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: expect.stringMatching(/Neon/) }],
      });
      expect(message.type).toBe('message');
      expect(first.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(10);
      const input = [
        { role: 'user' as const, content: ASK.input },
        ...asInput(first.output),
        { role: 'user' as const, content: 'repeat: on' },
      ];
      expect((await client().responses.create({ ...body, input })).output_text).toBe('on');
    },
  );

  it('reports its refusals and its faults as the errors of the SDK', async () => {
    const faulty = (fault: string) => ({ headers: { 'x-bough-sandbox-fault': fault } });
    await expect(client().responses.create({ ...ASK, model: 'gpt-9' })).rejects.toBeInstanceOf(Sdk.NotFoundError);
    await expect(client().responses.create(ASK, faulty('status=429'))).rejects.toBeInstanceOf(Sdk.RateLimitError);
    // Version 7 throws what version 6 hands on as an event.
    const failure = async (): Promise<string> => {
      const stream = await client().responses.create({ ...ASK, stream: true }, faulty('error-event=5; message=enough'));
      for await (const event of stream) if (event.type === 'error') return event.message;
      return 'none';
    };
    expect(await failure().catch(String)).toContain('enough');
  });
});

describe('an answer', () => {
  const complete = async (fields: object): Promise<Response7> => {
    const response = await post({ ...ASK, ...fields });
    expect(response.status).toBe(200);
    return response.json() as Promise<Response7>;
  };
  it('is cut to exactly max_output_tokens, incomplete and with the reason', async () => {
    const answer = await complete({ input: 'Explain indexes in detail', max_output_tokens: 16 });
    expect(answer).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
      usage: { output_tokens: 16 },
    });
  });

  it('signs its thought without a summary for those who want only that, and has none without effort', async () => {
    const signed = await complete({ ...SIGNED });
    expect(signed.output[0]).toMatchObject({ type: 'reasoning', summary: [], encrypted_content: expect.any(String) });
    const none = await complete({ ...SIGNED, reasoning: { effort: 'none', summary: 'auto' } });
    expect(none.output.map(item => item.type)).toEqual(['message']);
  });

  it('tells the request again', async () => {
    const request = { instructions: 'Be brief.', metadata: { a: 'b' }, tools: [WEATHER], temperature: 0.5 };
    expect(await complete(request)).toMatchObject({ ...request, store: false, previous_response_id: null });
  });

  it('follows instructions only in what they cost', async () => {
    const [bare, told] = [await complete({}), await complete({ instructions: 'Be brief, and never rude.' })];
    expect(told.usage?.input_tokens).toBeGreaterThan((bare.usage?.input_tokens ?? 0) + 5);
  });

  it('calls custom tools with text', async () => {
    const tools = [{ type: 'custom', name: 'run_sql' }];
    const answer = await complete({ input: 'call run_sql select 1', tools });
    expect(answer.output).toMatchObject([{ type: 'custom_tool_call', name: 'run_sql', input: 'select 1' }]);
    const { call_id: id } = answer.output[0] as OpenAI7.Responses.ResponseCustomToolCall;
    const input = [
      { role: 'user', content: 'Use run_sql' },
      ...answer.output,
      { type: 'custom_tool_call_output', call_id: id, output: [{ type: 'input_text', text: 'one row' }] },
    ];
    expect(textOf(await complete({ input, tools }))).toContain('run_sql returned: one row');
  });

  it('calls the only tool that is left, and nothing when nothing may be', async () => {
    const request = { input: 'Weather in Paris and Tokyo', tools: [WEATHER] };
    const types = async (fields: object) => (await complete({ ...request, ...fields })).output.map(item => item.type);
    expect(await types({ tool_choice: { type: 'function', name: 'get_weather' } })).toEqual(['function_call']);
    expect(await types({ tool_choice: 'required' })).toEqual(['function_call']);
    expect(await types({ tool_choice: 'none' })).toEqual(['message']);
  });

  it('carries log probabilities, one for each token, when asked', async () => {
    const answer = await complete({ include: ['message.output_text.logprobs'], top_logprobs: 2 });
    const [item] = answer.output;
    const [part] = item.type === 'message' ? item.content : [];
    const logprobs = part.type === 'output_text' ? (part.logprobs ?? []) : [];
    expect(logprobs.map(({ token }) => token).join('')).toBe(textOf(answer));
    expect(logprobs[0].top_logprobs).toHaveLength(2);
  });

  it.each([
    ['an image', { type: 'input_image', image_url: 'data:image/png;base64,AAAA' }, 700],
    ['a file', { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' }, 1000],
  ])('counts %s in the prompt and in the output of a tool', async (_, part, least) => {
    const text = { type: 'input_text', text: 'Look' };
    const said = (content: unknown) => ({ input: [{ role: 'user', content }] });
    const looped = (output: unknown) => ({
      input: [
        { role: 'user', content: 'x' },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output },
      ],
    });
    for (const ask of [said, looped]) {
      const [bare, shown] = [await complete(ask([text])), await complete(ask([part, text]))];
      expect((shown.usage?.input_tokens ?? 0) - (bare.usage?.input_tokens ?? 0)).toBeGreaterThan(least);
    }
  });
});

describe('a stream', () => {
  type WireEvent = OpenAI7.Responses.ResponseStreamEvent;

  const eventsOf = async (body: object): Promise<WireEvent[]> => {
    const text = await (await post({ ...ASK, ...body, stream: true })).text();
    const events = text.split('\n\n').filter(Boolean);
    return events.map(event => {
      const [, name, json] = /^event: (.+)\ndata: (.+)$/.exec(event) ?? [];
      const data = JSON.parse(json) as WireEvent;
      expect(data.type).toBe(name);
      return data;
    });
  };
  const typesOf = (events: WireEvent[]): string[] =>
    events.map(event => event.type).filter((type, index, all) => type !== all[index - 1]);

  it('is the events of the API in their order, numbered from 0', async () => {
    const events = await eventsOf({ reasoning: { summary: 'auto' } });
    expect(events.map(event => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(typesOf(events)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
  });

  it('sends the arguments of a call in pieces that join to its JSON, under the ids of the last event', async () => {
    const args = { city: 'Paris', unit: 'celsius' };
    const events = await eventsOf({ tools: [WEATHER], input: `call get_weather ${JSON.stringify(args)}` });
    const end = events.at(-1);
    const [item] = end?.type === 'response.completed' ? end.response.output : [];
    const pieces = events.flatMap(event =>
      event.type === 'response.function_call_arguments.delta' && event.item_id === item.id ? [event.delta] : [],
    );
    expect(pieces.length).toBeGreaterThan(3);
    expect(JSON.parse(pieces.join(''))).toEqual(args);
  });

  it('ends with response.incomplete when it was cut', async () => {
    const end = (await eventsOf({ input: 'Explain indexes', max_output_tokens: 16 })).at(-1);
    expect(end).toMatchObject({ type: 'response.incomplete', response: { status: 'incomplete' } });
  });
});

describe('a refusal', () => {
  interface OpenAiError {
    error: { type: string; message: string; param: string | null; code: string | null };
  }
  const refused = async (fields: object): Promise<[number, string, string | null, string]> => {
    const response = await post({ ...ASK, ...fields });
    const { error } = (await response.json()) as OpenAiError;
    return [response.status, error.type, error.param, error.message];
  };
  const user = { role: 'user', content: 'x' };
  const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' });
  const output = (id: string) => ({ type: 'function_call_output', call_id: id, output: 'done' });

  it('answers 404 to unknown models and 400 to models of other dialects', async () => {
    expect((await refused({ model: 'gpt-9' })).slice(0, 3)).toEqual([404, 'invalid_request_error', 'model']);
    expect((await refused({ model: 'gpt-oss-20b' })).slice(0, 3)).toEqual([400, 'invalid_request_error', 'model']);
  });

  it.each<[string, object]>([
    ['input', { input: undefined }],
    ['input', { input: [] }],
    ['messages', { messages: [] }],
    ['max_output_tokens', { max_output_tokens: 15 }],
    ['max_output_tokens', { max_output_tokens: 128_001 }],
    ['max_tokens', { max_tokens: 16 }],
    ['store', { store: true }],
    ['background', { background: true }],
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['conversation', { conversation: 'conv_1' }],
    ['input[0]', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
    ['input[0].type', { input: [{ type: 'web_search_call', id: 'ws_1' }] }],
    ['input[0].role', { input: [{ role: 'tool', content: 'x' }] }],
    ['input[0].name', { input: [{ ...user, name: 'ann' }] }],
    ['input[0].content[0].type', { input: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }],
    ['input[0].content[0].type', { input: [{ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }] }],
    ['input[1].id', { input: [user, { role: 'assistant', id: 'x1', content: 'x' }] }],
    ['tools[0].function', { tools: [{ ...WEATHER, function: {} }] }],
    ['tools[0].type', { tools: [{ type: 'web_search' }] }],
    ['tools', { tools: [WEATHER, WEATHER] }],
    ['tool_choice', { tool_choice: { type: 'function', name: 'f' } }],
    ['text.format.json_schema', { text: { format: { type: 'json_schema', name: 'a', schema: {}, json_schema: {} } } }],
    ['reasoning.effort', { reasoning: { effort: 'utmost' } }],
    ['include[0]', { include: ['everything'] }],
  ])('names %s where it may not stand so (%#)', async (param, fields) => {
    expect((await refused(fields)).slice(0, 3)).toEqual([400, 'invalid_request_error', param]);
  });

  it('takes null and false for the absence of what is stored elsewhere', async () => {
    const fields = { store: false, previous_response_id: null, conversation: null, background: false, prompt: null };
    expect((await post({ ...ASK, ...fields })).status).toBe(200);
  });

  it.each<[string, object[]]>([
    ['an output without a call', [user, output('a')]],
    ['an output for another id', [user, call('a'), output('b')]],
    ['an output of another kind', [user, call('a'), { ...output('a'), type: 'custom_tool_call_output' }]],
    ['a second output', [user, call('a'), output('a'), output('a')]],
    ['a call without its output', [user, call('a'), call('b'), output('a')]],
    ['an id that is used twice', [user, call('a'), output('a'), call('a'), output('a')]],
  ])('meets %s', async (_, input) => {
    expect((await refused({ input })).slice(0, 2)).toEqual([400, 'invalid_request_error']);
  });

  it('meets thoughts that were changed, unsigned or torn from what they led to', async () => {
    const first = (await (await post({ ...ASK, ...SIGNED })).json()) as { output: Array<Record<string, unknown>> };
    const [thought, message] = first.output;
    const signature = String(thought['encrypted_content']);
    const status = async (...items: unknown[]) => (await post({ ...ASK, input: [user, ...items, user] })).status;
    expect(await status(thought, message)).toBe(200);
    expect(await status({ ...thought, encrypted_content: `A${signature.slice(1)}` }, message)).toBe(400);
    expect(await status({ ...thought, encrypted_content: null }, message)).toBe(400);
    expect(await status(thought)).toBe(400);
  });
});
