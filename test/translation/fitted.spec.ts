/** What is wrong, or only unusual, in a conversation is put right before another vendor is asked, or refused by the caller's own field. */
import { CallerFields } from '../../src/dialects/caller-fields.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { Codec, Encoded } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { RequestFieldError } from '../../src/dialects/request-field-error.js';
import { asList, asString, type JsonObject } from '../../src/json/value.js';

const OPTIONS = {
  model: 'target-model',
  defaultMaxTokens: 4_096,
  streamUsage: true,
  adaptiveThinking: true,
  thinkingLevels: false,
};
const DIALECTS: readonly ChatDialect[] = [
  'chat_completions',
  'anthropic_messages',
  'openai_responses',
  'gemini_generate_content',
];
const codecOf = (dialect: ChatDialect): Codec => {
  const { codec } = DESCRIPTORS[dialect];
  if (codec === null) throw new Error(`${dialect} has no codec`);
  return codec;
};
const others = (dialect: ChatDialect) => DIALECTS.filter(other => other !== dialect);
const pairs = DIALECTS.flatMap(from => others(from).map(to => [from, to] as const));

function translate(from: ChatDialect, to: ChatDialect, wire: JsonObject): Encoded {
  const { request, losses } = codecOf(from).decodeRequest(wire);
  const encoded = new CallerFields(from, wire).naming(() => codecOf(to).encodeRequest(request, OPTIONS));
  return { wire: encoded.wire, losses: [...losses, ...encoded.losses] };
}
const lostOf = ({ losses }: Encoded) => losses.map(({ field }) => field);

function refusalOf(from: ChatDialect, to: ChatDialect, wire: JsonObject): { field: string; message: string } | null {
  try {
    translate(from, to, wire);
    return null;
  } catch (error) {
    if (!(error instanceof RequestFieldError)) throw error;
    return { field: error.field, message: error.message };
  }
}

/** Who says what, one word a part: `call a`, `result a`, `user`, `system`, `assistant`. */
function wordsOf(to: ChatDialect, { wire }: Encoded): string[] {
  const lists: Readonly<Record<ChatDialect, string>> = {
    chat_completions: 'messages',
    anthropic_messages: 'messages',
    openai_responses: 'input',
    gemini_generate_content: 'contents',
  };
  return asList(wire[lists[to]]).flatMap(item => wordsIn(item as JsonObject));
}

function wordsIn(item: JsonObject): string[] {
  const role = (asString(item['role']) || 'item').replace('model', 'assistant');
  if (role === 'tool') return [`result ${asString(item['tool_call_id'])}`];
  if (item['type'] === 'function_call') return [`call ${asString(item['call_id'])}`];
  if (item['type'] === 'function_call_output') return [`result ${asString(item['call_id'])}`];
  const { content } = item;
  const said = typeof content === 'string' && content !== '' ? [role] : [];
  const parts = [...asList(content), ...asList(item['parts'])].map(value => {
    const part = value as JsonObject & { functionCall?: JsonObject; functionResponse?: JsonObject };
    if (part['type'] === 'tool_use') return `call ${asString(part['id'])}`;
    if (part['type'] === 'tool_result') return `result ${asString(part['tool_use_id'])}`;
    if (part.functionCall !== undefined) return `call ${asString(part.functionCall['id'])}`;
    return part.functionResponse === undefined ? role : `result ${asString(part.functionResponse['id'])}`;
  });
  return [...said, ...parts, ...asList(item['tool_calls']).map(call => `call ${asString((call as JsonObject)['id'])}`)];
}

const tools = [{ type: 'function', function: { name: 'find', parameters: { type: 'object', properties: {} } } }];
const chat = (messages: readonly JsonObject[], fields: JsonObject = {}): JsonObject => ({
  model: 'm',
  messages,
  tools,
  ...fields,
});
const user = { role: 'user', content: 'Hello' };
const calls = (...ids: readonly string[]): JsonObject => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map(id => ({ id, type: 'function', function: { name: 'find', arguments: '{}' } })),
});
const result = (id: string): JsonObject => ({ role: 'tool', tool_call_id: id, content: 'found' });
const system = { role: 'system', content: 'Be brief' };
const developer = { role: 'developer', content: 'Be brief' };
const assistant = { role: 'assistant', content: 'Looking' };

