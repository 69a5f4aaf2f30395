import { unplaced } from '../../../test/support/unplaced.js';
import {
  Chance,
  FINISHES,
  PLAIN_REQUEST,
  randomAnswerPart,
  randomNativeRequest,
  randomUsage,
  TARGET,
} from '../../../test/support/anthropic-messages.js';
import { foldEvents } from '../../../test/support/neutral-events.js';
import type { JsonObject } from '../../json/value.js';
import { type SseEvent, SseParser } from '../../sse/frames.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { AssistantPart, FinishReason } from '../neutral/neutral.types.js';
import { ANTHROPIC_MESSAGES_CODEC as codec } from './descriptor.js';

const ROUNDS = 400;
const seeds = Array.from({ length: ROUNDS }, (_, seed) => seed);

const CALLER = { model: 'claude-test', requestId: 'req-1', now: 1, streamUsage: true, request: PLAIN_REQUEST };

/** As it would come over the wire. */
const overWire = (value: JsonObject) => JSON.parse(JSON.stringify(value)) as JsonObject;

/** The reason as this dialect tells it: calls of tools decide, whatever the upstream said. */
function toldFinish(finish: FinishReason, parts: readonly AssistantPart[]): FinishReason {
  if (finish !== 'stop' && finish !== 'tool-calls') return finish;
  return parts.some(({ type }) => type === 'tool-call') ? 'tool-calls' : 'stop';
}

describe('the Messages codec', () => {
  it('keeps the meaning of every request that the dialect can say', () => {
    for (const seed of seeds) {
      const request = randomNativeRequest(new Chance(seed));
      const encoded = codec.encodeRequest(request, TARGET);
      const decoded = codec.decodeRequest(overWire(encoded.wire));

      expect({ seed, losses: [...encoded.losses, ...decoded.losses] }).toEqual({ seed, losses: [] });
      expect({ seed, request: unplaced(decoded.request) }).toEqual({ seed, request });
    }
  });

  it('keeps the meaning of every answer, with the signatures of all vendors', () => {
    for (const seed of seeds) {
      const chance = new Chance(seed);
      const parts = chance.list(0, 5, () => randomAnswerPart(chance, chance.below(1e6)));
      const finish = chance.pick(FINISHES);
      const usage = randomUsage(chance);
      const choice = {
        index: 0,
        parts,
        finish,
        stopSequence: finish === 'stop-sequence' ? 'END' : null,
        logprobs: null,
      };
      const response = {
        id: 'msg_1',
        model: 'claude-test',
        createdAt: null,
        choices: [choice],
        usage,
        serviceTier: chance.pick([null, 'default', 'priority']),
      };
      // This dialect says within the usage how an answer was served.
      const told = response.serviceTier === 'priority' ? { ...usage, served: { service_tier: 'priority' } } : usage;
      const { wire, losses } = codec.encodeResponse(response, CALLER);

      expect({ seed, losses }).toEqual({ seed, losses: [] });
      expect({ seed, response: codec.decodeResponse(overWire(wire)) }).toEqual({
        seed,
        response: { ...response, usage: told, choices: [{ ...choice, finish: toldFinish(finish, parts) }] },
      });
    }
  });

  it('writes streams of interleaved parts that read back the same, cut anywhere', () => {
    for (const seed of seeds) {
      const chance = new Chance(seed);
      const { events, parts, finish, usage } = randomStream(chance);
      const encoder = codec.createStreamEncoder(CALLER);
      const text = events.map(event => encoder.push(event)).join('') + encoder.end();
      const received = receive(Buffer.from(text), chance);
      checkFrame(received);
      const decoder = codec.createStreamDecoder();
      const read = foldEvents([...received.flatMap(event => [...decoder.push(event)]), ...decoder.end()]);

      expect({ seed, ...read }).toMatchObject({ seed, parts, open: 0, usage, finish: { reason: finish } });
    }
  });
});

