import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import { decodeGeminiRequest } from './decode-request.js';
import { GeminiStreamEncoder } from './encode-stream.js';

const { request } = decodeGeminiRequest({ model: 'asked', contents: [{ parts: [{ text: 'Hello.' }] }] });
const options = { model: 'asked', requestId: 'req_1', now: 5, streamUsage: true, request };
const start: NeutralEvent = { type: 'start', id: 'up_1', model: 'm', createdAt: null, usage: null, serviceTier: null };
const open = (part: number, opened: PartStart): NeutralEvent => ({
  type: 'part-start',
  choice: 0,
  part,
  start: opened,
});
const say = (part: number, text: string, more: object = {}): NeutralEvent => ({
  type: 'part-delta',
  choice: 0,
  part,
  text,
  ...more,
});
const close = (part: number): NeutralEvent => ({ type: 'part-end', choice: 0, part });
const finish = (reason: 'stop' | 'tool-calls' | 'length', choice = 0): NeutralEvent => ({
  type: 'finish',
  choice,
  reason,
  stopSequence: null,
});
const usage = (output: number): NeutralEvent => ({
  type: 'usage',
  usage: { input: 1, cacheRead: 0, cacheWrite: 0, output, reasoning: 0 },
});
const call = (part: number, id: string) => open(part, { type: 'tool-call', id, name: 'f' });

interface Chunk {
  readonly candidates: {
    readonly index: number;
    readonly content: { readonly parts: object[] };
    readonly finishReason?: string;
  }[];
  readonly usageMetadata?: object;
}

function write(...events: NeutralEvent[]) {
  const encoder = new GeminiStreamEncoder(options);
  const frames = [...events.map(event => encoder.push(event)), encoder.end()];
  const chunks = frames
    .filter(frame => frame !== '')
    .map(frame => {
      expect(frame).toMatch(/^data: \{.*\}\n\n$/);
      return JSON.parse(frame.slice(6)) as Chunk;
    });
  return { frames, chunks, parts: chunks.map(({ candidates }) => candidates[0]?.content.parts[0]) };
}

