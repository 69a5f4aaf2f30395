import type { JsonObject } from '../../json/value.js';
import type { AssistantPart, NeutralChoice, NeutralResponse } from '../neutral/neutral.types.js';
import { decodeGeminiRequest } from './decode-request.js';
import { encodeGeminiResponse } from './encode-response.js';

const { request } = decodeGeminiRequest({ model: 'asked', contents: [{ parts: [{ text: 'Hello.' }] }] });
const options = { model: 'asked', requestId: 'req_1', now: 5, streamUsage: true, request };
const text: AssistantPart = { type: 'text', text: 'Hello.' };
const call = (args: string): AssistantPart => ({ type: 'tool-call', id: 'c', name: 'f', arguments: args });
const choice = (parts: readonly AssistantPart[], more: Partial<NeutralChoice> = {}): NeutralChoice => ({
  index: 0,
  parts,
  finish: 'stop',
  stopSequence: null,
  logprobs: null,
  ...more,
});
const answer = (choices: readonly NeutralChoice[], more: Partial<NeutralResponse> = {}): NeutralResponse => ({
  id: 'up_1',
  model: 'upstream-name',
  createdAt: null,
  choices,
  usage: null,
  serviceTier: null,
  ...more,
});
const encodeChoice = (parts: readonly AssistantPart[], more: Partial<NeutralChoice> = {}) => {
  const { wire, losses } = encodeGeminiResponse(answer([choice(parts, more)]), options);
  const [candidate] = wire['candidates'] as {
    readonly content: { readonly parts: JsonObject[] };
    readonly [key: string]: unknown;
  }[];
  return {
    parts: candidate?.content.parts,
    finishReason: candidate?.['finishReason'],
    candidate,
    lost: losses.map(({ field }) => field),
  };
};

