import { unplaced } from '../../../test/support/unplaced.js';
import { answer, eventsOf } from '../../../test/support/answer-generator.js';
import { Chance } from '../../../test/support/chance.js';
import { chatRequest } from '../../../test/support/chat-generator.js';
import { collect } from '../../../test/support/neutral-collector.js';
import type { JsonObject } from '../../json/value.js';
import { SseParser } from '../../sse/frames.js';
import type { EncodeResponseOptions } from '../neutral/codec.js';
import type { NeutralEvent } from '../neutral/neutral-event.js';
import type { AssistantPart, NeutralRequest, NeutralResponse, TextPart, Turn } from '../neutral/neutral.types.js';
import { CHAT_COMPLETIONS_CODEC as codec } from './descriptor.js';

const RUNS = Array.from({ length: 150 }, (_, run) => run + 1);

const responseOptions = (model: string): EncodeResponseOptions => ({
  model,
  requestId: 'req-1',
  now: 5,
  streamUsage: true,
  request: codec.decodeRequest({ model, messages: [{ role: 'user', content: 'hi' }] }).request,
});

/** Words that this dialect joins into one: neighbouring texts of an answer that no mark and no signature tells apart. */
function joinTexts(parts: readonly AssistantPart[]): AssistantPart[] {
  const joined: AssistantPart[] = [];
  const marked = parts.some(part => part.type === 'text' && part.cache !== undefined);
  for (const part of parts) {
    const last = joined.at(-1);
    if (!marked && part.type === 'text' && last?.type === 'text')
      joined[joined.length - 1] = { ...last, text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
}

const joinInstructions = (parts: readonly TextPart[]): readonly TextPart[] =>
  parts.length === 0 || parts.some(part => part.cache !== undefined)
    ? parts
    : [{ type: 'text', text: parts.map(({ text }) => text).join('\n\n') }];

const meaning = (request: NeutralRequest): NeutralRequest => ({
  ...request,
  instructions: joinInstructions(request.instructions),
  turns: request.turns.map((turn): Turn =>
    turn.role === 'assistant' ? { ...turn, parts: joinTexts(turn.parts) } : turn,
  ),
});

/** Arguments are the same when they are the same JSON. */
const parsed = (response: NeutralResponse): object => ({
  ...response,
  choices: response.choices.map(choice => ({
    ...choice,
    parts: choice.parts.map(part =>
      part.type === 'tool-call' ? { ...part, arguments: JSON.parse(part.arguments) as object } : part,
    ),
  })),
});

function reread(text: string, cuts: Chance): NeutralEvent[] {
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

describe('the chat-completions codec', () => {
  it.each(RUNS)('keeps the meaning of a request through encoding and decoding (seed %i)', seed => {
    const wire = chatRequest(new Chance(seed)) as JsonObject;
    const first = codec.decodeRequest(wire);
    const encoded = codec.encodeRequest(first.request, {
      model: 'some-model',
      defaultMaxTokens: 100,
      streamUsage: true,
      adaptiveThinking: false,
      thinkingLevels: false,
    });
    const second = codec.decodeRequest(JSON.parse(JSON.stringify(encoded.wire)) as JsonObject);

    expect([first.losses, encoded.losses, second.losses]).toEqual([[], [], []]);
    expect(meaning(unplaced(second.request))).toEqual(meaning(unplaced(first.request)));
  });

  it.each(RUNS)('keeps the meaning of an answer through encoding and decoding (seed %i)', seed => {
    const response = answer(new Chance(seed));
    const { wire, losses } = codec.encodeResponse(response, responseOptions(response.model));
    const decoded = codec.decodeResponse(JSON.parse(JSON.stringify(wire)) as JsonObject);
    const again = codec.encodeResponse(decoded, responseOptions(response.model));

    expect(losses).toEqual([]);
    expect(decoded).toEqual(response);
    expect(codec.decodeResponse(again.wire)).toEqual(decoded);
  });

  it.each(RUNS)('tells a stream that is read as the same answer, however its bytes are cut (seed %i)', seed => {
    const chance = new Chance(seed);
    const response = answer(chance);
    const events = eventsOf(chance, response);
    const encoder = codec.createStreamEncoder(responseOptions(response.model));
    const text = events.map(event => encoder.push(event)).join('') + encoder.end();

    expect(parsed(collect(reread(text, chance)))).toEqual(parsed(response));
  });

  it.each(RUNS)('reads the calls of a stream whatever way a server cuts them (seed %i)', seed => {
    const chance = new Chance(seed);
    const calls = answer(chance, 1).choices.flatMap(({ parts }) => parts.filter(part => part.type === 'tool-call'));
    const indexed = chance.maybe();
    const repeats = chance.maybe();
    const chunk = (delta: object, finish: string | null = null): string =>
      `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    const told = calls.flatMap(({ id, name, arguments: text }, place) => {
      const pieces = chance.maybe() ? [text] : ['', ...chance.pieces(text)];
      return pieces.map((piece, number) => {
        const head = number === 0 || repeats;
        const described = { ...(head && { name }), arguments: piece };
        return {
          ...(indexed && { index: repeats ? 0 : place }),
          ...(head && { id, type: 'function' }),
          function: described,
        };
      });
    });
    const stream = told.map(entry => chunk({ tool_calls: [entry] })).join('') + chunk({}, 'stop');
    const { choices } = collect(reread(stream, chance));

    expect(choices[0]?.parts).toEqual(
      calls.map(call => expect.objectContaining({ id: call.id, name: call.name, arguments: call.arguments }) as object),
    );
    expect(choices[0]?.finish).toBe(calls.length > 0 ? 'tool-calls' : 'stop');
  });
});
