import type { TokenCounts } from '../token-counts.js';
import { ChatStreamTap } from './stream-tap.js';

const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** The most that a tap may hold back. */
const MAX_HELD_BYTES = 14;

const counts = (input: number, output: number, others: Partial<TokenCounts> = {}): TokenCounts => ({
  input,
  cacheRead: 0,
  cacheWrite: 0,
  output,
  reasoning: 0,
  ...others,
});

const chunk = (choices: object[], others: object = {}): string =>
  JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...others });

const delta = (content: unknown, finish: string | null = null): object => ({
  index: 0,
  delta: content === null ? {} : { content },
  logprobs: null,
  finish_reason: finish,
});

const frames = (...payloads: string[]): string => payloads.map(payload => `data: ${payload}\n\n`).join('');

const tricky = 'He said "usage":{"prompt_tokens":1} and\n\ndata: [DONE]\n\n"finish_reason":"stop" 😀 é';

const openai = frames(
  chunk([{ index: 0, delta: { role: 'assistant', content: '', refusal: null }, finish_reason: null }], { usage: null }),
  chunk([delta('Hello')], { usage: null, obfuscation: 'x7' }),
  chunk([delta(tricky)], { usage: null }),
  chunk([delta(null, 'stop')], { usage: null }),
  chunk([], {
    usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17, prompt_tokens_details: { cached_tokens: 8 } },
  }),
  '[DONE]',
);

const azure = frames(
  '{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}',
  chunk([delta('Hi')]),
  chunk([delta(null, 'length')]),
  '[DONE]',
);

const databricks = frames(
  chunk([delta('One')], { usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 } }),
  chunk([delta(' two')], { usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } }),
  chunk([delta('', 'stop')], {
    usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12, cache_read_input_tokens: 4 },
  }),
  '[DONE]',
);

const part = [{ type: 'text', text: 'Größe 😀', thoughtSignature: 'QUJD/+==' }];
const gemini = frames(
  chunk([delta(part)], { id: null }),
  chunk([delta(part, 'stop')], {
    id: null,
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 107, reasoning_tokens: 100 },
  }),
  '[DONE]',
);

