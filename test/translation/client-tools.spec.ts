import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { Codec, EncodeRequestOptions } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect, NeutralRequest } from '../../src/dialects/neutral/neutral.types.js';
import { withToldTools } from '../../src/dialects/told-tools.js';
import { TranslatingTap } from '../../src/dialects/translating-tap.js';
import { decodeRequest, encodeRequest, outlineOf, translateAnswer } from '../../src/inference/translating/translate.js';
import type { JsonObject } from '../../src/json/value.js';

/**
 * Tools that the caller runs, through every dialect: a custom tool with its grammar, and tools in a namespace, as agents
 * list them. Each is asked for, called in a whole answer and in a stream, and sent back with its result.
 */
const GRAMMAR = { syntax: 'lark', definition: 'start: begin hunk+\nbegin: "*** Begin Patch"' };
const INPUT = '*** Begin Patch\n+"q" \\ \t\u{1f600}é\n*** End Patch';
const PARAMETERS = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const ARGUMENTS = '{"city":"Oslo"}';

interface Kind {
  readonly custom: boolean;
  readonly name: string;
  readonly namespace: string | null;
}
const KINDS = {
  'custom tool': { custom: true, name: 'apply_patch', namespace: null },
  'function in a namespace': { custom: false, name: 'forecast', namespace: 'mcp__weather__' },
  'function in a namespace with a plain name': { custom: false, name: 'spawn', namespace: 'agents' },
  'function with a long name': { custom: false, name: 'x'.repeat(60), namespace: `mcp__${'server'.repeat(9)}` },
  'custom tool in a namespace': { custom: true, name: 'run', namespace: 'shells' },
} satisfies Record<string, Kind>;

type Tool = Readonly<Record<string, unknown>>;
type Call = {
  readonly custom: boolean;
  readonly name: string;
  readonly namespace: string | null;
  readonly input: string;
};

function responsesTool({ custom, name, namespace }: Kind): Tool {
  const tool = custom
    ? { type: 'custom', name, description: 'Patches files.', format: { type: 'grammar', ...GRAMMAR } }
    : { type: 'function', name, description: 'Tells it.', parameters: PARAMETERS, strict: false };
  return namespace === null ? tool : { type: 'namespace', name: namespace, description: 'Some tools.', tools: [tool] };
}

const inputOf = ({ custom }: Kind) => (custom ? INPUT : ARGUMENTS);

/** A first turn that allows only the tool, and a second one with the call and its result. */
const CALLERS: Partial<Record<ChatDialect, (kind: Kind) => object | null>> = {
  openai_responses: kind => {
    const { custom, name, namespace } = kind;
    const named = { call_id: 'call_1', name, ...(namespace !== null && { namespace }) };
    return {
      model: 'm',
      tools: [responsesTool(kind), { type: 'function', name: 'other', parameters: PARAMETERS }],
      tool_choice: { type: custom ? 'custom' : 'function', name, ...(namespace !== null && { namespace }) },
      input: [
        { role: 'user', content: 'Do it' },
        custom
          ? { type: 'custom_tool_call', ...named, input: INPUT }
          : { type: 'function_call', ...named, arguments: ARGUMENTS },
        { type: custom ? 'custom_tool_call_output' : 'function_call_output', call_id: 'call_1', output: 'Done.' },
      ],
    };
  },
  chat_completions: ({ custom, name, namespace }) => {
    if (!custom || namespace !== null) return null;
    const format = { type: 'grammar', grammar: GRAMMAR };
    return {
      model: 'm',
      tools: [{ type: 'custom', custom: { name, description: 'Patches files.', format } }],
      tool_choice: { type: 'custom', custom: { name } },
      messages: [
        { role: 'user', content: 'Do it' },
        { role: 'assistant', tool_calls: [{ id: 'call_1', type: 'custom', custom: { name, input: INPUT } }] },
        { role: 'tool', tool_call_id: 'call_1', content: 'Done.' },
      ],
    };
  },
};

const OPTIONS: EncodeRequestOptions = {
  model: 'm',
  defaultMaxTokens: 100,
  streamUsage: false,
  adaptiveThinking: false,
  thinkingLevels: false,
};

