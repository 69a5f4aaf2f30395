import { unplaced } from '../../../test/support/unplaced.js';
import { BARE_REQUEST } from '../../../test/support/neutral-request.js';
import type { JsonObject } from '../../json/value.js';
import { RequestFieldError } from '../request-field-error.js';
import { decodeChatRequest } from './decode-request.js';

const hi = [{ role: 'user', content: 'hi' }];

const decode = (fields: object) => unplaced(decodeChatRequest({ model: 'm', messages: hi, ...fields } as JsonObject));
const request = (fields: object) => decode(fields).request;
const lost = (fields: object) => decode(fields).losses.map(({ field }) => field);

const refusalOf = (fields: object): string => {
  try {
    decode(fields);
  } catch (error) {
    if (error instanceof RequestFieldError) return error.field;
    throw error;
  }
  return 'taken';
};

describe('decodeChatRequest', () => {
  it('reads a plain request, with nothing said where nothing stands', () => {
    expect(decode({})).toEqual({
      losses: [],
      request: BARE_REQUEST,
    });
  });

  it('takes null and the documented defaults for nothing', () => {
    const said = decode({
      stream: null,
      store: false,
      modalities: ['text'],
      logit_bias: {},
      prompt_cache_options: { mode: 'implicit' },
      frequency_penalty: 0,
      presence_penalty: 0,
      n: 1,
      logprobs: false,
      top_logprobs: 0,
      response_format: { type: 'text' },
      stream_options: { include_obfuscation: false },
      web_search_options: null,
      stop: null,
    });

    expect(said).toEqual(decode({}));
  });

  it.each([
    [{ max_tokens: 5 }, { maxOutputTokens: 5 }],
    [{ max_completion_tokens: 6 }, { maxOutputTokens: 6 }],
    [{ max_tokens: 6, max_completion_tokens: 6 }, { maxOutputTokens: 6 }],
    [
      { temperature: 0, top_p: 1, top_k: 40 },
      { temperature: 0, topP: 1, topK: 40 },
    ],
    [{ top_k: -1 }, { topK: null }],
    [{ stop: 'END' }, { stop: ['END'] }],
    [{ stop: ['a', 'b'] }, { stop: ['a', 'b'] }],
    [
      { seed: -7, frequency_penalty: -0.5, n: 3 },
      { seed: -7, frequencyPenalty: -0.5, candidates: 3 },
    ],
    [{ logprobs: true, top_logprobs: 2 }, { logprobs: { top: 2 } }],
    [
      { stream: true, stream_options: { include_usage: true } },
      { stream: true, streamUsage: true },
    ],
    [{ user: 'u-1' }, { user: 'u-1' }],
    [{ safety_identifier: 's-1' }, { user: 's-1' }],
    [
      { service_tier: 'flex', verbosity: 'low', prompt_cache_key: 'k' },
      { serviceTier: 'flex', verbosity: 'low', promptCacheKey: 'k' },
    ],
    [{ metadata: { team: 'x' } }, { metadata: { team: 'x' } }],
    [{ response_format: { type: 'json_object' } }, { output: { type: 'json' } }],
    [
      {
        response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
      },
      { output: { type: 'schema', name: 'n', description: null, schema: { type: 'object' }, strict: true } },
    ],
    [{ tool_choice: 'any' }, { toolChoice: { type: 'required' } }],
    [{ tool_choice: { type: 'function', function: { name: 'f' } } }, { toolChoice: { type: 'tool', name: 'f' } }],
    [{ tool_choice: { function: { name: 'f' } } }, { toolChoice: { type: 'tool', name: 'f' } }],
    [{ tool_choice: { type: 'custom', custom: { name: 'c' } } }, { toolChoice: { type: 'tool', name: 'c' } }],
    [{ function_call: { name: 'f' } }, { toolChoice: { type: 'tool', name: 'f' } }],
    [{ function_call: 'none' }, { toolChoice: { type: 'none' } }],
    [
      {
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
        },
      },
      { toolChoice: { type: 'allowed', mode: 'required', names: ['f'] } },
    ],
  ])('reads %j without a loss', (fields, expected) => {
    expect(decode(fields)).toMatchObject({ request: expected, losses: [] });
  });

  it.each([
    [{ reasoning_effort: 'high' }, { mode: null, effort: 'high', budgetTokens: null, show: null }],
    [{ reasoning_effort: 'none' }, { mode: 'off', effort: 'none', budgetTokens: null, show: null }],
    [{ reasoning: { max_tokens: 900 } }, { mode: 'on', effort: null, budgetTokens: 900, show: null }],
    [{ reasoning: { enabled: false } }, { mode: 'off', effort: 'none', budgetTokens: null, show: null }],
    [{ reasoning: { effort: 'low', exclude: true } }, { mode: null, effort: 'low', budgetTokens: null, show: 'none' }],
    [
      { thinking: { type: 'enabled', budget_tokens: 2048 } },
      { mode: 'on', effort: null, budgetTokens: 2048, show: null },
    ],
    [{ thinking: { budget_tokens: 2048 } }, { mode: null, effort: null, budgetTokens: 2048, show: null }],
    [{ thinking: { type: 'disabled' } }, { mode: 'off', effort: 'none', budgetTokens: null, show: null }],
    [
      { thinking: { type: 'adaptive' }, reasoning_effort: 'max' },
      { mode: 'adaptive', effort: 'max', budgetTokens: null, show: null },
    ],
  ])('reads the thinking asked for by %j', (fields, expected) => {
    expect(decode(fields)).toMatchObject({ request: { reasoning: expected }, losses: [] });
  });

  it('takes what a maker knows about thoughts for no word about thinking, and names it', () => {
    expect(decode({ thinking: { clear_thinking: false } })).toMatchObject({
      request: { reasoning: { mode: null, effort: null, budgetTokens: null } },
    });
    expect(lost({ thinking: { clear_thinking: true } })).toEqual(['thinking.clear_thinking']);
  });

  it('names every field that has no counterpart, by its path', () => {
    const fields = {
      logit_bias: { 50256: -100 },
      prediction: { type: 'content', content: 'x' },
      modalities: ['text', 'audio'],
      audio: { voice: 'alloy', format: 'wav' },
      web_search_options: {},
      store: true,
      api_base: 'http://example.invalid',
      'odd "key"\n': 1,
      stream_options: { include_usage: true, other: 1 },
      top_logprobs: 3,
      messages: [
        { role: 'system', content: 'be brief', name: 'boss' },
        { role: 'user', content: [{ type: 'text', text: 'hi', mood: 'good' }], id: 'x' },
        { role: 'assistant', content: 'ok', audio: { id: 'a' }, annotations: [{ type: 'url_citation' }] },
      ],
    };

    expect(lost(fields).toSorted()).toEqual(
      [
        'api_base',
        'audio',
        'logit_bias',
        'messages[0].name',
        'messages[1].content[0].mood',
        'messages[1].id',
        'messages[2].annotations',
        'messages[2].audio',
        'modalities',
        'prediction',
        'store',
        'stream_options.other',
        'top_logprobs',
        'web_search_options',
        '["odd ?key??"]',
      ].toSorted(),
    );
  });

  it('never repeats a value of the caller in a loss', () => {
    const { losses } = decode({ user: 'secret-1', safety_identifier: 'secret-2', api_key: 'secret-3' });

    expect(losses).toHaveLength(2);
    expect(JSON.stringify(losses)).not.toContain('secret');
  });

  it.each([
    [{ model: 7 }, 'model'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'hi' }, 'messages'],
    [{ messages: [7] }, 'messages[0]'],
    [{ messages: [{ content: 'hi' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'robot', content: 'hi' }] }, 'messages[0].role'],
    [{ messages: [...hi, ...hi, { role: 'user', content: 7 }] }, 'messages[2].content'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: [] }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
    [{ messages: [{ role: 'user', content: [{ type: 'hologram' }] }] }, 'messages[0].content[0].type'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'c:/x.png' } }] }] },
      'messages[0].content[0].image_url.url',
    ],
    [{ messages: [{ role: 'user', content: [{ type: 'file', file: {} }] }] }, 'messages[0].content[0].file'],
    [
      { messages: [{ role: 'system', content: [{ type: 'image_url', image_url: 'http://a' }] }] },
      'messages[0].content[0].type',
    ],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id'],
    [{ messages: [{ role: 'assistant', content: null, tool_calls: {} }] }, 'messages[0].tool_calls'],
    [
      { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: {} } }] }] },
      'messages[0].tool_calls[0].function.arguments',
    ],
    [{ messages: [{ role: 'assistant', content: 'x', reasoning_content: 7 }] }, 'messages[0].reasoning_content'],
    [{ stream: 'yes' }, 'stream'],
    [{ temperature: '1' }, 'temperature'],
    [{ temperature: Number.POSITIVE_INFINITY }, 'temperature'],
    [{ max_tokens: 1.5 }, 'max_tokens'],
    [{ n: 0 }, 'n'],
    [{ seed: 2 ** 60 }, 'seed'],
    [{ stop: [1] }, 'stop[0]'],
    [{ metadata: { a: 1 } }, 'metadata'],
    [{ reasoning_effort: 'enormous' }, 'reasoning_effort'],
    [{ reasoning: { effort: 'enormous' } }, 'reasoning.effort'],
    [{ response_format: { type: 'grammar' } }, 'response_format.type'],
    [{ response_format: { type: 'json_schema' } }, 'response_format.json_schema'],
    [{ tools: [{ name: 'f' }] }, 'tools[0].type'],
    [{ tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
    [
      { tools: [{ type: 'function', function: { name: 'f', parameters: { a: [{ b: Number.NEGATIVE_INFINITY }] } } }] },
      'tools[0].function.parameters',
    ],
    [{ tool_choice: 'maybe' }, 'tool_choice'],
    [{ tool_choice: { type: 'function', function: {} } }, 'tool_choice.function.name'],
  ])('refuses %j by its path', (fields, field) => {
    expect(refusalOf(fields)).toBe(field);
  });

  it('leaves its input as it was', () => {
    const freeze = <Value>(value: Value): Value => {
      if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
      return Object.freeze(value);
    };
    const wire = freeze({
      model: 'm',
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'a' }], cache_control: { type: 'ephemeral' } },
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: '1' },
      ],
      functions: [{ name: 'f', parameters: {} }],
    });

    expect(() => decodeChatRequest(wire as unknown as JsonObject)).not.toThrow();
  });

  it('carries keys that other programs trip over as data', () => {
    const tools = JSON.parse(
      '[{"type":"function","function":{"name":"f","parameters":{"__proto__":{"polluted":true},"toString":1}}}]',
    ) as object;
    const [tool] = request({ tools, metadata: JSON.parse('{"__proto__":"x"}') as object }).tools;

    expect(JSON.stringify(tool)).toContain('{"__proto__":{"polluted":true},"toString":1}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