describe('the results of calls', () => {
  const conversations: readonly (readonly [string, readonly JsonObject[], readonly string[]])[] = [
    [
      'stand where they stood',
      [user, calls('a', 'b'), result('a'), result('b'), user],
      ['call a', 'call b', 'result a', 'result b', 'user'],
    ],
    ['stand before instructions between', [user, calls('a'), system, result('a')], ['call a', 'result a', 'note']],
    [
      'stand before a developer between',
      [user, calls('a'), developer, result('a'), user],
      ['call a', 'result a', 'note', 'user'],
    ],
    ['stand before words between', [user, calls('a'), user, result('a')], ['call a', 'result a', 'user']],
    [
      'stand together',
      [user, calls('a', 'b'), result('a'), system, result('b')],
      ['call a', 'call b', 'result a', 'result b', 'note'],
    ],
    [
      'stand behind all calls of a step',
      [user, calls('a'), calls('b'), result('b'), result('a')],
      ['call a', 'call b', 'result b', 'result a'],
    ],
    [
      'stand behind their own calls',
      [user, calls('a'), user, calls('b'), result('b'), result('a')],
      ['call a', 'result a', 'user', 'call b', 'result b'],
    ],
  ];

  it.each(conversations.flatMap(one => others('chat_completions').map(to => [to, ...one] as const)))(
    'in %s %s',
    (to, _, messages, expected) => {
      const words = wordsOf(to, translate('chat_completions', to, chat(messages)));
      const note = to === 'openai_responses' ? 'system' : 'user';
      expect(words.slice(1)).toEqual(expected.map(word => (word === 'note' ? note : word)));
    },
  );

  it('stand so on the chat wire, whose callers wrote words of the model between', () => {
    const input: JsonObject[] = [
      { role: 'user', content: 'Hello' },
      { type: 'function_call', call_id: 'a', name: 'find', arguments: '{}' },
      { role: 'assistant', content: 'Looking' },
      { role: 'developer', content: 'Be brief' },
      { type: 'function_call_output', call_id: 'a', output: 'found' },
    ];
    const words = wordsOf('chat_completions', translate('openai_responses', 'chat_completions', { model: 'm', input }));
    expect(words).toEqual(['user', 'assistant', 'call a', 'result a', 'system']);
    const between = chat([user, calls('a'), assistant, result('a')]);
    for (const to of others('chat_completions')) {
      expect([to, wordsOf(to, translate('chat_completions', to, between)).at(-1)]).toEqual([to, 'result a']);
    }
  });

  it.each(others('anthropic_messages'))('stand in %s behind the calls that two turns of a step make', to => {
    const use = (id: string) => ({ role: 'assistant', content: [{ type: 'tool_use', id, name: 'find', input: {} }] });
    const results = ['a', 'b'].map(id => ({ type: 'tool_result', tool_use_id: id, content: 'found' }));
    const messages = [user, use('a'), use('b'), { role: 'user', content: results }];
    const encoded = translate('anthropic_messages', to, { model: 'm', max_tokens: 9, messages });
    expect(wordsOf(to, encoded)).toEqual(['user', 'call a', 'call b', 'result a', 'result b']);
    const made = asList(encoded.wire['messages']).filter(
      message => (message as JsonObject)['tool_calls'] !== undefined,
    );
    // The chat dialect wants the results of a message directly behind it.
    expect(made).toHaveLength(to === 'chat_completions' ? 1 : 0);
  });

  it('lose nothing when they move, and need no word', () => {
    const encoded = translate('chat_completions', 'openai_responses', chat([user, calls('a'), user, result('a')]));
    expect(encoded.losses).toEqual([]);
  });

  it('carry the mark of a cache that stood on one of their parts', () => {
    const marked = {
      role: 'tool',
      tool_call_id: 'a',
      content: [{ type: 'text', text: 'found', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    };
    const { wire } = translate('chat_completions', 'anthropic_messages', chat([user, calls('a'), marked]));
    expect((wire['messages'] as JsonObject[]).at(-1)).toEqual({
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'a',
          content: [{ type: 'text', text: 'found' }],
          cache_control: { type: 'ephemeral', ttl: '1h' },
        },
      ],
    });
  });
});

