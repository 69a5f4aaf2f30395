/** What is charged for a stream that is cut anywhere: streams made by chance, in every dialect, native and translated. */
import type { CatalogModel } from '../../src/catalog/catalog.types.js';
import type { EncodeResponseOptions } from '../../src/dialects/neutral/codec.js';
import type { NeutralEvent } from '../../src/dialects/neutral/neutral-event.js';
import type { ChatDialect, NeutralResponse } from '../../src/dialects/neutral/neutral.types.js';
import type { StreamTap } from '../../src/dialects/stream-tap.js';
import { type TokenCounts, totalTokensOf } from '../../src/dialects/token-counts.js';
import { TranslatingTap } from '../../src/dialects/translating-tap.js';
import { chargeOf } from '../../src/inference/charge.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import { estimateTokens } from '../../src/metering/tokenizer.js';
import { SseParser } from '../../src/sse/frames.js';
import { answer, eventsOf } from '../support/answer-generator.js';
import { Chance } from '../support/chance.js';

const RUNS = 40;
const DIALECTS: readonly ChatDialect[] = [
  'chat_completions',
  'anthropic_messages',
  'openai_responses',
  'gemini_generate_content',
];
const PAIRS = DIALECTS.flatMap(spoken => DIALECTS.map(caller => [spoken, caller] as const));
const RESERVED = { inputTokens: 77, outputTokens: 4_096 };
/** As decision 17 states the error of the estimate, in output tokens, where the same words are counted. */
const ERROR = { tokens: 8, share: 0.15 };

function codecOf(dialect: ChatDialect) {
  const { codec } = DESCRIPTORS[dialect];
  if (codec === null) throw new Error(`${dialect} has no codec`);
  return codec;
}

const { request } = codecOf('chat_completions').decodeRequest({
  model: 'some-model',
  messages: [{ role: 'user', content: 'hi' }],
});
const OPTIONS: EncodeResponseOptions = { model: 'some-model', requestId: 'req-1', now: 5, streamUsage: true, request };

function tapOf(spoken: ChatDialect, caller: ChatDialect): StreamTap {
  const native = DESCRIPTORS[spoken].createTap();
  if (spoken === caller) return native;
  return new TranslatingTap({
    native,
    decoder: codecOf(spoken).createStreamDecoder(),
    encoder: codecOf(caller).createStreamEncoder(OPTIONS),
    maxLineBytes: 1_000_000,
    encodeError: () => Buffer.alloc(0),
  });
}

/** The provider's stream, event by event. Where its dialect counts at the beginning, it does so with a placeholder. */
function wireEvents(chance: Chance, made: NeutralResponse, spoken: ChatDialect): string[] {
  const encoder = codecOf(spoken).createStreamEncoder(OPTIONS);
  const usage = made.usage === null ? null : { ...made.usage, output: 1, reasoning: 0 };
  const events = eventsOf(chance, made).map(event => (event.type === 'start' ? { ...event, usage } : event));
  const text = [...events.map(event => encoder.push(event)), encoder.end()].join('');
  const wire = text.split(/(?<=\n\n)/);
  if (spoken === 'chat_completions' && chance.maybe()) return wire.map(countedAlong);
  // Some servers say a text, or the arguments of a call, only when it is done.
  if (spoken === 'openai_responses' && chance.maybe()) return wire.filter(event => !event.includes('.delta"'));
  return wire;
}

/** Some servers tell with every event what they counted so far. */
function countedAlong(event: string, index: number): string {
  if (!event.startsWith('data: {') || !event.includes('"delta"')) return event;
  const body = JSON.parse(event.slice('data: '.length)) as object;
  return `data: ${JSON.stringify({ ...body, usage: { prompt_tokens: 5, completion_tokens: Math.min(index, 3) } })}\n\n`;
}

/** What these events generated, read by the decoder of their dialect, which knows nothing of estimates. */
function generated(spoken: ChatDialect, wire: readonly string[]): string {
  const parser = new SseParser();
  const decoder = codecOf(spoken).createStreamDecoder();
  const events: NeutralEvent[] = parser.push(Buffer.from(wire.join(''))).flatMap(event => [...decoder.push(event)]);
  return events
    .map(event => {
      if (event.type === 'part-delta') return event.text;
      return event.type === 'part-start' && event.start.type === 'tool-call' ? (event.start.name ?? '') : '';
    })
    .join('');
}

function charged(tap: StreamTap, spoken: ChatDialect, reasoning: boolean) {
  const model = { contextLength: null, maxInputTokens: null, maxOutputTokens: null, capabilities: { reasoning } };
  const work = {
    model: model as unknown as CatalogModel,
    ...{ dialect: spoken, stream: true, choices: 1, reserved: RESERVED },
  };
  const known = {
    usage: tap.usage,
    usageFinal: tap.usageFinal,
    whole: false,
    silentMs: 0,
    answerText: () => tap.streamedText(),
  };
  return chargeOf(work, known);
}

const sameTotal = (one: TokenCounts, other: TokenCounts) => totalTokensOf(one) === totalTokensOf(other);

describe.each(PAIRS)('a stream of %s that is relayed as %s and cut behind any event', (spoken, caller) => {
  it('costs no less than what was streamed, no more than that and the stated error, and says when it is an estimate', () => {
    let facts = 0;
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const chance = new Chance(seed);
      const made = answer(chance, 1);
      const wire = wireEvents(chance, made, spoken);
      const reasoning = chance.maybe();
      const tap = tapOf(spoken, caller);
      for (let count = 0; count <= wire.length; count += 1) {
        const where = `seed ${seed}, behind event ${count} of ${wire.length}`;
        if (count > 0) tap.push(Buffer.from(wire[count - 1] ?? ''));
        const { tokens, estimated } = charged(tap, spoken, reasoning);
        if (!estimated) {
          facts += 1;
          expect([where, made.usage !== null && sameTotal(tokens, made.usage)]).toEqual([where, true]);
          continue;
        }
        const words = generated(spoken, wire.slice(0, count));
        const counted = estimateTokens(words);
        const silent = words === '' && (count === 0 || (reasoning && spoken !== 'anthropic_messages'));
        const most = silent
          ? RESERVED.outputTokens
          : Math.max(tap.usage?.output ?? 0, counted * (1 + ERROR.share) + ERROR.tokens);
        expect([where, tokens.output >= counted, tokens.output <= most]).toEqual([where, true, true]);
        expect([where, totalTokensOf({ ...tokens, output: 0 }) > 0]).toEqual([where, true]);
      }
    }
    // Whole streams must be facts, or this test would hold for a gateway that estimates everything.
    expect(facts).toBeGreaterThanOrEqual(RUNS);
  });
});

describe('a stream that is cut within an event', () => {
  it.each(DIALECTS)('costs in %s no less than behind the event before', spoken => {
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const chance = new Chance(seed);
      const wire = wireEvents(chance, answer(chance, 1), spoken);
      const count = chance.int(1, wire.length - 1);
      const next = Buffer.from(wire[count] ?? '');
      const before = tapOf(spoken, spoken);
      const within = tapOf(spoken, spoken);
      before.push(Buffer.from(wire.slice(0, count).join('')));
      within.push(
        Buffer.concat([Buffer.from(wire.slice(0, count).join('')), next.subarray(0, chance.int(1, next.length - 3))]),
      );

      expect([seed, charged(within, spoken, false)]).toEqual([seed, charged(before, spoken, false)]);
    }
  });
});
