import { ADAPTIVE, PLAIN_REQUEST, TARGET } from '../../../test/support/anthropic-messages.js';
import type { NeutralRequest } from '../neutral/neutral.types.js';
import { encodeRequest } from './encode-request.js';

type Wire = Record<string, unknown> & {
  readonly messages: readonly { role: string; content: Record<string, unknown>[] }[];
};

/** The wire, and the names of what was lost. */
function encode(fields: Partial<NeutralRequest>, options = TARGET): { readonly wire: Wire; readonly lost: string[] } {
  const { wire, losses } = encodeRequest({ ...PLAIN_REQUEST, ...fields }, options);
  return { wire: wire as unknown as Wire, lost: losses.map(({ field }) => field) };
}

const find = { type: 'function' as const, name: 'find', description: null, parameters: null, strict: null };

describe('encodeRequest, of parameters', () => {
  it('fills in the bound that the API demands, which loses nothing', () => {
    expect(encode({ maxOutputTokens: null })).toMatchObject({ wire: { max_tokens: 4096 }, lost: [] });
    expect(encode({ maxOutputTokens: 7 }).wire).toMatchObject({ max_tokens: 7, model: 'claude-target' });
  });

  it('names each parameter that the API has no field for', () => {
    const { lost } = encode({
      seed: 0,
      frequencyPenalty: 0.5,
      presencePenalty: -1,
      candidates: 2,
      logprobs: { top: 0 },
      metadata: { team: 'x' },
      verbosity: 'low',
      promptCacheKey: 'k',
      output: { type: 'json' },
      serviceTier: 'flex',
      stop: ['END', '\n'],
      tools: [{ type: 'vendor', dialect: 'openai_responses', name: 'web_search', wire: {} }],
      toolChoice: { type: 'required' },
    });

    expect(lost.toSorted()).toEqual(
      [
        'seed',
        'frequency_penalty',
        'presence_penalty',
        'n',
        'logprobs',
        'metadata',
        'verbosity',
        'prompt_cache_key',
        'response_format',
        'service_tier',
        'stop',
        'tools[0]',
        'tool_choice',
      ].toSorted(),
    );
  });

  it.each([
    ['alone', [], expect.stringMatching(/single JSON object/)],
    [
      'behind what else is said',
      [{ type: 'text' as const, text: 'Be short.' }],
      [
        { type: 'text', text: 'Be short.' },
        { type: 'text', text: expect.stringMatching(/single JSON object/) as string },
      ],
    ],
  ])('asks in words, %s, for JSON that has no schema', (_, instructions, system) => {
    expect(encode({ output: { type: 'json' }, instructions }).wire['system']).toEqual(system);
  });

  it('says nothing of parameters that change nothing', () => {
    expect(
      encode({ frequencyPenalty: 0, presencePenalty: 0, metadata: {}, temperature: 1, topP: 1 }, ADAPTIVE).lost,
    ).toEqual([]);
  });

  it('sends the schema of the answer in its own field', () => {
    const output = {
      type: 'schema' as const,
      name: 'bill',
      description: null,
      schema: { type: 'object', additionalProperties: false },
      strict: true,
    };

    expect(encode({ output })).toMatchObject({
      wire: { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      lost: [],
    });
  });

  it.each([
    [{ temperature: 1.5 }, {}, ['temperature']],
    [{ temperature: 0.2, topP: 0.9 }, { temperature: 0.2 }, ['top_p']],
    [{ topP: 0.9, topK: 5 }, { top_p: 0.9, top_k: 5 }, []],
  ])('sends of %j what the API takes', (fields, expected, named) => {
    const { wire, lost } = encode(fields);

    expect(wire).toMatchObject(expected);
    expect(Object.keys(wire).filter(key => ['temperature', 'top_p', 'top_k'].includes(key))).toEqual(
      Object.keys(expected),
    );
    expect(lost).toEqual(named);
  });

  it.each([
    [{ type: 'auto' }, null, { type: 'auto' }],
    [{ type: 'none' }, false, { type: 'none' }],
    [{ type: 'required' }, false, { type: 'any', disable_parallel_tool_use: true }],
    [{ type: 'tool', name: 'find' }, true, { type: 'tool', name: 'find' }],
    [null, false, { type: 'auto', disable_parallel_tool_use: true }],
    [null, true, undefined],
  ] as const)('writes the choice %j with parallel calls %s', (toolChoice, parallelToolCalls, expected) => {
    expect(encode({ tools: [find], toolChoice, parallelToolCalls })).toMatchObject({
      wire: { tools: [{ name: 'find', input_schema: { type: 'object' } }] },
      lost: [],
    });
    expect(encode({ tools: [find], toolChoice, parallelToolCalls }).wire['tool_choice']).toEqual(expected);
  });

  it('demands an object of the arguments only where the schema does not say', () => {
    const parameters = { type: ['object', 'null'] };

    expect(encode({ tools: [{ ...find, parameters }] }).wire['tools']).toEqual([
      { name: 'find', input_schema: parameters },
    ]);
    expect(encode({ tools: [{ ...find, parameters: { title: 'T' } }] }).wire['tools']).toEqual([
      { name: 'find', input_schema: { type: 'object', properties: {}, title: 'T' } },
    ]);
  });

  it('sends only the tools that are allowed', () => {
    const tools = [find, { ...find, name: 'other' }];

    expect(encode({ tools, toolChoice: { type: 'allowed', mode: 'required', names: ['find'] } })).toMatchObject({
      wire: { tools: [{ name: 'find' }], tool_choice: { type: 'any' } },
      lost: [],
    });
  });

  it('forces no call of a tool that it cannot send', () => {
    const vendor = { type: 'vendor' as const, dialect: 'gemini_generate_content' as const, name: 'search', wire: {} };
    const { wire, lost } = encode({ tools: [find, vendor], toolChoice: { type: 'tool', name: 'search' } });

    expect(wire).not.toHaveProperty('tool_choice');
    expect(lost).toEqual(['tool_choice', 'tools[1]']);
  });

  it('gives the vendor’s own tools back as they came', () => {
    const wire = { type: 'web_search_20260318', name: 'web_search', max_uses: 2 };

    expect(
      encode({ tools: [{ type: 'vendor', dialect: 'anthropic_messages', name: 'web_search', wire }] }),
    ).toMatchObject({ wire: { tools: [wire] }, lost: [] });
  });
});
