import type { CatalogModel } from '../../catalog/catalog.types.js';
import { readPriceList } from '../../catalog/price-list.js';
import type { Dialect } from '../../dialects/dialect.js';
import type { ScannedRequest } from '../../dialects/scanned-request.js';
import { Moved } from '../../platform/workers/moved.js';
import { estimateRequest } from '../estimate.js';
import { lossesOf, typesIn, withoutRejected } from '../parameter-policy.js';
import { mentionsTools } from '../priced-options.js';
import { DESCRIPTORS } from '../../dialects/descriptors.js';
import { type ReadResult, type ReadTask, run } from './read-request.task.js';

const MODEL = {
  ...{ maxOutputTokens: 64_000, maxInputTokens: null, contextLength: null },
  prices: readPriceList({
    ...{ input: 1, output: 10, cache_write: 1.25, output_audio: 80 },
    modifiers: [
      { field: 'service_tier', value: 'priority', multiplier: 3 },
      { field: 'speed', value: 'fast', multiplier: 6 },
    ],
  }),
} as CatalogModel;
const USER = '"messages":[{"role":"user","content":"hi"}]';

const inThread = (dialect: Dialect, text: string, rejected: ReadTask['rejected'] = []) => {
  const body = new Uint8Array(Buffer.from(text));
  const result = run({ dialect, body, path: null, rejected });
  const read = (result instanceof Moved ? result.value : result) as ReadResult;
  if (!read.ok) throw new Error(read.publicMessage);
  return read;
};
const most = (wire: ScannedRequest) => {
  const estimate = estimateRequest(wire, MODEL, { tokens: 9, learned: false }).most();
  return [estimate.tokens, estimate.costNanoUsd, estimate.outputThatFits('tokens_per_minute', 2_000)];
};

describe('what a thread tells of a large body', () => {
  it.each<[Dialect, string]>([
    ['chat_completions', `{"model":"m",${USER}}`],
    ['chat_completions', `{"model":"m",${USER},"modalities":["text","audio"],"service_tier":"priority"}`],
    ['chat_completions', `{"model":"m",${USER},"tools":[{"type":"function","function":{"name":"f"}}]}`],
    ['chat_completions', `{"model":"m",${USER},"tools":[{"type":"web_search"}]}`],
    ['chat_completions', `{"model":"m",${USER},"tools":[{"type":"web\\u005fsearch"}]}`],
    ['chat_completions', `{"model":"m",${USER},"response_format":{"json_schema":{"type":"x"},"type":"json_schema"}}`],
    ['chat_completions', '{"model":"m","messages":[{"role":"user","content":"\\u0022audio"}]}'],
    ['anthropic_messages', `{"model":"m","max_tokens":9,${USER},"thinking":{"type":"enabled","budget_tokens":5}}`],
    ['anthropic_messages', `{"model":"m","max_tokens":9,${USER},"speed":"fast"}`],
    ['openai_responses', '{"model":"m","input":"hi","tools":[{"type":"code_interpreter"}],"service_tier":"flex"}'],
    ['embeddings', '{"model":"m","input":[1,2,3]}'],
  ])('is what a look at the body finds, and needs no look at it: %s %s', (dialect, text) => {
    const looked = DESCRIPTORS[dialect].readRequest(Buffer.from(text), null);
    const { wire } = inThread(dialect, text);
    const blank = { ...wire, body: Buffer.alloc(text.length) };
    expect(typesIn(blank)).toEqual(typesIn(looked));
    expect(mentionsTools(blank, dialect)).toBe(mentionsTools(looked, dialect));
    expect(most(blank)).toEqual(most(looked));
  });

  it('knows the words that make a reservation larger', () => {
    const text = (more: string) => `{"model":"m",${USER}${more}}`;
    const costs = ['', ',"audio":{}', ',"service_tier":"x"'].map(more => {
      const { wire } = inThread('chat_completions', text(more));
      return most({ ...wire, body: Buffer.alloc(40) })[1] as bigint;
    });
    const [plain = 0n, spoken = 0n, served = 0n] = costs;
    expect([spoken > plain, served > plain]).toEqual([true, true]);
  });

  it('is told of the body without what a model rejects, which is what comes back', () => {
    const text = `{"model":"m",${USER},"temperature":1,"max_tokens":99999}`;
    const rejected = [
      { field: 'temperature', message: 'no' },
      { field: 'max_tokens', message: 'too many', cap: 100 },
    ];
    const { wire, body } = inThread('chat_completions', text, rejected);
    const inline = withoutRejected(Buffer.from(text), rejected, DESCRIPTORS.chat_completions);
    expect(Buffer.from(body).toString()).toBe(inline.toString());
    expect(JSON.parse(inline.toString())).not.toHaveProperty('temperature');
    expect(wire.maxOutputTokens).toBe(100);
    expect(lossesOf(rejected)).toEqual([
      { field: 'temperature', reason: 'no' },
      { field: 'max_tokens', reason: 'too many' },
    ]);
  });
});
