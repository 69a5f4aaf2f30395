import type { JsonObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import { decodeGeminiResponse } from './decode-response.js';

const decode = (wire: object) => decodeGeminiResponse(wire as JsonObject);
const candidate = (text: string, more: object = {}) => ({
  content: { role: 'model', parts: [{ text }] },
  finishReason: 'STOP',
  ...more,
});

describe('decodeGeminiResponse', () => {
  it('reads a whole answer', () => {
    const wire = {
      candidates: [
        {
          content: {
            role: 'model',
            parts: [
              { text: 'Hm.', thought: true },
              { text: 'One moment.' },
              { functionCall: { id: 'c', name: 'f', args: { a: 'é' } }, thoughtSignature: 'c2VhbA==' },
            ],
          },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4, thoughtsTokenCount: 2, totalTokenCount: 9 },
      modelVersion: 'gemini-3-pro',
      responseId: 'r',
      createTime: '2026-05-04T10:20:30Z',
    };
    const before = structuredClone(wire);

    expect(decode(wire)).toEqual({
      id: 'r',
      model: 'gemini-3-pro',
      createdAt: 1_777_890_030,
      choices: [
        {
          index: 0,
          parts: [
            { type: 'reasoning', text: 'Hm.', opaque: null, redacted: false },
            { type: 'text', text: 'One moment.' },
            {
              type: 'tool-call',
              id: 'c',
              name: 'f',
              arguments: '{"a":"é"}',
              signature: { origin: 'gemini', value: 'c2VhbA==' },
            },
          ],
          finish: 'tool-calls',
          stopSequence: null,
          logprobs: null,
        },
      ],
      usage: { input: 3, cacheRead: 0, cacheWrite: 0, output: 6, reasoning: 2 },
      serviceTier: null,
    });
    expect(wire).toEqual(before);
  });

  it('numbers the choices densely and in order', () => {
    const { choices } = decode({
      candidates: [candidate('c', { index: 5 }), candidate('a', { index: 0 }), candidate('b', { index: 2 })],
    });

    expect(choices.map(({ index, parts }) => [index, parts])).toEqual([
      [0, [{ type: 'text', text: 'a' }]],
      [1, [{ type: 'text', text: 'b' }]],
      [2, [{ type: 'text', text: 'c' }]],
    ]);
  });

  it('counts a place for each candidate that names none', () => {
    expect(decode({ candidates: [candidate('a'), candidate('b')] }).choices).toHaveLength(2);
  });

  it.each([
    ['a blocked prompt', { promptFeedback: { blockReason: 'OTHER' } }, 'content-filter'],
    ['a candidate without content', { candidates: [{ finishReason: 'SAFETY' }] }, 'content-filter'],
    ['a candidate without anything', { candidates: [{}] }, 'stop'],
    ['content without parts', { candidates: [{ content: { role: 'model' }, finishReason: 'MAX_TOKENS' }] }, 'length'],
  ])('reads %s as one empty choice', (_, wire, finish) => {
    expect(decode(wire).choices).toEqual([{ index: 0, parts: [], finish, stopSequence: null, logprobs: null }]);
  });

  it.each([
    ['an error', { error: { code: 500, message: 'x' } }],
    ['no candidate', { candidates: [] }],
    ['another dialect', { choices: [{ message: { content: 'a' } }] }],
    ['a list', [{ candidates: [] }]],
  ])('cannot read %s', (_, wire) => {
    expect(() => decode(wire)).toThrow(UnreadableAnswer);
  });

  it('reads sources and log probabilities', () => {
    const { choices } = decode({
      candidates: [
        candidate('Hello.', {
          citationMetadata: { citations: [{ startIndex: 0, endIndex: 5, uri: 'https://a.example', title: 't' }] },
          groundingMetadata: { groundingChunks: [{ retrievedContext: { title: 'doc', text: 'words' } }] },
          logprobsResult: {
            chosenCandidates: [{ token: 'Hello.', logProbability: -0.5 }],
            topCandidates: [{ candidates: [{ token: 'Hi.', logProbability: -2 }] }],
          },
        }),
      ],
    });

    expect(choices[0]).toMatchObject({
      parts: [
        {
          citations: [
            { title: 't', url: 'https://a.example', text: null, start: 0, end: 5, wire: null },
            { title: 'doc', url: null, text: 'words', start: null, end: null, wire: null },
          ],
        },
      ],
      logprobs: [{ token: 'Hello.', logprob: -0.5, bytes: null, top: [{ token: 'Hi.', logprob: -2, bytes: null }] }],
    });
  });
});