it('the mark of an error stands beside words only, at Claude', () => {
  const png = { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } };
  const failed = (parts: readonly JsonObject[]): JsonObject => ({
    model: 'm',
    stream: false,
    contents: [
      { role: 'user', parts: [{ text: 'hi' }] },
      { role: 'model', parts: [{ functionCall: { name: 'find', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'find', response: { error: 'no' }, parts } }] },
    ],
  });
  const outcome = (parts: readonly JsonObject[]) => {
    const encoded = translate('gemini_generate_content', 'anthropic_messages', failed(parts));
    const [block] = ((encoded.wire['messages'] as JsonObject[]).at(-1)?.['content'] ?? []) as JsonObject[];
    return [block?.['is_error'], lostOf(encoded)];
  };
  expect(outcome([])).toEqual([true, []]);
  expect(outcome([png])).toEqual([undefined, ['contents[2].parts[0].functionResponse.response.error']]);
});

describe('ids that come twice', () => {
  const named = (...ids: readonly (readonly [id: string, name: string])[]): JsonObject => ({
    role: 'assistant',
    content: null,
    tool_calls: ids.map(([id, name]) => ({ id, type: 'function', function: { name, arguments: '{}' } })),
  });
  const conversations: readonly (readonly [string, readonly JsonObject[], string])[] = [
    ['in another step', [named(['0', 'a']), result('0'), named(['0', 'b']), result('0')], '0=0 1=1'],
    [
      'beside another',
      [named(['0', 'a'], ['1', 'b'], ['0', 'c']), result('0'), result('0'), result('1')],
      '0=0 2=1 1=2',
    ],
    ['behind a call without a result', [named(['0', 'a']), user, named(['0', 'b']), result('0')], '0=0 1=1'],
    ['with a result too many', [named(['0', 'a']), result('0'), result('0'), named(['0', 'b'])], '0=0 1=1'],
  ];

  it.each(conversations.flatMap(one => others('chat_completions').map(to => [to, ...one] as const)))(
    'are ids of their own in %s, %s',
    (to, _, messages, expected) => {
      const words = wordsOf(to, translate('chat_completions', to, chat([user, ...messages])));
      const made = words.filter(word => word.startsWith('call '));
      expect(new Set(made).size).toBe(made.length);
      const results = words.filter(word => word.startsWith('result '));
      const answered = results.map((word, at) => `${made.indexOf(word.replace('result', 'call'))}=${at}`);
      expect(answered.join(' ')).toBe(expected);
    },
  );

  it('answer to the function that was called', () => {
    const messages = [user, named(['0', 'a']), result('0'), named(['0', 'b']), result('0')];
    const { wire } = translate('chat_completions', 'gemini_generate_content', chat(messages));
    const names = JSON.stringify(wire['contents']).match(/"name":"."/g);
    expect(names).toEqual(['a', 'a', 'b', 'b'].map(name => `"name":"${name}"`));
  });
});

