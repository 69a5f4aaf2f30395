import type { JsonObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import type { NeutralChoice } from '../neutral/neutral.types.js';
import { decodeChatResponse } from './decode-response.js';

const text = (words: string) => ({ type: 'text' as const, text: words });

const decodeMessage = (message: object, choice: object = {}): NeutralChoice => {
  const choices = [{ index: 0, message, finish_reason: 'stop', ...choice }];
  return decodeChatResponse({ id: 'a', model: 'm', choices } as unknown as JsonObject).choices[0] as NeutralChoice;
};

describe('decodeChatResponse', () => {
  it('reads an answer of OpenAI', () => {
    expect(
      decodeChatResponse({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 5,
        model: 'gpt-x-2026',
        service_tier: 'default',
        system_fingerprint: 'fp',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'hi', refusal: null, annotations: [] },
            logprobs: { content: [{ token: 'hi', logprob: -0.5, bytes: [104, 105], top_logprobs: [] }], refusal: null },
            finish_reason: 'length',
          },
        ],
        usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
      }),
    ).toEqual({
      id: 'chatcmpl-1',
      model: 'gpt-x-2026',
      createdAt: 5,
      serviceTier: 'default',
      usage: { input: 3, cacheRead: 0, cacheWrite: 0, output: 1, reasoning: 0 },
      choices: [
        {
          index: 0,
          parts: [text('hi')],
          finish: 'length',
          stopSequence: null,
          logprobs: [{ token: 'hi', logprob: -0.5, bytes: [104, 105], top: [] }],
        },
      ],
    });
  });

  it('reads what servers answer that write every field: a call of nothing is none', () => {
    const nothing = { refusal: '', tool_calls: null, annotations: null, audio: { data: '', transcript: '' } };
    const message = { role: 'assistant', content: 'hi', function_call: { name: '', arguments: '' }, ...nothing };

    expect(decodeMessage(message, { finish_reason: '' })).toMatchObject({ parts: [text('hi')], finish: 'stop' });
    expect(() => decodeMessage({ function_call: { name: '', arguments: '{"a":1}' } })).toThrow(UnreadableAnswer);
  });

  it('reads what Gemini answers through Databricks: no id, and signed text in an array', () => {
    const answer = decodeChatResponse({
      id: null,
      model: 'gemini-x',
      created: null,
      choices: [
        {
          message: { role: 'assistant', content: [{ type: 'text', text: 'hi', thoughtSignature: 'c2VhbA==' }] },
          finish_reason: 'stop',
        },
      ],
    });

    expect(answer).toMatchObject({ id: '', createdAt: null });
    expect(answer.choices[0]?.parts).toEqual([{ ...text('hi'), signature: { origin: 'gemini', value: 'c2VhbA==' } }]);
  });

  it('reads what Claude answers through Databricks: the thought and the words in one array', () => {
    const summary = [{ type: 'summary_text', text: 'hm', signature: 'c2ln' }];

    expect(decodeMessage({ content: [{ type: 'reasoning', summary }, text('hi')] }).parts).toEqual([
      { type: 'reasoning', text: 'hm', opaque: { origin: 'other', value: 'c2ln' }, redacted: false },
      text('hi'),
    ]);
  });

  it.each([
    ['stop', {}, 'stop'],
    ['STOP', {}, 'stop'],
    ['length', {}, 'length'],
    ['content_filter', {}, 'content-filter'],
    ['eos_token', {}, 'stop'],
    ['abort', {}, 'error'],
    [null, {}, 'stop'],
    ['tool_calls', { tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}' } }] }, 'tool-calls'],
    ['stop', { tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}' } }] }, 'tool-calls'],
    ['function_call', { function_call: { name: 'f', arguments: '{}' } }, 'tool-calls'],
    ['stop', { content: null, refusal: 'no' }, 'refusal'],
  ])('reads the finish_reason %j of %j as %s', (reason, message, finish) => {
    expect(decodeMessage({ content: 'x', ...message }, { finish_reason: reason }).finish).toBe(finish);
  });

  it('gives calls without ids one that differs from call to call and from answer to answer', () => {
    const call = { function: { name: 'f', arguments: { a: 1 } } };
    const idsAt = (created: number): string[] =>
      decodeChatResponse({
        created,
        choices: [{ message: { tool_calls: [call, { ...call, id: '' }] } }],
      }).choices.flatMap(({ parts }) => parts.flatMap(part => (part.type === 'tool-call' ? part.id : [])));

    expect(new Set([...idsAt(1), ...idsAt(2)]).size).toBe(4);
    expect(idsAt(1)).toEqual(idsAt(1));
  });

  it('takes arguments that came as an object', () => {
    const call = { id: 'c', function: { name: 'f', arguments: { a: [1] } } };

    expect(decodeMessage({ content: '', tool_calls: [call] }).parts).toEqual([
      { type: 'tool-call', id: 'c', name: 'f', arguments: '{"a":[1]}' },
    ]);
  });

  it('gives citations to the text that they stand in', () => {
    const annotation = (start: number, end: number) => ({
      type: 'url_citation',
      url_citation: { start_index: start, end_index: end, url: 'https://example.test', title: 'T' },
    });
    const { parts } = decodeMessage({
      content: [text('abcd'), text('efgh')],
      annotations: [annotation(1, 3), annotation(5, 8), { type: 'file_citation' }],
    });

    expect(parts).toMatchObject([
      { text: 'abcd', citations: [{ url: 'https://example.test', title: 'T', start: 1, end: 3 }] },
      { text: 'efgh', citations: [{ start: 1, end: 4 }] },
    ]);
  });

  it('reads choices in the order of their indices', () => {
    const choices = [1, 0].map(index => ({ index, message: { content: `${index}` }, finish_reason: 'stop' }));

    expect(decodeChatResponse({ choices }).choices).toMatchObject([
      { index: 0, parts: [text('0')] },
      { index: 1, parts: [text('1')] },
    ]);
  });

  it('reads a token that is impossible as a number that JSON knows', () => {
    const logprobs = { content: [{ token: 'a', logprob: Number.NEGATIVE_INFINITY }] };

    expect(decodeMessage({ content: 'a' }, { logprobs }).logprobs).toEqual([
      { token: 'a', logprob: -9999, bytes: null, top: [] },
    ]);
  });

  it('reads sound with its words, and images', () => {
    expect(decodeMessage({ content: null, audio: { id: 'a', data: 'UklG', transcript: 'hello' } }).parts).toEqual([
      text('hello'),
      { type: 'media', kind: 'audio', source: { type: 'base64', mediaType: 'audio/wav', data: 'UklG' } },
    ]);
    expect(
      decodeMessage({ content: '', images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } }] })
        .parts,
    ).toEqual([{ type: 'media', kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'iVBO' } }]);
  });

  it.each([
    [{}],
    [{ choices: [] }],
    [{ choices: [{}] }],
    [{ choices: [{ message: { content: 7 } }] }],
    [{ choices: [{ message: { tool_calls: [{ id: 'c', function: { arguments: '{}' } }] } }] }],
    [{ error: { message: 'secret words' } }],
    [{ error_code: 'BAD_REQUEST', message: 'secret words' }],
  ])('refuses %j, which is no answer', wire => {
    expect(() => decodeChatResponse(wire as unknown as JsonObject)).toThrow(UnreadableAnswer);
    expect(() => decodeChatResponse(wire as unknown as JsonObject)).not.toThrow(/secret/);
  });
});