/** Whom the tools are told to, and whether custom tools are functions there. */
const WIRES = [
  { wire: 'chat_completions', takesCustom: false },
  { wire: 'chat_completions', takesCustom: true },
  { wire: 'openai_responses', takesCustom: true },
  { wire: 'anthropic_messages', takesCustom: false },
  { wire: 'gemini_generate_content', takesCustom: false },
] as const satisfies { wire: ChatDialect; takesCustom: boolean }[];

/** What a request's wire says of its first tool, of its choice, and of the call in its history. */
interface Told {
  readonly tool: string;
  readonly schema: unknown;
  readonly grammar: unknown;
  readonly described: string;
  readonly choice: string;
  readonly call: string;
  readonly input: unknown;
  readonly result: string;
}

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access */
type Wire = any;
const READERS: Readonly<Record<ChatDialect, (wire: Wire) => Told>> = {
  chat_completions: ({ tools: [tool], messages: [, call, result], tool_choice: choice }) => {
    const { type } = tool;
    const [made] = call.tool_calls;
    return {
      tool: tool[type].name,
      schema: tool[type].parameters,
      grammar: tool[type].format?.grammar,
      described: tool[type].description,
      choice: choice[type].name,
      call: made[made.type].name,
      input: made.custom?.input ?? JSON.parse(made.function.arguments),
      result: `${result.tool_call_id}: ${result.content}`,
    };
  },
  openai_responses: ({ tools: [tool], input: [, call, result], tool_choice: choice }) => ({
    tool: tool.name,
    schema: tool.parameters,
    grammar: tool.format === undefined ? undefined : { syntax: tool.format.syntax, definition: tool.format.definition },
    described: tool.description,
    choice: choice.name,
    call: call.name,
    input: call.input ?? JSON.parse(call.arguments),
    result: result.type === `${call.type}_output` ? `${result.call_id}: ${result.output}` : result.type,
  }),
  anthropic_messages: ({ tools: [tool], messages: [, call, result], tool_choice: choice }) => ({
    tool: tool.name,
    schema: tool.input_schema,
    grammar: undefined,
    described: tool.description,
    choice: choice.name,
    call: call.content[0].name,
    input: call.content[0].input,
    result: `${result.content[0].tool_use_id}: ${result.content[0].content[0].text}`,
  }),
  gemini_generate_content: ({ tools: [tool], contents: [, call, result], toolConfig }) => ({
    tool: tool.functionDeclarations[0].name,
    schema: tool.functionDeclarations[0].parametersJsonSchema,
    grammar: undefined,
    described: tool.functionDeclarations[0].description,
    choice: toolConfig.functionCallingConfig.allowedFunctionNames[0],
    call: call.parts.at(-1).functionCall.name,
    input: call.parts.at(-1).functionCall.args,
    result: `${result.parts[0].functionResponse.id}: ${result.parts[0].functionResponse.response.output}`,
  }),
};

/** A whole answer that calls the tool as it was told, as its vendor writes it. */
const ANSWERS: Readonly<Record<ChatDialect, (name: string, custom: boolean, input: string) => object>> = {
  chat_completions: (name, custom, input) => ({
    ...{ id: 'c-1', object: 'chat.completion', created: 1, model: 'm' },
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: null,
          tool_calls: [
            custom
              ? { id: 'call_1', type: 'custom', custom: { name, input } }
              : { id: 'call_1', type: 'function', function: { name, arguments: input } },
          ],
        },
      },
    ],
  }),
  anthropic_messages: (name, _, input) => ({
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'tool_use', stop_sequence: null },
    content: [{ type: 'tool_use', id: 'call_1', name, input: JSON.parse(input) as object }],
    usage: { input_tokens: 1, output_tokens: 1 },
  }),
  openai_responses: (name, custom, input) => ({
    ...{ id: 'resp_1', object: 'response', created_at: 1, model: 'm', status: 'completed' },
    output: [
      custom
        ? { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name, input }
        : { type: 'function_call', id: 'fc_1', call_id: 'call_1', name, arguments: input },
    ],
  }),
  gemini_generate_content: (name, _, input) => ({
    candidates: [
      {
        content: {
          role: 'model',
          parts: [{ functionCall: { id: 'call_1', name, args: JSON.parse(input) as object } }],
        },
        ...{ finishReason: 'STOP', index: 0 },
      },
    ],
    ...{ modelVersion: 'm', responseId: 'r-1' },
  }),
};