describe('broken arguments in the history', () => {
  const argumentsIn = (to: ChatDialect, { wire }: Encoded): unknown => {
    const text = JSON.stringify(wire);
    expect([to, text.includes('_raw')]).toEqual([to, true]);
    const found =
      /"(?:arguments|input|args)":("(?:[^"\\]|\\.)*"|\{"_raw":"(?:[^"\\]|\\.)*"\})/.exec(text)?.[1] ?? 'null';
    const value = JSON.parse(found) as unknown;
    return typeof value === 'string' ? JSON.parse(value) : value;
  };

  it.each(
    others('chat_completions').flatMap(to =>
      ['{"q":"Bre', '[1]', 'null', '{"a":1e999}'].map(text => [to, text] as const),
    ),
  )('go to %s as the text that they are: %s', (to, text) => {
    const broken = calls('a');
    (broken['tool_calls'] as { function: { arguments: string } }[])[0]!.function.arguments = text;
    const encoded = translate('chat_completions', to, chat([user, broken, result('a')]));
    expect(argumentsIn(to, encoded)).toEqual({ _raw: text });
    expect(lostOf(encoded)).toEqual(['messages[1].tool_calls[0].function.arguments']);
  });

  it.each(others('openai_responses'))('of Responses go to %s so as well', to => {
    const input: JsonObject[] = [
      { role: 'user', content: 'Hello' },
      { type: 'function_call', call_id: 'a', name: 'find', arguments: '{"q":"Bre' },
      { type: 'function_call_output', call_id: 'a', output: 'found' },
    ];
    const encoded = translate('openai_responses', to, { model: 'm', input });
    expect(argumentsIn(to, encoded)).toEqual({ _raw: '{"q":"Bre' });
    expect(lostOf(encoded)).toEqual(['input[1].arguments']);
  });
});

describe('a choice among tools', () => {
  const search = { type: 'web_search_20250305', name: 'web_search' };
  const find = { name: 'find', input_schema: { type: 'object' } };

  it.each(others('anthropic_messages'))('that names a tool which %s is not sent is left out and named', to => {
    const encoded = translate('anthropic_messages', to, {
      model: 'm',
      max_tokens: 100,
      messages: [user],
      tools: [search, find],
      tool_choice: { type: 'tool', name: 'web_search' },
    });
    expect(encoded.wire).not.toHaveProperty('tool_choice');
    expect(encoded.wire).not.toHaveProperty('toolConfig');
    expect(lostOf(encoded)).toEqual(['tool_choice', 'tools[0]']);
  });

  it.each<[ChatDialect, JsonObject, JsonObject, string[]]>([
    ['chat_completions', chat([user]), { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } }, []],
    [
      'openai_responses',
      { model: 'm', input: 'hi', tools: [{ type: 'function', name: 'find' }] },
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'web_search' }, { type: 'mcp', server_label: 'x' }] },
      ['tool_choice.tools[0]', 'tool_choice.tools[1]'],
    ],
  ])('of %s that allows nothing allows no call: %#', (from, wire, choice, lost) => {
    for (const to of others(from)) {
      const encoded = translate(from, to, { ...wire, tool_choice: choice });
      const written = JSON.stringify(encoded.wire['tool_choice'] ?? encoded.wire['toolConfig']).toLowerCase();
      expect([to, written]).toEqual([to, expect.stringMatching(/^("none"|\{"type":"none"\}|.*"mode":"none"\}\})$/)]);
      expect(lostOf(encoded)).toEqual(lost);
    }
  });

  it.each(others('chat_completions'))('is among tools of different names in %s', to => {
    const custom = { type: 'custom', custom: { name: 'find' } };
    const encoded = translate('chat_completions', to, chat([user], { tools: [...tools, custom, ...tools] }));
    expect(JSON.stringify(encoded.wire['tools']).match(/"find"/g)).toHaveLength(1);
    expect(lostOf(encoded)).toEqual(['tools[1]', 'tools[2]']);
  });

  it('that allows such a tool allows the others', () => {
    const encoded = translate('gemini_generate_content', 'openai_responses', {
      model: 'm',
      stream: false,
      contents: [{ parts: [{ text: 'Hello' }] }],
      tools: [{ functionDeclarations: [{ name: 'find' }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['find', 'gone'] } },
    });
    expect(encoded.wire['tool_choice']).toEqual({
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'find' }],
    });
    expect(lostOf(encoded)).toEqual(['toolConfig.functionCallingConfig']);
  });

  it.each(others('chat_completions'))(
    'is understood of tools without a type, and %s is told the type of their arguments',
    to => {
      const bare = [{ function: { name: 'find', parameters: { properties: { q: { type: 'string' } } } } }];
      const { wire } = translate('chat_completions', to, chat([user], { tools: bare }));
      expect(JSON.stringify(wire['tools'])).toContain('"find"');
      expect(JSON.stringify(wire['tools'])).toMatch(
        /"(?:parameters|input_schema|parametersJsonSchema)":\{"type":"object","properties":\{"q"/,
      );
    },
  );

  it('is understood of Responses tools without a type', () => {
    const { wire } = translate('openai_responses', 'chat_completions', {
      model: 'm',
      input: 'hi',
      tools: [{ name: 'find' }],
    });
    expect(wire['tools']).toEqual([{ type: 'function', function: { name: 'find' } }]);
    expect(refusalOf('openai_responses', 'chat_completions', { model: 'm', input: 'hi', tools: [{}] })?.field).toBe(
      'tools[0].type',
    );
  });
});