describe('encodeGeminiResponse', () => {
  it('writes a whole answer under the name that the caller asked for', () => {
    const usage = { input: 3, cacheRead: 0, cacheWrite: 0, output: 6, reasoning: 2 };

    const response = answer([choice([text])], { usage, createdAt: 1_777_890_030, serviceTier: 'default' });

    expect(encodeGeminiResponse(response, options)).toEqual({
      losses: [],
      wire: {
        candidates: [{ content: { parts: [{ text: 'Hello.' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
        usageMetadata: {
          promptTokenCount: 3,
          candidatesTokenCount: 4,
          thoughtsTokenCount: 2,
          totalTokenCount: 9,
          serviceTier: 'standard',
        },
        modelVersion: 'asked',
        createTime: '2026-05-04T10:20:30.000Z',
        responseId: 'up_1',
      },
    });
  });

  it('takes our own id where the upstream gave none, and no time that is no date', () => {
    expect(encodeGeminiResponse(answer([choice([text])], { id: '', createdAt: 1e15 }), options).wire).toEqual({
      candidates: [expect.anything()],
      modelVersion: 'asked',
      responseId: 'req_1',
    });
  });

  it('writes thoughts and calls with their signatures, foreign ones as base64', () => {
    const opaque = { origin: 'anthropic', value: 'sig+/=' } as const;
    const { parts } = encodeChoice(
      [
        { type: 'reasoning', text: 'Hm.', opaque, redacted: false },
        { type: 'reasoning', text: '', opaque, redacted: true },
        { type: 'reasoning', text: 'So.', opaque: null, redacted: false },
        {
          type: 'tool-call',
          id: 'c',
          name: 'f',
          arguments: '{"a":1}',
          signature: { origin: 'gemini', value: 'c2VhbA==' },
        },
      ],
      { finish: 'tool-calls' },
    );

    expect(parts).toEqual([
      { text: 'Hm.', thought: true, thoughtSignature: Buffer.from('bough.anthropic.sig+/=').toString('base64') },
      { text: '', thought: true, thoughtSignature: Buffer.from('bough.redacted.anthropic.sig+/=').toString('base64') },
      { text: 'So.', thought: true },
      { functionCall: { id: 'c', name: 'f', args: { a: 1 } }, thoughtSignature: 'c2VhbA==' },
    ]);
  });

  it.each([
    ['stop', 'STOP'],
    ['stop-sequence', 'STOP'],
    ['tool-calls', 'STOP'],
    ['length', 'MAX_TOKENS'],
    ['content-filter', 'SAFETY'],
    ['refusal', 'SAFETY'],
    ['pause', 'OTHER'],
    ['error', 'MALFORMED_RESPONSE'],
  ] as const)('ends for %s with %s', (finish, wire) => {
    expect(encodeChoice([text], { finish }).finishReason).toBe(wire);
  });

  it('shows the words of a refusal, and that it is one', () => {
    expect(encodeChoice([{ type: 'refusal', text: 'I will not.' }])).toMatchObject({
      parts: [{ text: 'I will not.' }],
      finishReason: 'SAFETY',
    });
  });

  it.each([
    ['{"a":', 'tool-calls', 'MALFORMED_FUNCTION_CALL'],
    ['[1]', 'stop', 'MALFORMED_FUNCTION_CALL'],
    ['{"a":1e999}', 'tool-calls', 'MALFORMED_FUNCTION_CALL'],
    ['{"a":', 'length', 'MAX_TOKENS'],
  ] as const)('makes up no arguments for a call with %s', (args, finish, finishReason) => {
    expect(encodeChoice([text, call(args)], { finish })).toMatchObject({
      parts: [{ text: 'Hello.' }],
      finishReason,
      lost: ['candidates[0].content'],
    });
  });

  it('writes a call without arguments as one with none', () => {
    expect(encodeChoice([call('')]).parts).toEqual([{ functionCall: { id: 'c', name: 'f', args: {} } }]);
  });

  it('leaves out parts without words, and what only another vendor can show', () => {
    const file: AssistantPart = { type: 'media', kind: 'image', source: { type: 'file', origin: 'openai', id: 'f' } };

    expect(
      encodeChoice([{ type: 'text', text: '' }, { type: 'reasoning', text: '', opaque: null, redacted: false }, file]),
    ).toMatchObject({
      parts: [],
      finishReason: 'STOP',
      lost: ['candidates[0].content'],
    });
  });

  it('writes several choices', () => {
    const { wire } = encodeGeminiResponse(
      answer([choice([text]), choice([], { index: 1, finish: 'length' })]),
      options,
    );

    expect(wire['candidates']).toMatchObject([{ index: 0 }, { index: 1, finishReason: 'MAX_TOKENS' }]);
  });

  it('counts in bytes what the neutral form counts in UTF-16 units, and names a source once', () => {
    const cited = (url: string | null, start: number | null, end: number | null) => ({
      title: 't',
      url,
      text: 'q',
      start,
      end,
      wire: null,
    });
    const citations = [cited('https://a.example', 1, 3), cited('https://a.example', 0, 1), cited(null, null, null)];
    const { candidate } = encodeChoice([{ type: 'text', text: 'é😀', citations }]);

    expect(candidate?.['groundingMetadata']).toEqual({
      groundingChunks: [
        { web: { uri: 'https://a.example', title: 't' } },
        { retrievedContext: { title: 't', text: 'q' } },
      ],
      groundingSupports: [
        { segment: { startIndex: 2, endIndex: 6, text: 'q' }, groundingChunkIndices: [0] },
        { segment: { startIndex: 0, endIndex: 2, text: 'q' }, groundingChunkIndices: [0] },
        { segment: { text: 'q' }, groundingChunkIndices: [1] },
      ],
    });
  });

  it('writes log probabilities', () => {
    const logprobs = [{ token: 'Hello.', logprob: -1, bytes: null, top: [] }];

    expect(encodeChoice([text], { logprobs }).candidate?.['logprobsResult']).toEqual({
      chosenCandidates: [{ token: 'Hello.', logProbability: -1 }],
      topCandidates: [{ candidates: [] }],
    });
  });

  it('names a stop string that Gemini cannot name', () => {
    expect(encodeChoice([text], { finish: 'stop-sequence', stopSequence: 'END' }).lost).toEqual([
      'candidates[0].finishReason',
    ]);
  });
});