const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
/** The text in pieces that cut every escape somewhere. */
const piecesOf = (text: string) => text.match(/.{1,3}/gsu) ?? [];
const STREAMS: Readonly<Record<ChatDialect, (name: string, custom: boolean, input: string) => string>> = {
  chat_completions: (name, custom, input) => {
    const chunk = (delta: object, finish: string | null = null) =>
      `data: ${JSON.stringify({ id: 'c-1', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    const key = custom ? 'custom' : 'function';
    const piece = (text: string) => ({ [key]: { [custom ? 'input' : 'arguments']: text } });
    const begun = { index: 0, id: 'call_1', type: key, [key]: { name, [custom ? 'input' : 'arguments']: '' } };
    const deltas = piecesOf(input).map(text => chunk({ tool_calls: [{ index: 0, ...piece(text) }] }));
    return `${chunk({ tool_calls: [begun] })}${deltas.join('')}${chunk({}, 'tool_calls')}data: [DONE]\n\n`;
  },
  anthropic_messages: (name, _, input) =>
    event('message_start', { message: { id: 'msg_1', model: 'm', usage: { input_tokens: 1, output_tokens: 1 } } }) +
    event('content_block_start', { index: 0, content_block: { type: 'tool_use', id: 'call_1', name, input: {} } }) +
    piecesOf(input)
      .map(text => ({ index: 0, delta: { type: 'input_json_delta', partial_json: text } }))
      .map(delta => event('content_block_delta', delta))
      .join('') +
    event('content_block_stop', { index: 0 }) +
    event('message_delta', { delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 2 } }) +
    event('message_stop', {}),
  openai_responses: (name, custom, input) => {
    const answer = ANSWERS.openai_responses(name, custom, input) as { output: [JsonObject] };
    const [item] = answer.output;
    const field = custom ? 'input' : 'arguments';
    const about = `response.${custom ? 'custom_tool_call_input' : 'function_call_arguments'}`;
    return (
      event('response.created', { response: { ...answer, status: 'in_progress', output: [] } }) +
      event('response.output_item.added', { output_index: 0, item: { ...item, [field]: '' } }) +
      piecesOf(input)
        .map(delta => event(`${about}.delta`, { output_index: 0, item_id: item['id'], delta }))
        .join('') +
      event(`${about}.done`, { output_index: 0, item_id: item['id'], [field]: input }) +
      event('response.output_item.done', { output_index: 0, item }) +
      event('response.completed', { response: answer })
    );
  },
  gemini_generate_content: (name, custom, input) =>
    `data: ${JSON.stringify(ANSWERS.gemini_generate_content(name, custom, input))}\n\n`,
};

/** The call in a caller's answer. */
const CALLED: Partial<Record<ChatDialect, (answer: Wire) => Call>> = {
  openai_responses: ({ output: [{ type, name, namespace = null, input, arguments: json, call_id: id }] }) => {
    expect(id).toBe('call_1');
    return { custom: type === 'custom_tool_call', name, namespace, input: input ?? json };
  },
  chat_completions: ({ choices: [{ message }] }) => {
    const [{ id, type, custom, function: called }] = message.tool_calls;
    expect(id).toBe('call_1');
    return {
      custom: type === 'custom',
      name: (custom ?? called).name,
      namespace: null,
      input: custom?.input ?? called.arguments,
    };
  },
};

/** What a client puts together from the events of a caller's stream. */
const STREAMED: Partial<Record<ChatDialect, (events: readonly Wire[]) => Call>> = {
  openai_responses: events => {
    const [added, done] = ['added', 'done'].map(
      which => events.find(({ type }) => type === `response.output_item.${which}`).item,
    );
    expect({ ...added, input: '', arguments: '', status: '' }).toEqual({
      ...done,
      input: '',
      arguments: '',
      status: '',
    });
    const about = `response.${done.type === 'custom_tool_call' ? 'custom_tool_call_input' : 'function_call_arguments'}`;
    const deltas = events.filter(({ type }) => type === `${about}.delta`).map(({ delta }) => delta as string);
    const whole = events.find(({ type }) => type === `${about}.done`);
    const { response } = events.find(({ type }) => type === 'response.completed');
    const call = (CALLED.openai_responses as (answer: Wire) => Call)(response);
    expect([deltas.join(''), whole.input ?? whole.arguments]).toEqual([call.input, call.input]);
    expect(deltas.length).toBeGreaterThan(0);
    return call;
  },
  chat_completions: events => {
    const deltas = events.flatMap(({ choices }) => choices.flatMap(({ delta }: Wire) => delta.tool_calls ?? []));
    const [{ id, type, custom, function: called }] = deltas;
    expect(id).toBe('call_1');
    const input = deltas.map(each => each.custom?.input ?? each.function?.arguments ?? '').join('');
    return { custom: type === 'custom', name: (custom ?? called).name, namespace: null, input };
  },
};
/* eslint-enable */

function streamed(from: ChatDialect, to: ChatDialect, request: NeutralRequest, text: string): Wire[] {
  const source = DESCRIPTORS[from];
  const options = { model: 'm', requestId: 'r', now: 1, streamUsage: false, request };
  const tap = new TranslatingTap({
    native: source.createTap(),
    decoder: withToldTools(source.codec as Codec, request).createStreamDecoder(),
    encoder: (DESCRIPTORS[to].codec as Codec).createStreamEncoder(options),
    maxLineBytes: 65_536,
    encodeError: () => Buffer.from('failed'),
  });
  const told = tap.push(Buffer.from(text)).toString() + tap.end().tail.toString();
  return told
    .split('\n')
    .filter(line => line.startsWith('data: {'))
    .map(line => JSON.parse(line.slice(6)) as Wire);
}

const CASES = (Object.keys(CALLERS) as ChatDialect[]).flatMap(caller =>
  Object.entries<Kind>(KINDS)
    .filter(([, kind]) => CALLERS[caller]?.(kind) !== null)
    .flatMap(([name, kind]) =>
      WIRES.filter(({ wire }) => wire !== caller).map(
        ({ wire, takesCustom }) => [name, caller, wire, takesCustom, kind] as const,
      ),
    ),
);

describe.each(CASES)(
  'a %s of a %s caller, told in %s (custom tools there: %s)',
  (_, caller, wire, takesCustom, kind) => {
    const told = kind.custom && takesCustom;
    const body = CALLERS[caller]?.(kind);
    const decoded = decodeRequest(Buffer.from(JSON.stringify(body)), caller, null);
    const { request } = decoded;
    const encoded = encodeRequest(decoded, wire, { ...OPTIONS, customTools: takesCustom });
    const read = READERS[wire](JSON.parse(encoded.body.toString()));
    const wireInput = kind.custom && !told ? JSON.stringify({ input: INPUT }) : inputOf(kind);
    const expected: Call = { ...kind, input: inputOf(kind) };

    it('is in the request, with its choice, its call and its result', () => {
      const { toolName } = DESCRIPTORS[wire].codec as Codec;
      expect(read.tool).toMatch(toolName);
      expect([read.choice, read.call]).toEqual([read.tool, read.tool]);
      expect(read.input).toEqual(told ? INPUT : JSON.parse(wireInput));
      expect(read.result).toBe('call_1: Done.');
      if (!kind.custom) expect(read.schema).toMatchObject(PARAMETERS);
      else if (told) expect(read.grammar).toEqual(GRAMMAR);
      else {
        expect(read.schema).toMatchObject({ properties: { input: { type: 'string' } }, required: ['input'] });
        expect(read.described).toContain(GRAMMAR.definition);
      }
      // What only describes in the place of a rule is named, and nothing else is lost.
      expect(encoded.losses).toHaveLength(kind.custom && !told ? 1 : 0);
    });

    it('is called in a whole answer as the caller knows it', () => {
      const answer = Buffer.from(JSON.stringify(ANSWERS[wire](read.tool, told, wireInput)));
      const options = { model: 'm', requestId: 'r', now: 1, streamUsage: false };
      const large = { ...request, instructions: [{ type: 'text' as const, text: 'x'.repeat(300_000) }] };
      for (const asked of [request, outlineOf(request), outlineOf(large)]) {
        const { body: whole, losses } = translateAnswer(answer, wire, caller, { ...options, request: asked });
        expect(CALLED[caller]?.(JSON.parse(whole.toString()))).toEqual(expected);
        expect(losses).toEqual([]);
      }
    });

    it('is called in a stream as the caller knows it', () => {
      const events = streamed(wire, caller, request, STREAMS[wire](read.tool, told, wireInput));
      expect(STREAMED[caller]?.(events)).toEqual(expected);
    });
  },
);

describe('names that meet', () => {
  const input = [{ role: 'user', content: 'Do it' }];
  const tools = [
    { type: 'function', name: 'a__b', parameters: PARAMETERS },
    { type: 'namespace', name: 'a', description: 'A.', tools: [{ type: 'function', name: 'b' }] },
    { type: 'namespace', name: 'c', description: 'C.', tools: [{ type: 'function', name: 'b' }] },
  ];
  const asked = (more: JsonObject) =>
    decodeRequest(Buffer.from(JSON.stringify({ model: 'm', input, tools, ...more })), 'openai_responses', null).request;

  it('of a namespace’s tool and of a plain one stay two', () => {
    const names = asked({}).tools.map(({ name }) => name);
    expect(new Set(names).size).toBe(3);
    expect(names[0]).toBe('a__b');
  });

  it.each([
    ['a', 'b__c', 'a__b', 'c'],
    ['mcp__a', 'b', 'mcp__a__', 'b'],
  ])('of tools in two namespaces stay two: %s %s, %s %s', (one, tool, other, itsTool) => {
    const listed = [
      { type: 'namespace', name: one, description: '', tools: [{ type: 'function', name: tool }] },
      { type: 'namespace', name: other, description: '', tools: [{ type: 'function', name: itsTool }] },
    ];
    const call = { type: 'function_call', call_id: '1', name: itsTool, namespace: other, arguments: '{}' };
    const choice = { type: 'function', name: itsTool, namespace: other };
    const request = asked({ input: [...input, call], tools: listed, tool_choice: choice });
    const [first, second] = request.tools.map(({ name }) => name);
    expect(request.tools).toHaveLength(2);
    expect(second).not.toBe(first);
    expect(request.turns.at(-1)?.parts).toMatchObject([{ name: second }]);
    expect(request.toolChoice).toMatchObject({ name: second });
  });

  it('of a namespace that is allowed again and again are allowed once', () => {
    const allowed = Array.from({ length: 1_000 }, () => ({ type: 'namespace', name: 'c' }));
    const choice = { type: 'allowed_tools', mode: 'auto', tools: allowed };
    expect(asked({ tool_choice: choice }).toolChoice).toMatchObject({ names: ['c__b'] });
  });

  it.each([
    [{ type: 'namespace', name: 'c' }, ['c__b']],
    [{ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'namespace', name: 'c' }] }, ['c__b']],
    [{ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'b', namespace: 'c' }] }, ['c__b']],
    [{ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'a__b' }] }, ['a__b']],
  ])('are told apart in a choice: %j', (choice, names) => {
    expect(asked({ tool_choice: choice }).toolChoice).toMatchObject({ names });
  });

  it('are listed by their namespaces in the answer’s echo', () => {
    const options = { model: 'm', requestId: 'r', now: 1, streamUsage: false, request: asked({}) };
    const answer = Buffer.from(JSON.stringify(ANSWERS.chat_completions('c__b', false, '{}')));
    const whole = JSON.parse(
      translateAnswer(answer, 'chat_completions', 'openai_responses', options).body.toString(),
    ) as {
      tools: JsonObject[];
    };
    expect(whole.tools).toMatchObject(tools);
  });
});

it.each(['additional_tools', 'tool_search_output'])(
  'tools that an item of type %s lists are known from then on',
  type => {
    const forecast = responsesTool(KINDS['function in a namespace']);
    const input = [
      { role: 'user', content: 'Do it' },
      { type, role: 'developer', call_id: 'ts_1', tools: [forecast, { type: 'function', name: 'f' }] },
      { type: 'function_call', call_id: 'call_1', name: 'forecast', namespace: 'mcp__weather__', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'Done.' },
    ];
    const body = { model: 'm', input, tools: [{ type: 'function', name: 'f' }] };
    const decoded = decodeRequest(Buffer.from(JSON.stringify(body)), 'openai_responses', null);
    const { losses } = encodeRequest(decoded, 'anthropic_messages', OPTIONS);
    expect(decoded.request.tools.map(({ name }) => name)).toEqual(['f', 'mcp__weather__forecast']);
    expect(losses.map(({ field }) => field)).toEqual(type === 'additional_tools' ? [] : ['input[1]']);
  },
);

it.each(['anthropic_messages', 'gemini_generate_content'] as const)(
  'what is lost beside a custom tool is named in the caller’s words: %s',
  to => {
    const wire = { model: 'm', instructions: 'Be brief', input: [], tools: [responsesTool(KINDS['custom tool'])] };
    const decoded = decodeRequest(Buffer.from(JSON.stringify(wire)), 'openai_responses', null);
    expect(encodeRequest(decoded, to, OPTIONS).losses.map(({ field }) => field)).toEqual(['tools[0].format', 'input']);
  },
);

describe('a model that answers with another form than it was told', () => {
  const decoded = decodeRequest(
    Buffer.from(JSON.stringify(CALLERS.openai_responses?.(KINDS['custom tool']))),
    'openai_responses',
    null,
  );
  const options = { model: 'm', requestId: 'r', now: 1, streamUsage: false, request: decoded.request };

  it.each([
    ['{"patch":"text"}', 'text'],
    ['{"input":"a","more":1}', 'a'],
    ['{"count":1}', '{"count":1}'],
    ['{}', ''],
    ['{"input":"cut in t', 'cut in t'],
    ['*** Begin Patch', '*** Begin Patch'],
    ['{"input":"\\ud83d\\ude00\\n\\u00e9"}', '\u{1f600}\né'],
  ])('%s is the text %j, whole and streamed', (given, text) => {
    const answer = Buffer.from(JSON.stringify(ANSWERS.chat_completions('apply_patch', false, given)));
    const whole = translateAnswer(answer, 'chat_completions', 'openai_responses', options).body.toString();
    expect(CALLED.openai_responses?.(JSON.parse(whole))).toMatchObject({ custom: true, input: text });
    const stream = STREAMS.chat_completions('apply_patch', false, given);
    const events = streamed('chat_completions', 'openai_responses', decoded.request, stream);
    expect(events.find(({ type }) => type === 'response.custom_tool_call_input.done')).toMatchObject({ input: text });
  });

  it.each(['anthropic_messages', 'gemini_generate_content'] as const)(
    'a custom call that nobody asked for is a function’s to a caller of %s',
    caller => {
      const wire =
        caller === 'anthropic_messages'
          ? { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }
          : { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] };
      const path = caller === 'anthropic_messages' ? null : { model: 'm', stream: false };
      const { request } = decodeRequest(Buffer.from(JSON.stringify(wire)), caller, path);
      const answer = Buffer.from(JSON.stringify(ANSWERS.openai_responses('sql', true, INPUT)));
      const told = translateAnswer(answer, 'openai_responses', caller, { ...options, request }).body.toString();
      expect(told).toContain(JSON.stringify({ input: INPUT }));
      const events = streamed('openai_responses', caller, request, STREAMS.openai_responses('sql', true, INPUT));
      const pieces = events.map(
        (each: JsonObject) => (each['delta'] as { partial_json?: string } | undefined)?.partial_json ?? '',
      );
      const input = caller === 'anthropic_messages' ? pieces.join('') : JSON.stringify(events);
      expect(input).toContain(JSON.stringify({ input: INPUT }));
    },
  );
});
