import type { EncodeRequestOptions } from '../neutral/codec.js';
import type { NeutralRequest, ReasoningPart, Turn } from '../neutral/neutral.types.js';
import { decodeChatRequest } from './decode-request.js';
import { encodeChatRequest } from './encode-request.js';

const OPTIONS: EncodeRequestOptions = {
  model: 'target',
  defaultMaxTokens: 1000,
  streamUsage: true,
  adaptiveThinking: false,
  thinkingLevels: false,
};

const EMPTY = decodeChatRequest({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }).request;

const encode = (fields: Partial<NeutralRequest>, options: Partial<EncodeRequestOptions> = {}) => {
  const { wire, losses } = encodeChatRequest({ ...EMPTY, ...fields }, { ...OPTIONS, ...options });
  return { wire, lost: losses.map(({ field }) => field) };
};
const messagesOf = (...turns: Turn[]) => encode({ turns }).wire['messages'];

const text = (words: string) => ({ type: 'text' as const, text: words });
const thought = (words: string, opaque: ReasoningPart['opaque'] = null): ReasoningPart => ({
  type: 'reasoning',
  text: words,
  opaque,
  redacted: false,
});
const image = {
  type: 'media',
  kind: 'image',
  source: { type: 'base64', mediaType: 'image/png', data: 'iVBO' },
} as const;