const middle = frames(
  chunk([delta('a')], { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
  chunk([delta('b')], { usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
  chunk([delta('c')], { usage: { prompt_tokens: 1, completion_tokens: -7, total_tokens: 3 } }),
  chunk([delta('d', 'stop')], { usage: null }),
  '[DONE]',
);

const zero = frames(
  chunk([delta(null, 'stop')], { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }),
  '[DONE]',
);

const commented =
  ': ping\n\nretry: 100\nid: 7\nevent: message\ndata:' +
  `${chunk([delta('no space')])}\n\n:\n\n: OPENROUTER PROCESSING\n\n` +
  `data: ${chunk([delta(null, 'tool_calls')])}\n: inside an event\n\ndata:[DONE]\n\n: bye\n\n`;

const pretty = JSON.stringify(
  JSON.parse(chunk([delta('x', 'stop')], { usage: { prompt_tokens: 2, completion_tokens: 1 } })),
  null,
  1,
);
const multiLine = `${pretty.replaceAll(/^/gm, 'data: ')}\n\ndata: [DONE]\n\n`;

interface Recorded {
  readonly stream: string;
  readonly usage: TokenCounts | null;
}

const streams: Record<string, Recorded> = {
  OpenAI: { stream: openai, usage: counts(4, 5, { cacheRead: 8 }) },
  'Azure, empty choices first': { stream: azure, usage: null },
  'Databricks, usage in every event': { stream: databricks, usage: counts(5, 3, { cacheRead: 4 }) },
  'Gemini, array content': { stream: gemini, usage: counts(3, 104, { reasoning: 100 }) },
  'usage in the middle': { stream: middle, usage: counts(1, 2) },
  'usage of zero': { stream: zero, usage: counts(0, 0) },
  CRLF: { stream: openai.replaceAll('\n', '\r\n'), usage: counts(4, 5, { cacheRead: 8 }) },
  CR: { stream: databricks.replaceAll('\n', '\r'), usage: counts(5, 3, { cacheRead: 4 }) },
  'byte order mark': { stream: `\ufeff${azure}`, usage: null },
  'comments and other fields': { stream: commented, usage: null },
  'comments, CRLF': { stream: commented.replaceAll('\n', '\r\n'), usage: null },
  'multi-line data': { stream: multiLine, usage: counts(2, 1) },
  'no blank line behind [DONE]': { stream: databricks.slice(0, -1), usage: counts(5, 3, { cacheRead: 4 }) },
  'no line end behind [DONE]': { stream: databricks.slice(0, -2), usage: counts(5, 3, { cacheRead: 4 }) },
  'space and more behind [DONE]': {
    stream: databricks.replace('[DONE]', '[DONE] \t'),
    usage: counts(5, 3, { cacheRead: 4 }),
  },
};

interface Run {
  readonly forwarded: Buffer;
  readonly complete: boolean;
  readonly state: object;
  /** the most bytes that were held back after any chunk */
  readonly held: number;
}

function run(chunks: Iterable<Buffer>): Run {
  const tap = new ChatStreamTap({ maxLineBytes: MAX_LINE_BYTES });
  const forwarded: Buffer[] = [];
  let [came, went, held] = [0, 0, 0];
  for (const bytes of chunks) {
    const now = Buffer.from(tap.push(bytes));
    bytes.fill(0x7a); // a chunk's memory may be used again
    came += bytes.length;
    went += now.length;
    held = Math.max(held, came - went);
    forwarded.push(now);
  }
  const { complete, tail } = tap.end();
  const { usage, finished, done, failed, malformed, events, atLineStart, atEventBoundary } = tap;
  const text = tap.streamedText();
  const state = { usage, finished, done, failed, malformed, events, atLineStart, atEventBoundary, text };
  return { forwarded: Buffer.concat([...forwarded, tail]), complete, state, held };
}

const cutAt = (whole: Buffer, at: number): Buffer[] => [
  Buffer.from(whole.subarray(0, at)),
  Buffer.from(whole.subarray(at)),
];
const inPieces = (whole: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
    Buffer.from(whole.subarray(index * size, (index + 1) * size)),
  );

describe.each(Object.entries(streams))('a stream as recorded: %s', (_, { stream, usage }) => {
  const whole = Buffer.from(stream);
  const unsplit = run([Buffer.from(whole)]);

  it('is forwarded byte for byte, complete, with its usage', () => {
    expect(unsplit.forwarded.equals(whole)).toBe(true);
    expect(unsplit).toMatchObject({
      complete: true,
      state: { usage, finished: true, done: true, failed: false, malformed: false },
    });
  });

  it('is forwarded and understood alike when cut at any byte', () => {
    const differing: number[] = [];
    for (let at = 0; at <= whole.length; at++) {
      const split = run(cutAt(whole, at));
      const same = JSON.stringify(split.state) === JSON.stringify(unsplit.state);
      if (!same || !split.complete || !split.forwarded.equals(whole) || split.held > MAX_HELD_BYTES) differing.push(at);
    }

    expect(differing).toEqual([]);
  });

  it.each([1, 2, 3, 7, 20, 33, 64, 150, 190])('is forwarded and understood alike in chunks of %i bytes', size => {
    const split = run(inPieces(whole, size));

    expect(split.state).toEqual(unsplit.state);
    expect(split.forwarded.equals(whole)).toBe(true);
    expect(split.held).toBeLessThanOrEqual(MAX_HELD_BYTES);
  });

  it('is never complete when it breaks off before [DONE], and never shows a part of it', () => {
    const end = /data: ?\[DONE\]/g;
    const done = [...stream.matchAll(end)].at(-1);
    const doneAt = Buffer.byteLength(stream.slice(0, done?.index));
    const wrong: number[] = [];
    for (let length = 0; length < doneAt + (done?.[0].length ?? 0); length++) {
      const split = run(inPieces(whole.subarray(0, length), 50));
      const expected = whole.subarray(0, Math.min(length, doneAt));
      const loss = expected.length - split.forwarded.length; // a held `data:` may be lost with a stream that is broken
      const prefix = expected.subarray(0, split.forwarded.length).equals(split.forwarded);
      if (split.complete || !prefix || loss > MAX_HELD_BYTES || JSON.stringify(split.state).includes('"done":true')) {
        wrong.push(length);
      }
    }

    expect(doneAt).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  it('is not complete, and does not show [DONE], when no choice had a finish_reason', () => {
    const unfinished = Buffer.from(stream.replaceAll(/"finish_reason":\s*"[a-z_]+"/g, '"finish_reason":null'));
    const expected = unfinished.subarray(
      0,
      unfinished.lastIndexOf(/data:\[/.test(stream) ? 'data:[DONE]' : 'data: [DONE]'),
    );

    for (const size of [1, 5, unfinished.length]) {
      const split = run(inPieces(unfinished, size));

      expect(split).toMatchObject({ complete: false, state: { done: false, finished: false, atEventBoundary: true } });
      expect(split.forwarded.equals(expected)).toBe(true);
    }
  });
});
