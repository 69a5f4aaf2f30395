import type { Codec } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { withPlainToolNames } from '../../src/dialects/tool-names.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { JsonObject } from '../../src/json/value.js';

const LONG = `mcp__a_server_with_a_very_long_name__${'and_a_tool_with_a_name_that_is_longer_still'.repeat(2)}`;
const ODD = 'files.read:all';
const codecOf = (dialect: ChatDialect) => DESCRIPTORS[dialect].codec as Codec;
const OPTIONS = {
  model: 'm',
  defaultMaxTokens: 100,
  streamUsage: false,
  adaptiveThinking: false,
  thinkingLevels: false,
};
const parameters = { type: 'object', properties: {} };
const tool = (name: string) => ({ type: 'function', function: { name, parameters } });
const call = (id: string, name: string) => ({ id, type: 'function', function: { name, arguments: '{}' } });
const asked = (...names: string[]) =>
  codecOf('chat_completions').decodeRequest({
    model: 'm',
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: null, tool_calls: names.map((name, index) => call(`call_${index}`, name)) },
      ...names.map((_, index) => ({ role: 'tool', tool_call_id: `call_${index}`, content: 'done' })),
    ],
    tools: names.map(tool),
    tool_choice: { type: 'function', function: { name: names[0] ?? '' } },
  }).request;
/** every name of a tool in a request or an answer, wherever its dialect writes it */
const namesIn = (wire: unknown): string[] => {
  if (typeof wire !== 'object' || wire === null) return [];
  return Object.entries(wire).flatMap(([key, value]) => {
    if (key === 'allowedFunctionNames') return value as string[];
    return key === 'name' && typeof value === 'string' ? [value] : namesIn(value);
  });
};

describe.each([
  ['chat_completions', 64, /^[a-zA-Z0-9_-]{1,64}$/],
  ['openai_responses', 64, /^[a-zA-Z0-9_-]{1,64}$/],
  ['anthropic_messages', 128, /^[a-zA-Z0-9_-]{1,128}$/],
  ['gemini_generate_content', 64, /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/],
] as const)('names of tools for %s', (dialect, longest, allowed) => {
  it('that the vendor takes stay as they are', () => {
    const codec = codecOf(dialect);
    expect(withPlainToolNames(codec, asked('get_weather', `t${'x'.repeat(longest - 1)}`))).toBe(codec);
  });

  it('that it does not take become ones that it does: in tools, choice, calls and results alike', () => {
    const request = asked(LONG.padEnd(129, 'x'), 'naïve tool', `${LONG}${'y'.repeat(60)}`);
    const { wire } = withPlainToolNames(codecOf(dialect), request).encodeRequest(request, OPTIONS);
    const names = namesIn(wire);
    expect(names.length).toBeGreaterThan(6);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(allowed);
  });

  it('are the same at every turn', () => {
    const names = (request: ReturnType<typeof asked>) =>
      namesIn(withPlainToolNames(codecOf(dialect), request).encodeRequest(request, OPTIONS).wire);
    expect(names(asked('a tool', 'another tool'))).toEqual(expect.arrayContaining(names(asked('a tool'))));
  });
});

describe('the names in an answer', () => {
  const request = asked(LONG, ODD);
  const codec = withPlainToolNames(codecOf('chat_completions'), request);
  const [plain = ''] = namesIn((codec.encodeRequest(request, OPTIONS).wire as { tools: JsonObject[] }).tools);

  it('are the caller’s own again', () => {
    expect(plain).not.toBe(LONG);
    const { choices } = codec.decodeResponse({
      id: 'x',
      object: 'chat.completion',
      model: 'm',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: { role: 'assistant', content: null, tool_calls: [call('c1', plain), call('c2', 'invented')] },
        },
      ],
    });
    expect(choices[0]?.parts.map(part => (part.type === 'tool-call' ? part.name : ''))).toEqual([LONG, 'invented']);
  });

  it('are the caller’s own again in a stream', () => {
    const decoder = codec.createStreamDecoder();
    const events = [
      ...decoder.push({
        event: null,
        id: null,
        data: JSON.stringify({
          id: 'x',
          object: 'chat.completion.chunk',
          model: 'm',
          choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...call('c1', plain) }] } }],
        }),
      }),
      ...decoder.end(),
    ];
    expect(events).toContainEqual(expect.objectContaining({ start: { type: 'tool-call', id: 'c1', name: LONG } }));
  });
});
