import type { JsonObject } from '../../json/value.js';
import type { EncodeResponseOptions } from '../neutral/codec.js';
import type { AssistantPart, NeutralChoice, NeutralResponse } from '../neutral/neutral.types.js';
import { decodeChatRequest } from './decode-request.js';
import { encodeChatResponse } from './encode-response.js';

const OPTIONS: EncodeResponseOptions = {
  model: 'asked',
  requestId: 'req-1',
  now: 1_700_000_000,
  streamUsage: false,
  request: decodeChatRequest({ model: 'asked', messages: [{ role: 'user', content: 'hi' }] }).request,
};

const text = (words: string) => ({ type: 'text' as const, text: words });

const encode = (parts: readonly AssistantPart[], others: Partial<NeutralResponse & NeutralChoice> = {}) => {
  const { finish = 'stop', logprobs = null, ...top } = others;
  const choices = [{ index: 0, parts, finish, stopSequence: null, logprobs }];
  const answer: NeutralResponse = {
    id: '',
    model: 'up',
    createdAt: null,
    usage: null,
    serviceTier: null,
    ...top,
    choices,
  };
  const { wire, losses } = encodeChatResponse(answer, OPTIONS);
  const [choice] = wire['choices'] as unknown as { message: JsonObject; finish_reason: string }[];
  return { wire, choice, message: choice?.message, lost: losses.map(({ field }) => field) };
};

describe('encodeChatResponse', () => {
  it('writes an answer as OpenAI does, with what the upstream did not say filled in', () => {
    expect(encode([text('hi')]).wire).toEqual({
      id: 'chatcmpl-req-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'asked',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'hi', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
    });
    expect(encode([], { id: 'msg_1', createdAt: 9, serviceTier: 'priority' }).wire).toMatchObject({
      id: 'msg_1',
      created: 9,
      service_tier: 'priority',
      choices: [{ message: { content: '' } }],
    });
  });

  it('writes usage that reads as the same tokens, each counted once in the total', () => {
    const usage = { input: 10, cacheRead: 20, cacheWrite: 30, cacheWrite1h: 5, output: 7, reasoning: 4 };

    expect(encode([], { usage }).wire['usage']).toEqual({
      prompt_tokens: 65,
      completion_tokens: 7,
      total_tokens: 72,
      prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 35 },
      completion_tokens_details: { reasoning_tokens: 4 },
    });
  });

  it('says null for content beside calls or a refusal alone', () => {
    const call = { type: 'tool-call', id: 'c', name: 'f', arguments: '{"a":1}' } as const;

    expect(encode([call], { finish: 'tool-calls' }).choice).toMatchObject({
      message: {
        content: null,
        refusal: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
      finish_reason: 'tool_calls',
    });
    expect(encode([{ type: 'refusal', text: 'no' }], { finish: 'refusal' }).choice).toMatchObject({
      message: { content: null, refusal: 'no' },
      finish_reason: 'stop',
    });
  });

  it.each([
    ['stop-sequence', 'stop', []],
    ['length', 'length', []],
    ['content-filter', 'content_filter', []],
    ['refusal', 'content_filter', []],
    ['pause', 'length', ['choices[0].finish_reason']],
  ] as const)('writes the end %s as %s', (finish, reason, lost) => {
    const encoded = encode([text('x')], { finish });

    expect(encoded.choice?.finish_reason).toBe(reason);
    expect(encoded.lost).toEqual(lost);
  });

  it('writes thoughts in both fields that clients read, every signature with its origin', () => {
    const { message } = encode([
      { type: 'reasoning', text: 'a', opaque: { origin: 'anthropic', value: 'c2ln' }, redacted: false },
      { type: 'reasoning', text: '', opaque: { origin: 'anthropic', value: 'cmVk' }, redacted: true },
      { type: 'reasoning', text: 'b', opaque: { origin: 'other', value: 'b3du' }, redacted: false, id: 'rs_1' },
      text('x'),
    ]);

    expect(message).toMatchObject({
      content: 'x',
      reasoning_content: 'a\n\nb',
      reasoning_details: [
        { type: 'reasoning.text', text: 'a', signature: 'bough.anthropic.c2ln', index: 0 },
        { type: 'reasoning.encrypted', data: 'bough.anthropic.cmVk', index: 1 },
        { type: 'reasoning.text', text: 'b', signature: 'b3du', id: 'rs_1', index: 2 },
      ],
    });
  });

  it('writes the signatures of calls and text, foreign ones with their origin', () => {
    const { message, lost } = encode([
      { ...text('x'), signature: { origin: 'gemini', value: 'dA==' } },
      { type: 'tool-call', id: 'c', name: 'f', arguments: '{}', signature: { origin: 'anthropic', value: 'YQ==' } },
    ]);

    expect(message).toMatchObject({
      extra_content: { google: { thought_signature: 'dA==' } },
      tool_calls: [{ extra_content: { google: { thought_signature: 'bough.anthropic.YQ==' } } }],
    });
    expect(lost).toEqual([]);
  });

  it('counts citations from the beginning of the message, with all that clients require', () => {
    const citation = { title: null, url: 'https://example.test', text: 'q', start: 1, end: 2, wire: null };
    const { message, lost } = encode([
      text('abc'),
      { ...text('def'), citations: [citation, { ...citation, start: null, end: null }, { ...citation, url: null }] },
    ]);
    const common = { url: 'https://example.test', title: 'https://example.test', content: 'q' };

    expect(message?.['content']).toBe('abcdef');
    expect(message?.['annotations']).toEqual([
      { type: 'url_citation', url_citation: { ...common, start_index: 4, end_index: 5 } },
      { type: 'url_citation', url_citation: { ...common, start_index: 3, end_index: 6 } },
    ]);
    expect(lost).toEqual(['choices[0].message.annotations']);
  });

  it('shows images and sound in the places that gateways have for them, and names other media', () => {
    const source = { type: 'base64', mediaType: 'x/y', data: 'AAAA' } as const;
    const { message, lost } = encode([
      { type: 'media', kind: 'image', source: { ...source, mediaType: 'image/png' } },
      { type: 'media', kind: 'audio', source },
      { type: 'media', kind: 'document', source },
    ]);

    expect(message).toMatchObject({
      images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
      audio: { data: 'AAAA' },
    });
    expect(lost).toEqual(['choices[0].message']);
  });
});
