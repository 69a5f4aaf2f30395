/** What every dialect keeps, whatever it is given: requests, answers and streams made by chance, the same for the same seed. */
import { unplaced } from '../support/unplaced.js';
import type { Codec, EncodeResponseOptions } from '../../src/dialects/neutral/codec.js';
import type { NeutralEvent } from '../../src/dialects/neutral/neutral-event.js';
import type { ChatDialect, NeutralRequest, NeutralResponse } from '../../src/dialects/neutral/neutral.types.js';
import { RequestFieldError } from '../../src/dialects/request-field-error.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { JsonObject } from '../../src/json/value.js';
import { SseParser } from '../../src/sse/frames.js';
import { answer, eventsOf } from '../support/answer-generator.js';
import { Chance } from '../support/chance.js';
import { chatRequest } from '../support/chat-generator.js';
import { collect } from '../support/neutral-collector.js';

const RUNS = Array.from({ length: 60 }, (_, run) => run + 1);
const DIALECTS: readonly ChatDialect[] = ['anthropic_messages', 'openai_responses', 'gemini_generate_content'];
const ENCODE = {
  model: 'some-model',
  defaultMaxTokens: 5_000,
  streamUsage: true,
  adaptiveThinking: false,
  thinkingLevels: false,
};

function codecOf(dialect: ChatDialect): Codec {
  const { codec } = DESCRIPTORS[dialect];
  if (codec === null) throw new Error(`${dialect} has no codec`);
  return codec;
}

const plain = (wire: JsonObject) => JSON.parse(JSON.stringify(wire)) as JsonObject;
const chat = codecOf('chat_completions');
const asked = (model: string): EncodeResponseOptions => ({
  model,
  requestId: 'req-1',
  now: 5,
  streamUsage: true,
  request: chat.decodeRequest({ model, messages: [{ role: 'user', content: 'hi' }] }).request,
});

/** Gemini says model and stream in its path. */
const addressed = (wire: JsonObject): JsonObject => ({ model: 'some-model', stream: false, ...plain(wire) });

/** What an answer says, without the ids and the order of pieces that dialects have of their own. */
function said({ choices, usage }: NeutralResponse) {
  const [choice] = choices;
  const parts = choice?.parts ?? [];
  return {
    text: parts.flatMap(part => (part.type === 'text' || part.type === 'refusal' ? [part.text] : [])).join(''),
    thoughts: parts.flatMap(part => (part.type === 'reasoning' ? [part.text] : [])).join(''),
    calls: parts.flatMap(part => {
      return part.type === 'tool-call' ? [[part.name, JSON.parse(part.arguments) as unknown]] : [];
    }),
    finish: choice?.finish,
    total: usage === null ? null : usage.input + usage.cacheRead + usage.cacheWrite + usage.output,
  };
}

/** Calls that were open side by side may come in the order in which they ended. */
function inAnyOrder(words: ReturnType<typeof said>) {
  return { ...words, calls: words.calls.map(call => JSON.stringify(call)).toSorted() };
}

/** An answer with one choice and without what only some dialects have a place for. */
function oneAnswer(chance: Chance): NeutralResponse {
  const made = answer(chance, 1);
  const choices = made.choices.map(choice => ({
    ...choice,
    parts: choice.parts.filter(part => part.type !== 'media'),
    logprobs: null,
  }));
  return { ...made, choices };
}

function reread(codec: Codec, text: string, cuts: Chance): NeutralEvent[] {
  const parser = new SseParser();
  const decoder = codec.createStreamDecoder();
  const bytes = Buffer.from(text);
  const events: NeutralEvent[] = [];
  for (let at = 0, next = 0; at < bytes.length; at = next) {
    next = at + cuts.int(1, 400);
    for (const event of parser.push(bytes.subarray(at, next))) events.push(...decoder.push(event));
  }
  return [...events, ...decoder.end()];
}

describe.each(DIALECTS)('%s', dialect => {
  const codec = codecOf(dialect);

  it.each(RUNS)('says a request again as it was said once (seed %i)', seed => {
    const { request } = chat.decodeRequest(chatRequest(new Chance(seed)) as JsonObject);
    let first;
    try {
      first = codec.decodeRequest(addressed(codec.encodeRequest(request, ENCODE).wire));
    } catch (error) {
      // Content that this dialect cannot hold is refused by its name.
      expect(error).toBeInstanceOf(RequestFieldError);
      return;
    }
    const again = codec.encodeRequest(first.request, ENCODE);
    expect(again.losses).toEqual([]);
    // The warmth that a model has by itself may be said or left out.
    const usual = (read: NeutralRequest) => ({ ...read, temperature: read.temperature ?? 1 });
    const read = codec.decodeRequest(addressed(again.wire)).request;
    expect(usual(unplaced(read))).toEqual(usual(unplaced(first.request)));
  });

  it.each(RUNS)('says an answer again as it was said once, and all of it (seed %i)', seed => {
    const response = oneAnswer(new Chance(seed));
    const first = codec.decodeResponse(plain(codec.encodeResponse(response, asked(response.model)).wire));
    const second = codec.decodeResponse(plain(codec.encodeResponse(first, asked(response.model)).wire));
    const { finish: _, ...words } = said(response);
    expect(said(first)).toMatchObject(words);
    expect(said(second)).toEqual(said(first));
  });

  it.each(RUNS)('says the same in a stream as in one piece, wherever its bytes are cut (seed %i)', seed => {
    const chance = new Chance(seed);
    const response = oneAnswer(chance);
    const encoder = codec.createStreamEncoder(asked(response.model));
    const text =
      eventsOf(chance, response)
        .map(event => encoder.push(event))
        .join('') + encoder.end();
    const streamed = collect(reread(codec, text, chance));
    const whole = codec.decodeResponse(plain(codec.encodeResponse(response, asked(response.model)).wire));
    expect(inAnyOrder(said(streamed))).toEqual(inAnyOrder(said(whole)));
  });
});
