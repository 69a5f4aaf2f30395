import OpenAI from 'openai7';
import type { EncodeResponseOptions } from '../neutral/codec.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { Opaque } from '../neutral/neutral.types.js';
import { decodeChatRequest } from './decode-request.js';
import { ChatStreamEncoder } from './encode-stream.js';

const OPTIONS: EncodeResponseOptions = {
  model: 'asked',
  requestId: 'req-1',
  now: 1_700_000_000,
  streamUsage: true,
  request: decodeChatRequest({ model: 'asked', messages: [{ role: 'user', content: 'hi' }] }).request,
};

const START: NeutralEvent = { type: 'start', id: 'c-1', model: 'up', createdAt: 9, usage: null, serviceTier: null };
const open = (part: number, start: PartStart, choice = 0): NeutralEvent => ({
  type: 'part-start',
  choice,
  part,
  start,
});
const add = (part: number, text: string, others: object = {}, choice = 0): NeutralEvent => ({
  type: 'part-delta',
  choice,
  part,
  text,
  ...others,
});
const close = (part: number, choice = 0): NeutralEvent => ({ type: 'part-end', choice, part });
const finish = (reason: 'stop' | 'tool-calls' | 'refusal' | 'pause', choice = 0): NeutralEvent => ({
  type: 'finish',
  choice,
  reason,
  stopSequence: null,
});
const usage = { input: 5, cacheRead: 2, cacheWrite: 0, output: 3, reasoning: 1 };

interface Chunk {
  id: string;
  model: string;
  created: number;
  usage?: object | null;
  choices: { index: number; delta: Record<string, unknown>; finish_reason: string | null; logprobs: object | null }[];
}

const write = (events: NeutralEvent[], options: Partial<EncodeResponseOptions> = {}): string => {
  const encoder = new ChatStreamEncoder({ ...OPTIONS, ...options });
  return events.map(event => encoder.push(event)).join('') + encoder.end();
};
const chunksOf = (text: string): Chunk[] =>
  text
    .split('\n\n')
    .filter(event => event !== '' && event !== 'data: [DONE]')
    .map(event => JSON.parse(event.slice('data: '.length)) as Chunk);
const deltas = (events: NeutralEvent[], choice = 0) =>
  chunksOf(write(events)).flatMap(({ choices }) =>
    choices.flatMap(({ index, delta }) => (index === choice ? delta : [])),
  );