const SYSTEM_ONLY: Readonly<Record<ChatDialect, JsonObject>> = {
  chat_completions: { model: 'm', messages: [system] },
  anthropic_messages: { model: 'm', max_tokens: 100, system: 'Be brief', messages: [] },
  openai_responses: { model: 'm', instructions: 'Be brief', input: [] },
  gemini_generate_content: { model: 'm', systemInstruction: { parts: [{ text: 'Be brief' }] }, contents: [] },
};
const TURNS: Readonly<Record<ChatDialect, string>> = {
  chat_completions: 'messages',
  anthropic_messages: 'messages',
  openai_responses: 'input',
  gemini_generate_content: 'contents',
};
const NOBODY: Readonly<Record<ChatDialect, readonly [JsonObject, string]>> = {
  chat_completions: [{ model: 'm', messages: [{ role: 'system', content: ' ' }] }, 'messages'],
  anthropic_messages: [{ model: 'm', max_tokens: 100, messages: [] }, 'messages'],
  openai_responses: [{ model: 'm', input: [] }, 'input'],
  gemini_generate_content: [{ model: 'm', stream: false, contents: [] }, 'contents'],
};

describe('a conversation', () => {
  it.each(pairs)('of instructions alone, from %s, is asked of %s', (from, to) => {
    const encoded = translate(from, to, SYSTEM_ONLY[from]);
    // The chat dialect takes one.
    expect(wordsOf(to, encoded)).toEqual([to === 'chat_completions' ? 'system' : 'user']);
    expect(lostOf(encoded)).toEqual(to === 'chat_completions' ? [] : [TURNS[from]]);
  });

  const BLANK: readonly (readonly [ChatDialect, JsonObject])[] = [
    ['chat_completions', { model: 'm', messages: [system, { role: 'user', content: '' }] }],
    [
      'anthropic_messages',
      { model: 'm', max_tokens: 99, system: 'Be brief', messages: [{ role: 'user', content: '' }] },
    ],
    ['openai_responses', { model: 'm', instructions: 'Be brief', input: '' }],
    [
      'gemini_generate_content',
      {
        ...{ model: 'm', systemInstruction: { parts: [{ text: 'Be brief' }] } },
        contents: [{ role: 'user', parts: [{ text: '' }] }],
      },
    ],
  ];

  it.each(others('chat_completions'))('loses no word with instructions that say nothing, in %s', to => {
    const encoded = translate('chat_completions', to, chat([user, { role: 'system', content: '' }, user]));
    expect(wordsOf(to, encoded)).toEqual(['user', 'user']);
    expect(lostOf(encoded)).toEqual([]);
  });

  it.each(BLANK.flatMap(([from, wire]) => others(from).map(to => [from, to, wire] as const)))(
    'of instructions and blank words, from %s, is asked of %s',
    (from, to, wire) => {
      const encoded = translate(from, to, wire);
      const isChat = to === 'chat_completions';
      expect(JSON.stringify(encoded.wire)).toContain('Be brief');
      expect(lostOf(encoded)).toEqual(isChat ? [] : [TURNS[from]]);
    },
  );

  it.each(pairs)('in which nobody says anything, from %s, is never asked of %s', (from, to) => {
    const [wire, field] = NOBODY[from];
    expect(refusalOf(from, to, wire)?.field).toBe(field);
  });

  it.each(['anthropic_messages', 'openai_responses'] as const)(
    'of blank words alone is never an empty one for %s',
    to => {
      const outcome = refusalOf('chat_completions', to, { model: 'm', messages: [{ role: 'assistant', content: '' }] });
      expect(outcome?.field).toBe('messages');
    },
  );

  it.each<[ChatDialect, JsonObject, string]>([
    ['chat_completions', { max_tokens: 5 }, 'max_tokens'],
    ['chat_completions', { max_completion_tokens: 1 }, 'max_completion_tokens'],
    ['anthropic_messages', { max_tokens: 15 }, 'max_tokens'],
    [
      'gemini_generate_content',
      { generation_config: { max_output_tokens: 15 } },
      'generation_config.max_output_tokens',
    ],
  ])('of %s with a bound that Responses does not take is asked with the least: %j', (from, fields, field) => {
    const contents = [{ parts: [{ text: 'Hi' }] }];
    const turns: JsonObject = from === 'gemini_generate_content' ? { contents } : { messages: [user] };
    const encoded = translate(from, 'openai_responses', { model: 'm', ...turns, ...fields });
    expect(encoded.wire['max_output_tokens']).toBe(16);
    expect(lostOf(encoded)).toEqual([field]);
  });
});

