import { calls, delta, named, partsOf, read, sse, STOP } from '../../../test/support/chat-events.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import { ChatStreamDecoder } from './decode-stream.js';

const START = { type: 'start', id: 'c-1', model: 'm', createdAt: 7, serviceTier: null, usage: null };
const call = (id: string, name: string, text: string) => ({ type: 'tool-call', id, name, text });

describe('ChatStreamDecoder', () => {
  it('tells a plain answer event by event', () => {
    expect(
      read(
        delta({ role: 'assistant', content: '' }),
        delta({ content: 'he' }),
        delta({ content: 'llo' }),
        STOP,
        named([], { usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } }),
        '[DONE]',
      ),
    ).toEqual([
      START,
      { type: 'part-start', choice: 0, part: 0, start: { type: 'text' } },
      { type: 'part-delta', choice: 0, part: 0, text: 'he' },
      { type: 'part-delta', choice: 0, part: 0, text: 'llo' },
      { type: 'part-end', choice: 0, part: 0 },
      { type: 'finish', choice: 0, reason: 'stop', stopSequence: null },
      { type: 'usage', usage: { input: 3, cacheRead: 0, cacheWrite: 0, output: 2, reasoning: 0 } },
    ]);
  });

  it('takes usage wherever it comes and however often, and passes over null', () => {
    const usage = (tokens: number) => ({
      usage: { prompt_tokens: 1, completion_tokens: tokens, total_tokens: 1 + tokens },
    });
    const events = read(
      { choices: [], ...usage(0) },
      delta({ content: 'a' }),
      named([], usage(1)),
      named([{ index: 0, delta: { content: 'b' } }], { usage: null }),
      STOP,
      named([], usage(2)),
    );

    expect(events[0]).toEqual(START);
    expect(events.flatMap(event => (event.type === 'usage' ? event.usage.output : []))).toEqual([0, 1, 2]);
    expect(partsOf(events)).toEqual([{ type: 'text', text: 'ab' }, { finish: 'stop' }]);
  });

  it('passes over events without choices, and deltas that say nothing', () => {
    const events = read(
      { type: 'ping' },
      { id: '', model: '', choices: [], prompt_filter_results: [] },
      named([]),
      delta({ content: '', tool_calls: [], refusal: false, reasoning_content: null }),
      named([{ index: 0, delta: null, finish_reason: '' }]),
      calls({ index: 0, function: { arguments: '' } }),
      delta({ content: 'x', tool_calls: [] }, 'stop'),
    );

    expect(partsOf(events)).toEqual([{ type: 'text', text: 'x' }, { finish: 'stop' }]);
  });

  it("reads Gemini's signature of a call, once, and of text behind its last piece", () => {
    const extra_content = { google: { thought_signature: 'c2VhbA==' } };
    const signature = { origin: 'gemini', value: 'c2VhbA==' };
    const events = read(
      delta({ content: 'x' }),
      delta({ content: '', extra_content }),
      calls({ id: 'a', function: { name: 'f', arguments: '{}' }, extra_content }),
      STOP,
    );

    expect(partsOf(events)).toEqual([
      { type: 'text', text: 'x', signature },
      { ...call('a', 'f', '{}'), signature },
      { finish: 'tool-calls' },
    ]);
    expect(events.filter(event => 'signature' in event)).toHaveLength(2);
  });

  it.each([
    ['reasoning_content', { reasoning_content: 'a' }, { reasoning_content: 'b' }],
    ['reasoning', { reasoning: 'a' }, { reasoning: 'b' }],
    ['both at once', { reasoning: 'a', reasoning_content: 'a' }, { reasoning: 'b', reasoning_content: 'b' }],
    [
      'reasoning_details, repeated in the plain field',
      { reasoning: 'a', reasoning_details: [{ type: 'reasoning.text', text: 'a', index: 0 }] },
      { reasoning: 'b', reasoning_details: [{ type: 'reasoning.text', text: 'b', index: 0 }] },
    ],
    [
      'summaries',
      { reasoning_details: [{ type: 'reasoning.summary', summary: 'a', index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.summary', summary: 'b', index: 0 }] },
    ],
    [
      'content arrays of Databricks',
      { content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'a' }] }] },
      { content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'b' }] }] },
    ],
    [
      'content arrays of Mistral',
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'a' }] }] },
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'b' }] }] },
    ],
  ])('reads a thought from %s, and ends it when words begin', (_, first, second) => {
    expect(partsOf(read(delta(first), delta(second), delta({ content: [{ type: 'text', text: 'x' }] }), STOP))).toEqual(
      [{ type: 'reasoning', redacted: false, text: 'ab' }, { type: 'text', text: 'x' }, { finish: 'stop' }],
    );
  });

  it('keeps thoughts apart by their signatures and numbers', () => {
    const detail = (fields: object) => delta({ reasoning_details: [{ type: 'reasoning.text', index: 0, ...fields }] });
    const signature = (value: string, origin = 'other') => ({ signature: { origin, value } });

    expect(
      partsOf(
        read(
          detail({ text: 'a' }),
          detail({ signature: 's1' }),
          detail({ text: 'b' }),
          detail({ text: 'c', index: 1, signature: 'bough.anthropic.s2' }),
          detail({ type: 'reasoning.encrypted', data: 'd', id: 'rs_1' }),
          detail({ text: '', signature: 's3' }),
          STOP,
        ),
      ),
    ).toEqual([
      { type: 'reasoning', redacted: false, text: 'a', ...signature('s1') },
      { type: 'reasoning', redacted: false, text: 'b' },
      { type: 'reasoning', redacted: false, text: 'c', ...signature('s2', 'anthropic') },
      { type: 'reasoning', redacted: true, id: 'rs_1', text: '', ...signature('d') },
      { type: 'reasoning', redacted: false, text: '', ...signature('s3') },
      { finish: 'stop' },
    ]);
  });

  it('ends words when a call begins, and lets calls stay open beside what follows', () => {
    const events = read(
      delta({ content: 'a' }),
      calls({ index: 0, id: 'c', function: { name: 'f', arguments: '{' } }),
      delta({ content: 'b' }),
      delta({ reasoning_content: 't' }),
      calls({ index: 0, function: { arguments: '}' } }),
      STOP,
    );

    expect(partsOf(events)).toEqual([
      { type: 'text', text: 'a' },
      call('c', 'f', '{}'),
      { type: 'text', text: 'b' },
      { type: 'reasoning', redacted: false, text: 't' },
      { finish: 'tool-calls' },
    ]);
    expect(events.findIndex(event => event.type === 'part-end')).toBe(3);
  });

  it('begins another text behind a signature, for the signature is of what stood before it', () => {
    const signed = { type: 'text', text: 'a', thoughtSignature: 'c2VhbA==' };
    const events = read(delta({ content: [signed] }), delta({ content: 'b' }), STOP);

    expect(partsOf(events)).toMatchObject([{ text: 'a', signature: { value: 'c2VhbA==' } }, { text: 'b' }, {}]);
  });

  it('tells usage even of an answer that never had a name', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 0, total_tokens: 1 };

    expect(read({ choices: [], usage })).toMatchObject([{ type: 'start', id: '' }, { type: 'usage' }]);
  });

  it('reads a refusal', () => {
    expect(partsOf(read(delta({ refusal: 'I ' }), delta({ refusal: 'must not' }), STOP))).toEqual([
      { type: 'refusal', text: 'I must not' },
      { finish: 'refusal' },
    ]);
  });

  it('tells choices apart that come interleaved', () => {
    const events = read(
      delta({ content: 'a' }, null, 1),
      delta({ content: 'x' }),
      named([
        { index: 1, delta: { content: 'b' } },
        { index: 0, delta: { content: 'y' }, finish_reason: 'stop' },
      ]),
      delta({}, 'length', 1),
    );

    expect(partsOf(events, 0)).toEqual([{ type: 'text', text: 'xy' }, { finish: 'stop' }]);
    expect(partsOf(events, 1)).toEqual([{ type: 'text', text: 'ab' }, { finish: 'length' }]);
  });

  it('takes the end with the last words, and nothing behind it', () => {
    expect(partsOf(read(delta({ content: 'a' }, 'stop'), delta({ content: 'b' }), delta({}, 'length')))).toEqual([
      { type: 'text', text: 'a' },
      { finish: 'stop' },
    ]);
  });

  it('does not take a choice without a reason for a good end', () => {
    expect(partsOf(read(delta({ content: 'a' })))).toEqual([{ type: 'text', text: 'a' }, { finish: 'error' }]);
  });

  it('reads annotations, log probabilities, images and sound', () => {
    const url_citation = { url: 'https://example.test', title: 'T', start_index: 0, end_index: 2 };
    const logprob = {
      token: 'ab',
      logprob: -1,
      bytes: null,
      top_logprobs: [{ token: 'cd', logprob: -2, bytes: null }],
    };
    const events = read(
      named([{ index: 0, delta: { content: 'ab' }, logprobs: { content: [logprob], refusal: null } }]),
      delta({ content: '', annotations: [{ type: 'url_citation', url_citation }] }),
      delta({ images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } }] }),
      delta({ audio: { id: 'a', data: 'AA==', transcript: 'hm' } }),
      delta({ audio: { data: 'AQ==' } }),
      STOP,
    );

    expect(partsOf(events)).toMatchObject([
      { type: 'text', text: 'ab', citations: [{ url: 'https://example.test', start: 0, end: 2 }] },
      { type: 'media', media: { kind: 'image', source: { data: 'iVBO' } } },
      { type: 'text', text: 'hm' },
      { type: 'media', media: { kind: 'audio', source: { data: 'AAE=' } } },
      { finish: 'stop' },
    ]);
    expect(events.flatMap(event => (event.type === 'part-delta' ? (event.logprobs ?? []) : []))).toEqual([
      { token: 'ab', logprob: -1, bytes: null, top: [{ token: 'cd', logprob: -2, bytes: null }] },
    ]);
  });

  it.each([
    [{ error: { message: 'busy', type: 'overloaded', code: 529 } }, null, { message: 'busy', code: '529' }],
    [{ error: 'busy' }, null, { message: 'busy', code: null }],
    [{ error_code: 'INTERNAL_ERROR', message: 'busy' }, null, { message: 'busy', code: 'INTERNAL_ERROR' }],
    [{ object: 'error', message: 'busy', type: 'BadRequest' }, null, { message: 'busy', code: 'BadRequest' }],
    [{ detail: 'busy' }, 'error', { message: 'busy', code: null }],
    [{ ...delta({}, 'error'), error: { message: 'busy' } }, null, { message: 'busy', code: null }],
  ])('reports the failure %j, and nothing behind it', (data, name, error) => {
    const decoder = new ChatStreamDecoder();
    decoder.push(sse(delta({ content: 'a' })));

    expect(decoder.push(sse(data, name))).toEqual([{ type: 'error', ...error }]);
    expect(decoder.push(sse(STOP))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  it.each(['{bad json', '<html>', '[]', '7', '', '{"choices":[7]}', '{"choices":[{"delta":{"content":7}}]}'])(
    'refuses %s, which is no event of this dialect',
    data => {
      expect(() => new ChatStreamDecoder().push(sse(data))).toThrow(UnreadableAnswer);
    },
  );
});