describe('GeminiStreamEncoder', () => {
  it('writes words as they come, and the reason to end with the usage last', () => {
    const { chunks, frames } = write(
      start,
      open(0, { type: 'text' }),
      say(0, 'a'),
      say(0, ''),
      say(0, 'b\nc'),
      close(0),
      finish('stop'),
      usage(1),
      usage(2),
    );
    const origin = { modelVersion: 'asked', responseId: 'up_1' };

    expect(chunks).toEqual([
      { candidates: [{ content: { parts: [{ text: 'a' }], role: 'model' }, index: 0 }], ...origin },
      { candidates: [{ content: { parts: [{ text: 'b\nc' }], role: 'model' }, index: 0 }], ...origin },
      {
        candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, index: 0, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 },
        ...origin,
      },
    ]);
    expect(frames.slice(5, -1).join('')).toBe('');
  });

  it('takes the usage of the start where no other came, and our own id where there is none', () => {
    const known = { input: 9, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };
    const { chunks } = write({ ...start, id: '', usage: known } as NeutralEvent, finish('stop'));

    expect(chunks).toMatchObject([{ usageMetadata: { promptTokenCount: 9 }, responseId: 'req_1' }]);
  });

  it('writes interleaved calls whole, each when it ends', () => {
    const { parts } = write(
      start,
      call(0, 'a'),
      say(0, '{"n":'),
      call(1, 'b'),
      say(1, '{"n":2}'),
      say(0, '1}'),
      close(1),
      close(0),
      call(2, 'c'),
      close(2),
      finish('tool-calls'),
    );

    expect(parts).toEqual([
      { functionCall: { id: 'b', name: 'f', args: { n: 2 } } },
      { functionCall: { id: 'a', name: 'f', args: { n: 1 } } },
      { functionCall: { id: 'c', name: 'f', args: {} } },
      { text: '' },
    ]);
  });

  it('writes signatures behind the words, and on their calls', () => {
    const signature = { origin: 'gemini', value: 'c2VhbA==' };
    const { parts } = write(
      start,
      open(0, { type: 'reasoning', redacted: false }),
      say(0, 'Hm.'),
      say(0, '', { signature: { origin: 'anthropic', value: 'x' } }),
      close(0),
      open(1, { type: 'reasoning', redacted: true }),
      say(1, '', { signature: { origin: 'anthropic', value: 'y' } }),
      close(1),
      call(2, 'a'),
      say(2, '{}', { signature }),
      close(2),
      open(3, { type: 'text' }),
      say(3, 'a', { signature }),
      close(3),
      finish('tool-calls'),
    );
    const base64 = (text: string) => Buffer.from(text).toString('base64');

    expect(parts.slice(0, -1)).toEqual([
      { text: 'Hm.', thought: true },
      { text: '', thought: true, thoughtSignature: base64('bough.anthropic.x') },
      { text: '', thought: true, thoughtSignature: base64('bough.redacted.anthropic.y') },
      { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 'c2VhbA==' },
      { text: 'a', thoughtSignature: 'c2VhbA==' },
    ]);
  });

  it.each([
    ['tool-calls', 'MALFORMED_FUNCTION_CALL'],
    ['length', 'MAX_TOKENS'],
  ] as const)('makes up no arguments for a broken call that ended for %s', (reason, finishReason) => {
    const { chunks } = write(start, call(0, 'a'), say(0, '{"n":'), close(0), finish(reason));

    expect(chunks).toMatchObject([{ candidates: [{ content: { parts: [{ text: '' }] }, finishReason }] }]);
  });

  it('shows a refusal, and that it is one', () => {
    const { chunks } = write(start, open(0, { type: 'refusal' }), say(0, 'No.'), close(0), finish('stop'));

    expect(chunks).toMatchObject([
      { candidates: [{ content: { parts: [{ text: 'No.' }] } }] },
      { candidates: [{ finishReason: 'SAFETY' }] },
    ]);
  });

  it('names the sources with the reason to end, and log probabilities with their words', () => {
    const citation = { title: null, url: 'https://a.example', text: null, start: 0, end: 1, wire: null };
    const logprob = { token: 'é', logprob: -1, bytes: [195, 169], top: [{ token: 'e', logprob: -2, bytes: null }] };
    const { chunks } = write(
      start,
      open(0, { type: 'text' }),
      say(0, 'é', { logprobs: [logprob] }),
      say(0, '', { citations: [citation] }),
      close(0),
      finish('stop'),
    );

    expect(chunks).toMatchObject([
      {
        candidates: [
          {
            logprobsResult: {
              chosenCandidates: [{ token: 'é', logProbability: -1 }],
              topCandidates: [{ candidates: [{ token: 'e', logProbability: -2 }] }],
            },
          },
        ],
      },
      {
        candidates: [
          {
            finishReason: 'STOP',
            groundingMetadata: {
              groundingChunks: [{ web: { uri: 'https://a.example' } }],
              groundingSupports: [{ segment: { startIndex: 0, endIndex: 2 }, groundingChunkIndices: [0] }],
            },
          },
        ],
      },
    ]);
  });

  it('writes media whole', () => {
    const media = {
      type: 'media',
      kind: 'image',
      source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' },
    } as const;

    expect(write(start, open(0, { type: 'media', media }), close(0), finish('stop')).parts).toEqual([
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
      { text: '' },
    ]);
  });

  it('ends all choices in one event, in their order', () => {
    const { chunks } = write(start, finish('length', 1), finish('stop', 0));

    expect(chunks).toMatchObject([
      {
        candidates: [
          { index: 0, finishReason: 'STOP' },
          { index: 1, finishReason: 'MAX_TOKENS' },
        ],
      },
    ]);
  });

  it('never ends an answer that was given no reason to end', () => {
    expect(write(start, open(0, { type: 'text' }), say(0, 'a'), close(0)).chunks).toHaveLength(1);
  });

  it('says nothing of an error, and nothing behind it', () => {
    const encoder = new GeminiStreamEncoder(options);

    expect(encoder.push({ type: 'error', message: 'x', code: null })).toBe('');
    expect(
      encoder.push(open(0, { type: 'text' })) +
        encoder.push(say(0, 'a')) +
        encoder.push(finish('stop')) +
        encoder.end(),
    ).toBe('');
  });

  it('ends once', () => {
    const encoder = new GeminiStreamEncoder(options);
    encoder.push(finish('stop'));

    expect(encoder.end()).not.toBe('');
    expect(encoder.end()).toBe('');
  });
});
