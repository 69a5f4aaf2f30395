import { unplaced } from '../../../test/support/unplaced.js';
import type { JsonObject } from '../../json/value.js';
import { RequestFieldError } from '../request-field-error.js';
import { decodeRequest } from './decode-request.js';

const decode = (fields: object) =>
  unplaced(
    decodeRequest({
      model: 'claude-test',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'Hi' }],
      ...fields,
    } as JsonObject),
  );

describe('decodeRequest', () => {
  it('reads every field that has a neutral meaning, without loss', () => {
    const { request, losses } = decode({
      stream: true,
      system: 'Be kind.',
      stop_sequences: ['END'],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      metadata: { user_id: 'user-1' },
      service_tier: 'standard_only',
      thinking: { type: 'enabled', budget_tokens: 2048, display: 'omitted' },
      output_config: { effort: 'max', format: { type: 'json_schema', schema: { type: 'object' } } },
      tools: [
        {
          name: 'find',
          input_schema: { type: 'object' },
          strict: true,
          cache_control: { type: 'ephemeral', ttl: '1h' },
        },
      ],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    });

    expect(losses).toEqual([]);
    expect(request).toMatchObject({
      model: 'claude-test',
      stream: true,
      instructions: [{ type: 'text', text: 'Be kind.' }],
      maxOutputTokens: 10,
      stop: ['END'],
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      user: 'user-1',
      serviceTier: 'default',
      reasoning: { mode: 'on', effort: 'max', budgetTokens: 2048, show: 'none' },
      output: { type: 'schema', schema: { type: 'object' } },
      tools: [{ type: 'function', name: 'find', parameters: { type: 'object' }, strict: true, cache: { ttl: '1h' } }],
      toolChoice: { type: 'required' },
      parallelToolCalls: false,
    });
  });

  it('names each field that has none, and passes over nulls', () => {
    const { losses } = decode({
      container: 'c-1',
      mcp_servers: [],
      context_management: {},
      inference_geo: null,
      metadata: { user_id: null, team: 'x' },
      output_config: { effort: null, task_budget: {} },
      thinking: { type: 'between_tools' },
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', eager: true }], id: 'm-1' }],
      tools: [{ name: 'find', input_schema: {}, eager_input_streaming: true, defer_loading: null }],
    });

    expect(losses.map(({ field }) => field).toSorted()).toEqual([
      'container',
      'context_management',
      'mcp_servers',
      'messages[0].content[0].eager',
      'messages[0].id',
      'metadata.team',
      'output_config.task_budget',
      'thinking.type',
      'tools[0].eager_input_streaming',
    ]);
  });

  it.each([
    [
      'thinking',
      { thinking: { type: 'adaptive', display: 'summarized' } },
      { mode: 'adaptive', effort: null, budgetTokens: null, show: 'auto' },
    ],
    ['no thinking', { thinking: { type: 'disabled' } }, { mode: 'off', effort: null, budgetTokens: null, show: null }],
    [
      'effort alone',
      { output_config: { effort: 'low' } },
      { mode: null, effort: 'low', budgetTokens: null, show: null },
    ],
    ['neither', { output_config: { format: null } }, null],
  ])('reads %s', (_, fields, expected) => {
    expect(decode(fields).request.reasoning).toEqual(expected);
  });

  it('reads the older place of the output format where the newer one is empty', () => {
    const format = { type: 'json_schema', schema: { type: 'object', title: 'old' } };

    expect(decode({ output_format: format }).request.output).toMatchObject({ schema: { title: 'old' } });
    expect(
      decode({ output_format: format, output_config: { format: { ...format, schema: { title: 'new' } } } }).request
        .output,
    ).toMatchObject({ schema: { title: 'new' } });
  });

  it('keeps cache marks wherever they stand', () => {
    const mark = { cache_control: { type: 'ephemeral' } };
    const { request, losses } = decode({
      system: [{ type: 'text', text: 'Long.', cache_control: { type: 'ephemeral', ttl: '5m' } }],
      tools: [{ name: 'find', input_schema: {}, ...mark }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'a', ...mark }] },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'find', input: {}, ...mark }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'b', ...mark }] },
      ],
    });

    expect(losses).toEqual([]);
    expect(request.instructions[0]).toMatchObject({ cache: { ttl: '5m' } });
    expect(request.tools[0]).toMatchObject({ cache: { ttl: null } });
    for (const turn of request.turns) expect(turn.parts[0]).toMatchObject({ cache: { ttl: null } });
  });

  it('knows the tools of the vendor by their names without the date', () => {
    const tool = { type: 'web_search_20260318', name: 'web_search', max_uses: 3 };

    expect(decode({ tools: [tool] }).request.tools).toEqual([
      { type: 'vendor', dialect: 'anthropic_messages', name: 'web_search', wire: tool },
    ]);
  });

  it('takes system messages at the beginning for instructions, and keeps others in their place', () => {
    const { request } = decode({
      system: [{ type: 'text', text: 'A' }],
      messages: [
        { role: 'system', content: 'B' },
        { role: 'user', content: 'Hi' },
        { role: 'system', content: [{ type: 'text', text: 'C' }] },
      ],
    });

    expect(request.instructions.map(({ text }) => text)).toEqual(['A', 'B']);
    expect(request.turns.map(({ role }) => role)).toEqual(['user', 'system']);
  });

  const image = (source: object) => ({ messages: [{ role: 'user', content: [{ type: 'image', source }] }] });
  it.each([
    ['max_tokens', { max_tokens: undefined }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['model', { model: 7 }],
    ['messages', { messages: 'Hi' }],
    ['messages[0]', { messages: ['Hi'] }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'Hi' }] }],
    ['messages[0].content', { messages: [{ role: 'user' }] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'hologram' }] }] }],
    [
      'messages[0].content[0]',
      { messages: [{ role: 'user', content: [{ type: 'thinking', thinking: '', signature: '' }] }] },
    ],
    ['messages[0].content[0].text', { messages: [{ role: 'user', content: [{ type: 'text', text: 1 }] }] }],
    ['messages[0].content[0].source', image({ type: 'hologram' })],
    ['messages[0].content[0].source.data', image({ type: 'base64', media_type: 'image/png' })],
    [
      'messages[0].content[0].tool_use_id',
      { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: '' }] }] },
    ],
    [
      'messages[0].content[0].input',
      {
        messages: [
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'a', name: 'b', input: { n: [Number.POSITIVE_INFINITY] } }],
          },
        ],
      },
    ],
    ['system', { system: 5 }],
    ['stream', { stream: 'yes' }],
    ['temperature', { temperature: Number.POSITIVE_INFINITY }],
    ['stop_sequences[1]', { stop_sequences: ['a', 2] }],
    ['tools[0].input_schema', { tools: [{ name: 'find' }] }],
    ['tools[0].input_schema', { tools: [{ name: 'find', input_schema: { minimum: Number.NEGATIVE_INFINITY } }] }],
    ['tools[0]', { tools: [{ type: 'web_search_20260318', max_uses: Number.POSITIVE_INFINITY }] }],
    ['tool_choice.type', { tool_choice: { type: 'some' } }],
    ['output_config.effort', { output_config: { effort: 'huge' } }],
    ['output_config.format.type', { output_config: { format: { type: 'xml' } } }],
    ['output_format.schema', { output_format: { type: 'json_schema' } }],
    ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: -1 } }],
  ])('refuses a wrong %s, by name', (field, fields) => {
    let error: unknown;
    try {
      decode(fields);
    } catch (thrown) {
      error = thrown;
    }

    expect(error).toBeInstanceOf(RequestFieldError);
    expect(error).toMatchObject({ field });
  });

  it('leaves the wire as it is', () => {
    const wire = JSON.parse(
      '{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"bough.gemini.A"},{"type":"text","text":"a"}]}],"__proto__":{"x":1}}',
    ) as JsonObject;
    const before = JSON.stringify(wire);

    expect(decodeRequest(wire).losses).toMatchObject([{ field: '__proto__' }]);
    expect(JSON.stringify(wire)).toBe(before);
  });
});