describe('ChatStreamEncoder', () => {
  it('writes the role, the words, the end, the usage and [DONE], each in its own event', () => {
    const envelope = { id: 'c-1', object: 'chat.completion.chunk', created: 9, model: 'asked' };
    const choice = (delta: object, finish_reason: string | null = null) => ({
      ...envelope,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      usage: null,
    });
    const text = write([
      START,
      open(0, { type: 'text' }),
      add(0, 'hi'),
      close(0),
      finish('stop'),
      { type: 'usage', usage },
    ]);

    expect(text.endsWith('\n\ndata: [DONE]\n\n')).toBe(true);
    expect(chunksOf(text)).toEqual([
      choice({ role: 'assistant', content: '' }),
      choice({ content: 'hi' }),
      choice({}, 'stop'),
      {
        ...envelope,
        choices: [],
        usage: {
          prompt_tokens: 7,
          completion_tokens: 3,
          total_tokens: 10,
          prompt_tokens_details: { cached_tokens: 2 },
          completion_tokens_details: { reasoning_tokens: 1 },
        },
      },
    ]);
  });

  it('tells usage only to those who asked, in no event', () => {
    expect(write([START, finish('stop'), { type: 'usage', usage }], { streamUsage: false })).not.toContain('usage');
  });

  it('tells the last usage, and what the start knew where nothing came behind it', () => {
    const early: NeutralEvent = { ...START, usage: { ...usage, output: 0 } } as NeutralEvent;
    const outputs = (events: NeutralEvent[]) =>
      chunksOf(write(events)).flatMap(
        chunk => (chunk.usage as { completion_tokens: number } | null)?.completion_tokens ?? [],
      );

    expect(outputs([early, finish('stop')])).toEqual([0]);
    expect(outputs([early, { type: 'usage', usage }, { type: 'usage', usage: { ...usage, output: 8 } }])).toEqual([8]);
  });

  it('fills in an id and a time that the upstream did not give', () => {
    const [chunk] = chunksOf(write([{ ...START, id: '', createdAt: null } as NeutralEvent, finish('stop')]));

    expect(chunk).toMatchObject({ id: 'chatcmpl-req-1', created: 1_700_000_000 });
  });

  it('numbers calls from 0 in every choice, whatever the numbers of their parts', () => {
    const tool = (id: string): PartStart => ({ type: 'tool-call', id, name: 'f' });
    const events = [
      START,
      open(0, { type: 'reasoning', redacted: false }),
      close(0),
      open(1, tool('a')),
      open(2, { type: 'text' }),
      open(3, tool('b')),
      add(3, '{"b":'),
      add(1, '{}'),
      add(3, '1}'),
      open(0, tool('c'), 1),
      ...[1, 2, 3].map(part => close(part)),
      close(0, 1),
    ];
    const first = (index: number, id: string) => ({
      tool_calls: [{ index, id, type: 'function', function: { name: 'f', arguments: '' } }],
    });
    const more = (index: number, text: string) => ({ tool_calls: [{ index, function: { arguments: text } }] });
    const role = { role: 'assistant', content: '' };

    expect(deltas(events)).toEqual([
      role,
      first(0, 'a'),
      first(1, 'b'),
      more(1, '{"b":'),
      more(0, '{}'),
      more(1, '1}'),
    ]);
    expect(deltas(events, 1)).toEqual([role, first(0, 'c'), more(0, '{}')]);
  });

  it('writes thoughts in both fields, signatures and ids once', () => {
    const signature: Opaque = { origin: 'anthropic', value: 'c2ln' };
    const events = [
      open(0, { type: 'reasoning', redacted: false, id: 'rs_1' }),
      add(0, 'a'),
      add(0, 'b'),
      add(0, '', { signature }),
      close(0),
      open(1, { type: 'reasoning', redacted: true }),
      add(1, '', { signature }),
      close(1),
    ];

    expect(deltas(events).slice(1)).toEqual([
      { reasoning_content: 'a', reasoning_details: [{ type: 'reasoning.text', text: 'a', index: 0, id: 'rs_1' }] },
      { reasoning_content: 'b', reasoning_details: [{ type: 'reasoning.text', text: 'b', index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.text', text: '', signature: 'bough.anthropic.c2ln', index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'bough.anthropic.c2ln', index: 1 }] },
    ]);
  });

  it('writes signatures of text and calls, citations, refusals and media where clients look for them', () => {
    const signature: Opaque = { origin: 'gemini', value: 'c2VhbA==' };
    const wire = { extra_content: { google: { thought_signature: 'c2VhbA==' } } };
    const citation = { title: 'T', url: 'https://example.test', text: null, start: 1, end: 2, wire: null };
    const url_citation = { url: 'https://example.test', title: 'T', start_index: 3, end_index: 4 };
    const source = { type: 'base64', mediaType: 'image/png', data: 'iVBO' } as const;
    const events = [
      open(0, { type: 'text' }),
      add(0, 'ab', { signature }),
      close(0),
      open(1, { type: 'text' }),
      add(1, 'cd', { citations: [citation] }),
      close(1),
      open(2, { type: 'tool-call', id: 'c', name: 'f' }),
      add(2, '{}', { signature }),
      close(2),
      open(3, { type: 'refusal' }),
      add(3, 'no'),
      close(3),
      open(4, { type: 'media', media: { type: 'media', kind: 'image', source } }),
      close(4),
    ];

    expect(deltas(events).slice(1)).toEqual([
      { content: 'ab', ...wire },
      { content: 'cd', annotations: [{ type: 'url_citation', url_citation }] },
      { tool_calls: [expect.objectContaining({ id: 'c' })] },
      { tool_calls: [{ index: 0, function: { arguments: '{}' }, ...wire }] },
      { refusal: 'no' },
      { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } }] },
    ]);
  });

  it('writes log probabilities beside the words that they are of', () => {
    const logprobs = [{ token: 'a', logprob: -1, bytes: [97], top: [] }];
    const chunks = chunksOf(write([open(0, { type: 'text' }), add(0, 'a', { logprobs }), close(0)]));

    expect(chunks[1]?.choices[0]?.logprobs).toEqual({
      content: [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }],
      refusal: null,
    });
  });

  it.each([
    [[finish('refusal')], 'content_filter'],
    [[open(0, { type: 'refusal' }), add(0, 'no'), close(0), finish('refusal')], 'stop'],
    [[finish('pause')], 'length'],
  ] as [NeutralEvent[], string][])('writes the end of %j as %s', (events, reason) => {
    expect(chunksOf(write(events)).at(-1)?.choices[0]?.finish_reason).toBe(reason);
  });

  it('writes nothing for a failure, which the relay reports', () => {
    expect(new ChatStreamEncoder(OPTIONS).push({ type: 'error', message: 'busy', code: null })).toBe('');
  });

  it('keeps words that look like the framing of a stream inside their event', () => {
    const trick = 'a\n\ndata: [DONE]\r\n\revent: error\u2028';
    const text = write([open(0, { type: 'text' }), add(0, trick), close(0), finish('stop')]);

    expect(text.match(/^data: \[DONE\]$/gm)).toHaveLength(1);
    expect(chunksOf(text)[1]?.choices[0]?.delta).toEqual({ content: trick });
  });

  it("is read by the vendor's own SDK as the same answer", async () => {
    const stream = write([
      START,
      open(0, { type: 'text' }),
      add(0, 'hi'),
      close(0),
      open(1, { type: 'tool-call', id: 'a', name: 'f' }),
      open(2, { type: 'tool-call', id: 'b', name: 'g' }),
      add(2, '{"x":'),
      add(2, '1}'),
      close(1),
      close(2),
      finish('tool-calls'),
      { type: 'usage', usage },
    ]);
    const fetch = () => Promise.resolve(new Response(stream, { headers: { 'content-type': 'text/event-stream' } }));
    const client = new OpenAI({ apiKey: 'test-key', baseURL: 'http://sdk.test/v1', fetch });
    const { choices, usage: counted } = await client.chat.completions
      .stream({ model: 'asked', messages: [{ role: 'user', content: 'hi' }], stream_options: { include_usage: true } })
      .finalChatCompletion();

    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        role: 'assistant',
        content: 'hi',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
          { id: 'b', type: 'function', function: { name: 'g', arguments: '{"x":1}' } },
        ],
      },
    });
    expect(counted?.total_tokens).toBe(10);
  });
});