/** The events of an answer whose parts may be open side by side. */
function randomStream(chance: Chance) {
  const parts = chance.list(0, 5, () => randomAnswerPart(chance, chance.below(1e6)));
  const usage = randomUsage(chance);
  const finish = chance.pick(FINISHES);
  const start: NeutralEvent = {
    type: 'start',
    id: 'up-1',
    model: 'm',
    createdAt: null,
    usage: chance.maybe() ? { ...usage, output: 0, reasoning: 0 } : null,
    serviceTier: null,
  };
  const ends: NeutralEvent[] = [
    { type: 'finish', choice: 0, reason: finish, stopSequence: null },
    { type: 'usage', usage },
  ];
  if (chance.maybe()) ends.reverse();
  const events = [
    start,
    ...interleave(
      parts.map((part, index) => eventsOf(part, index, chance)),
      chance,
    ),
    ...ends,
  ];
  return { events, parts, usage, finish: toldFinish(finish, parts) };
}

function eventsOf(part: AssistantPart, index: number, chance: Chance): NeutralEvent[] {
  const at = { choice: 0, part: index };
  const signature = part.type === 'reasoning' ? part.opaque : 'signature' in part ? (part.signature ?? null) : null;
  const text = part.type === 'tool-call' ? part.arguments : part.type === 'media' ? '' : part.text;
  const pieces = text === '' ? [] : (text.match(/.{1,5}/gsu) ?? []);
  const deltas: NeutralEvent[] = pieces.map(piece => ({ type: 'part-delta', ...at, text: piece }));
  // A thought's signature comes anywhere, that of a text or a call must come before its words.
  const signed: NeutralEvent[] = signature === null ? [] : [{ type: 'part-delta', ...at, text: '', signature }];
  const place = part.type === 'reasoning' ? chance.below(deltas.length + 1) : 0;
  const body = deltas.toSpliced(place, 0, ...signed);
  if (part.type === 'tool-call' && part.arguments === '{}' && chance.maybe()) body.length = signed.length;
  return [{ type: 'part-start', ...at, start: startOf(part) }, ...body, { type: 'part-end', ...at }];
}

function startOf(part: AssistantPart): PartStart {
  if (part.type === 'tool-call') return { type: 'tool-call', id: part.id, name: part.name };
  if (part.type === 'reasoning') return { type: 'reasoning', redacted: part.redacted };
  return { type: 'text' };
}

/** Parts open in their order; what follows is mixed. */
function interleave(parts: NeutralEvent[][], chance: Chance): NeutralEvent[] {
  const mixed: NeutralEvent[] = [];
  const waiting = parts.map(events => [...events]);
  const running: NeutralEvent[][] = [];
  while (waiting.length > 0 || running.length > 0) {
    if (waiting.length > 0 && (running.length === 0 || chance.maybe(0.3))) {
      const next = waiting.shift() as NeutralEvent[];
      mixed.push(next.shift() as NeutralEvent);
      running.push(next);
    } else {
      const events = chance.pick(running);
      mixed.push(events.shift() as NeutralEvent);
      if (events.length === 0) running.splice(running.indexOf(events), 1);
    }
  }
  return mixed;
}

function receive(bytes: Buffer, chance: Chance): SseEvent[] {
  const parser = new SseParser();
  const events: SseEvent[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + chance.below(40);
    events.push(...parser.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return events;
}

/** What the vendor's SDK relies on: one block after the other with dense numbers, and each frame event once. */
function checkFrame(events: readonly SseEvent[]): void {
  const names = events.map(({ event }) => event);
  expect(names[0]).toBe('message_start');
  expect(names.slice(-2)).toEqual(['message_delta', 'message_stop']);
  expect(names.filter(name => name?.startsWith('message_'))).toHaveLength(3);
  let index = 0;
  let open: string | null = null;
  for (const event of events.slice(1, -2)) {
    const data = JSON.parse(event.data) as {
      index: number;
      content_block?: { type: string };
      delta?: { type: string };
    };
    expect(data.index).toBe(index);
    if (event.event === 'content_block_start') {
      expect(open).toBeNull();
      open = data.content_block?.type ?? '';
    } else if (event.event === 'content_block_delta') {
      expect(DELTAS[open ?? '']).toContain(data.delta?.type);
    } else {
      expect(open).not.toBeNull();
      open = null;
      index++;
    }
  }
  expect(open).toBeNull();
}

const DELTAS: Record<string, readonly string[]> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
};