describe('encodeChatRequest', () => {
  it('writes no field that was not asked for', () => {
    expect(encode({})).toEqual({
      wire: { model: 'target', messages: [{ role: 'user', content: 'hi' }] },
      lost: [],
    });
  });

  it('writes every setting under the name that most servers know', () => {
    const { wire, lost } = encode({
      stream: true,
      maxOutputTokens: 9,
      temperature: 0,
      topP: 0.5,
      stop: ['x'],
      seed: 3,
      frequencyPenalty: 1,
      presencePenalty: -1,
      candidates: 2,
      logprobs: { top: 4 },
      reasoning: { mode: null, effort: 'xhigh', budgetTokens: null, show: null },
      serviceTier: 'flex',
      user: 'u',
      metadata: { a: 'b' },
      verbosity: 'high',
      promptCacheKey: 'k',
      output: { type: 'schema', name: null, description: 'd', schema: { type: 'object' }, strict: true },
    });

    expect(lost).toEqual([]);
    expect(wire).toEqual({
      model: 'target',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 9,
      temperature: 0,
      top_p: 0.5,
      stop: ['x'],
      seed: 3,
      frequency_penalty: 1,
      presence_penalty: -1,
      n: 2,
      logprobs: true,
      top_logprobs: 4,
      reasoning_effort: 'xhigh',
      service_tier: 'flex',
      user: 'u',
      metadata: { a: 'b' },
      verbosity: 'high',
      prompt_cache_key: 'k',
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', description: 'd', schema: { type: 'object' }, strict: true },
      },
    });
  });

  it('asks for usage only where the target takes the question', () => {
    expect(encode({ stream: true, streamUsage: true }, { streamUsage: false }).wire).not.toHaveProperty(
      'stream_options',
    );
  });

  it.each([
    [{ mode: 'off', effort: null, budgetTokens: null, show: null }, 'none', []],
    [{ mode: 'on', effort: null, budgetTokens: null, show: null }, 'medium', []],
    [{ mode: 'on', effort: null, budgetTokens: 1024, show: null }, 'low', ['reasoning.budget_tokens']],
    [{ mode: 'on', effort: null, budgetTokens: 10_000, show: null }, 'medium', ['reasoning.budget_tokens']],
    [{ mode: 'on', effort: 'max', budgetTokens: 10_000, show: null }, 'max', ['reasoning.budget_tokens']],
    [{ mode: 'adaptive', effort: null, budgetTokens: null, show: 'auto' }, undefined, ['reasoning.summary']],
  ] as const)('asks for thinking as in %j with the effort %s', (reasoning, effort, lost) => {
    const encoded = encode({ reasoning });

    expect(encoded.wire['reasoning_effort']).toBe(effort);
    expect(encoded.lost).toEqual(lost);
  });

  it('writes all instructions as one message, with parts only where a mark stands between them', () => {
    const cache = { ttl: '1h' } as const;

    expect(encode({ instructions: [text('a'), text('b')] }).wire['messages']).toMatchObject([
      { role: 'system', content: 'a\n\nb' },
      { role: 'user' },
    ]);
    expect(encode({ instructions: [{ ...text('a'), cache }, text('b')] }).wire['messages']).toMatchObject([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'user' },
    ]);
  });

  it('writes results before all else that the user says, and their images behind them', () => {
    const turns: Turn[] = [
      {
        role: 'assistant',
        parts: ['c1', 'c2'].map(id => ({ type: 'tool-call', id, name: 'f', arguments: '{}' }) as const),
      },
      {
        role: 'user',
        parts: [
          text('first'),
          { type: 'tool-result', callId: 'c1', name: null, content: [text('seen'), image], isError: false },
        ],
      },
      { role: 'user', parts: [{ type: 'tool-result', callId: 'c2', name: null, content: [image], isError: true }] },
    ];
    const { wire, lost } = encode({ turns });
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } };

    expect(wire['messages']).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: ['c1', 'c2'].map(id => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
      },
      { role: 'tool', tool_call_id: 'c1', content: 'seen' },
      { role: 'tool', tool_call_id: 'c2', content: 'The result follows in the next message.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'From the result of the tool call c1:' },
          picture,
          { type: 'text', text: 'From the result of the tool call c2:' },
          picture,
        ],
      },
      { role: 'user', content: 'first' },
    ]);
    // Results stand right behind their calls when they are counted.
    expect(lost).toEqual(['messages[1].content[1].is_error']);
  });

  it.each([
    [{ kind: 'document', source: { type: 'url', url: 'http://a/b.pdf', mediaType: null } }],
    [{ kind: 'document', source: { type: 'file', origin: 'anthropic', id: 'file_1' } }],
    [{ kind: 'image', source: { type: 'file', origin: 'gemini', id: 'files/1' } }],
  ] as const)('refuses the medium %j rather than let it vanish', media => {
    const turns: Turn[] = [{ role: 'user', parts: [text('x'), { type: 'media', ...media }] }];

    expect(() => encode({ turns })).toThrow(expect.objectContaining({ field: 'messages[0].content[1]' }));
  });

  it('shows a thought to the vendor that it came from, and to no other', () => {
    const parts = [
      thought('free'),
      thought('mine', { origin: 'other', value: 'b3RoZXI=' }),
      thought('claude', { origin: 'anthropic', value: 'YW50aA==' }),
      thought('gpt', { origin: 'openai', value: 'Z3B0' }),
      text('words'),
    ];
    const { wire, lost } = encode({ turns: [{ role: 'assistant', parts }] });

    expect(wire['messages']).toEqual([
      {
        role: 'assistant',
        content: 'words',
        reasoning_content: 'free\n\nmine',
        reasoning_details: [
          { type: 'reasoning.text', text: 'free', index: 0 },
          { type: 'reasoning.text', text: 'mine', signature: 'b3RoZXI=', index: 1 },
        ],
      },
    ]);
    expect(lost).toEqual(['messages[0].content[2]', 'messages[0].content[3]']);
  });

  it('writes a thought without a signature in the plain field alone, and a redacted one in the list alone', () => {
    const redacted = {
      type: 'reasoning',
      text: '',
      opaque: { origin: 'other', value: 'ZA==' },
      redacted: true,
    } as const;

    expect(messagesOf({ role: 'assistant', parts: [thought('a'), text('b')] })).toEqual([
      { role: 'assistant', content: 'b', reasoning_content: 'a' },
    ]);
    expect(messagesOf({ role: 'assistant', parts: [redacted, text('b')] })).toEqual([
      { role: 'assistant', content: 'b', reasoning_details: [{ type: 'reasoning.encrypted', data: 'ZA==', index: 0 }] },
    ]);
  });

  it('leaves out a message of which nothing may be sent', () => {
    const turn: Turn = { role: 'assistant', parts: [thought('x', { origin: 'gemini', value: 'Zw==' })] };

    expect(encode({ turns: [turn] })).toMatchObject({ wire: { messages: [] }, lost: ['messages[0].content[0]'] });
  });

  it('shortens the ids of calls that the API would refuse, alike in calls and results', () => {
    const id = 'x'.repeat(41);
    const messages = messagesOf(
      { role: 'assistant', parts: [{ type: 'tool-call', id, name: 'f', arguments: '{}' }] },
      { role: 'user', parts: [{ type: 'tool-result', callId: id, name: null, content: [], isError: false }] },
    ) as unknown as [{ tool_calls: [{ id: string }] }, { tool_call_id: string }];

    expect(messages[0].tool_calls[0].id).toMatch(/^call_\w{1,35}$/);
    expect(messages[1].tool_call_id).toBe(messages[0].tool_calls[0].id);
  });

  it("sends Gemini's signatures back in Google's field, and no other vendor's", () => {
    const call = (origin: 'gemini' | 'anthropic') =>
      ({
        type: 'tool-call',
        id: origin,
        name: 'f',
        arguments: '{}',
        signature: { origin, value: 'c2VhbA==' },
      }) as const;
    const results = (['gemini', 'anthropic'] as const).map(
      callId => ({ type: 'tool-result', callId, name: 'f', content: [], isError: false }) as const,
    );
    const turns: Turn[] = [
      { role: 'assistant', parts: [call('gemini'), call('anthropic')] },
      { role: 'user', parts: results },
    ];
    const { wire, lost } = encode({ turns });

    expect(wire['messages']).toMatchObject([
      { tool_calls: [{ extra_content: { google: { thought_signature: 'c2VhbA==' } } }, { id: 'anthropic' }] },
      { role: 'tool' },
      { role: 'tool' },
    ]);
    expect(JSON.stringify(wire).match(/c2VhbA==/g)).toHaveLength(1);
    expect(lost).toEqual(['messages[0].content[1].signature']);
  });

  it('names what the dialect does not have', () => {
    const { wire, lost } = encode({
      topK: 5,
      turns: [
        {
          role: 'assistant',
          parts: [
            { ...text('x'), citations: [{ title: null, url: 'http://a', text: null, start: 0, end: 1, wire: null }] },
            image,
          ],
        },
      ],
    });

    expect(lost).toEqual(['messages[0].content[1]', 'messages[0].content[0].citations', 'top_k']);
    expect(wire['messages']).toMatchObject([{ role: 'assistant', content: 'x' }, { role: 'user' }]);
  });
});