describe('what the chat dialect cannot show', () => {
  const responses = (part: JsonObject): JsonObject => ({ model: 'm', input: [{ role: 'user', content: [part] }] });
  const messages = (block: JsonObject): JsonObject => ({
    model: 'm',
    max_tokens: 9,
    messages: [{ role: 'user', content: [block] }],
  });
  const gemini = (part: JsonObject): JsonObject => ({ model: 'm', stream: false, contents: [{ parts: [part] }] });
  const url = 'https://example.com/a.pdf';

  it.each<[string, ChatDialect, JsonObject, string]>([
    [
      'a document by its address',
      'openai_responses',
      responses({ type: 'input_file', file_url: url }),
      'input[0].content[0]',
    ],
    [
      'a document by its address',
      'anthropic_messages',
      messages({ type: 'document', source: { type: 'url', url } }),
      'messages[0].content[0]',
    ],
    [
      'a document by its address',
      'gemini_generate_content',
      gemini({ fileData: { fileUri: url, mimeType: 'application/pdf' } }),
      'contents[0].parts[0]',
    ],
    [
      'a file of Google',
      'gemini_generate_content',
      gemini({ file_data: { file_uri: 'gs://bucket/a.pdf' } }),
      'contents[0].parts[0]',
    ],
    [
      'a file of Anthropic',
      'anthropic_messages',
      messages({ type: 'document', source: { type: 'file', file_id: 'file_1' } }),
      'messages[0].content[0]',
    ],
    [
      'an image that OpenAI keeps',
      'openai_responses',
      responses({ type: 'input_image', file_id: 'file-1' }),
      'input[0].content[0]',
    ],
    [
      'a document in a result',
      'anthropic_messages',
      {
        model: 'm',
        max_tokens: 9,
        messages: [
          user,
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'find', input: {} }] },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'document', source: { type: 'url', url } }] },
            ],
          },
        ],
      },
      'messages[2].content[0].content[0]',
    ],
  ])('%s, from %s, is refused by its field', (_, from, wire, field) => {
    const refusal = refusalOf(from, 'chat_completions', wire);
    expect(refusal?.field).toBe(field);
    expect(refusal?.message).toMatch(new RegExp(`^${field.replaceAll(/[.[\]]/g, String.raw`\$&`)} is .*base64$`));
  });

  it('is not a file whose address holds it', () => {
    const data = `data:application/pdf;base64,${Buffer.from('%PDF-1.4').toString('base64')}`;
    const { wire } = translate(
      'openai_responses',
      'chat_completions',
      responses({ type: 'input_file', file_url: data }),
    );
    expect((wire['messages'] as JsonObject[])[0]?.['content']).toEqual([
      { type: 'file', file: { file_data: data, filename: 'document.pdf' } },
    ]);
  });
});
