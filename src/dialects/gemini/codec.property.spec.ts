import { unplaced } from '../../../test/support/unplaced.js';
import type { JsonObject } from '../../json/value.js';
import { SseParser } from '../../sse/frames.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import { collectAnswer } from '../neutral/collect-answer.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type {
  AssistantPart,
  MediaPart,
  NeutralRequest,
  NeutralResponse,
  Opaque,
  TextPart,
  Tool,
  ToolCallPart,
  Turn,
  UserPart,
} from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { GEMINI_CODEC } from './descriptor.js';

const ROUNDS = 400;

/** Mulberry32: small, fast, and the same everywhere, so that a failure can be run again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = ['moss', ' ', '\n', '"', '\\', 'é', '😀', '{"a":1}', '</x>', '\u2028', 'data: ', '中', '0'];
const ARGUMENTS = [
  '{}',
  '{"a":1}',
  '{"a":{"b":[1,null,"x"]}}',
  '{"é":"\\"\\\\"}',
  '{"__proto__":{"x":1}}',
  '{"usageMetadata":{}}',
];

/** Draws neutral values that Gemini's dialect can say without a loss. */
class Draw {
  private ids = 0;

  constructor(readonly random: () => number) {}

  pick<T>(...from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }

  upTo(most: number): number {
    return Math.floor(this.random() * (most + 1));
  }

  maybe<T>(value: T): T | null {
    return this.random() < 0.5 ? value : null;
  }

  list<T>(most: number, draw: () => T): T[] {
    return Array.from({ length: this.upTo(most) }, draw);
  }

  words(): string {
    return this.pick(...WORDS) + this.list(4, () => this.pick(...WORDS)).join('');
  }

  id(): string {
    this.ids += 1;
    return `call_${this.ids}`;
  }

  signature(...origins: Opaque['origin'][]): Opaque {
    const origin = this.pick(...origins);
    // What follows `bough.gemini.` or looks like it is no concern here: Google's are base64.
    return { origin, value: origin === 'gemini' ? Buffer.from(this.words()).toString('base64') : this.words() };
  }

  signed<Part extends object>(part: Part): Part & { signature?: Opaque } {
    return this.random() < 0.4 ? { ...part, signature: this.signature('gemini') } : part;
  }

  text(): TextPart {
    return { type: 'text', text: this.words() };
  }

  media(): MediaPart {
    const image = { type: 'media', kind: 'image' } as const;
    return this.pick<MediaPart>(
      { ...image, source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      { ...image, source: { type: 'url', url: 'https://a.example/x.png', mediaType: 'image/png' } },
      { type: 'media', kind: 'document', source: { type: 'base64', mediaType: 'application/pdf', data: 'BBBB' } },
      { type: 'media', kind: 'document', source: { type: 'file', origin: 'gemini', id: 'gs://bucket/x.pdf' } },
    );
  }

  call(): ToolCallPart {
    return this.signed({
      type: 'tool-call',
      id: this.id(),
      name: this.pick('f', 'g'),
      arguments: this.pick(...ARGUMENTS),
    });
  }

  thought(...origins: Opaque['origin'][]): AssistantPart {
    const opaque = this.signature(...origins);
    const redacted = opaque.origin !== 'gemini' && this.random() < 0.3;
    return { type: 'reasoning', text: redacted ? '' : this.words(), opaque, redacted };
  }

  assistant(...origins: Opaque['origin'][]): AssistantPart[] {
    const parts: AssistantPart[] = [];
    const kinds = this.list(5, () => this.pick('text', 'thought', 'call', 'media'));
    for (const [index, kind] of kinds.entries()) {
      // Two texts beside each other are one in Gemini's streams.
      if (kind === 'text' && kinds[index - 1] === 'text') continue;
      if (kind === 'text') parts.push(this.signed(this.text()));
      if (kind === 'thought') parts.push(this.thought(...origins));
      if (kind === 'call') parts.push(this.call());
      if (kind === 'media') parts.push(this.pick(this.media(), this.media()));
    }
    return parts;
  }

  turns(): Turn[] {
    const turns: Turn[] = [{ role: 'user', parts: [this.text(), ...this.list(2, () => this.media())] }];
    for (let round = this.upTo(3); round > 0; round--) {
      const said = [this.text(), ...this.assistant('gemini')];
      const parts = said.slice(said[1]?.type === 'text' ? 1 : 0);
      turns.push({ role: 'assistant', parts });
      const results = parts.filter(part => part.type === 'tool-call').map(call => this.result(call));
      turns.push({ role: 'user', parts: [...results, this.text()] });
    }
    return turns;
  }

  result({ id: callId, name }: ToolCallPart): UserPart {
    const isError = this.random() < 0.3;
    const text = { type: 'text' as const, text: isError ? this.words() : this.pick(this.words(), ...ARGUMENTS) };
    const image = {
      type: 'media',
      kind: 'image',
      source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' },
    } as const;
    const content = text.text === '{}' ? [text] : [text, ...this.list(1, () => image)];
    return { type: 'tool-result', callId, name, content, isError };
  }

  tool(name: string): Tool {
    const parameters = {
      type: 'object',
      properties: { $ref: { type: ['string', 'null'] }, any_of: { enum: [1, null] } },
    };
    return {
      type: 'function',
      name,
      description: this.maybe(this.words()),
      parameters: this.maybe(parameters),
      strict: null,
    };
  }

  request(): NeutralRequest {
    const thinking = this.pick(
      null,
      {
        mode: null,
        effort: this.pick('minimal', 'low', 'medium', 'high'),
        budgetTokens: null,
        show: this.pick(null, 'none', 'auto'),
      } as const,
      { mode: null, effort: null, budgetTokens: null, show: this.pick('none', 'auto') } as const,
    );
    return {
      model: 'm',
      stream: this.random() < 0.5,
      streamUsage: true,
      instructions: this.list(2, () => this.text()),
      turns: this.turns(),
      tools: [
        this.tool('f'),
        this.tool('g'),
        { type: 'vendor', dialect: 'gemini_generate_content', name: 'urlContext', wire: { urlContext: {} } },
      ],
      toolChoice: this.pick(
        null,
        { type: 'auto' } as const,
        { type: 'none' } as const,
        { type: 'required' } as const,
        { type: 'tool', name: 'f' } as const,
        { type: 'allowed', mode: 'auto', names: ['f', 'g'] } as const,
        { type: 'allowed', mode: 'required', names: ['f', 'g'] } as const,
      ),
      parallelToolCalls: null,
      output: this.pick(
        null,
        { type: 'json' } as const,
        { type: 'schema', name: null, description: null, schema: { type: 'string' }, strict: null } as const,
      ),
      maxOutputTokens: this.maybe(this.upTo(99)),
      temperature: this.maybe(this.random()),
      topP: this.maybe(this.random()),
      topK: this.maybe(this.upTo(9)),
      stop: this.list(2, () => this.words()),
      seed: this.maybe(this.upTo(99) - 50),
      frequencyPenalty: this.maybe(this.random()),
      presencePenalty: this.maybe(-this.random()),
      candidates: 1 + this.upTo(2),
      logprobs: this.maybe({ top: this.upTo(3) }),
      reasoning: thinking,
      serviceTier: this.pick(null, 'flex', 'priority'),
      user: null,
      metadata: null,
      verbosity: null,
      promptCacheKey: null,
    };
  }

  response(): NeutralResponse {
    const count = 1 + this.upTo(2);
    return {
      id: 'up_1',
      model: 'm',
      createdAt: this.maybe(1_777_890_030),
      choices: Array.from({ length: count }, (_, index) => this.choice(index)),
      usage: this.maybe({
        input: this.upTo(9),
        cacheRead: this.upTo(9),
        cacheWrite: 0,
        output: 9 + this.upTo(9),
        reasoning: this.upTo(9),
      }),
      serviceTier: null,
    };
  }

  private choice(index: number): NeutralResponse['choices'][number] {
    const parts = this.assistant('gemini', 'anthropic', 'openai');
    // A file of Google's has no place in an answer.
    const shown = parts.filter(part => part.type !== 'media' || part.source.type === 'base64');
    const joined = shown.filter((part, at) => part.type !== 'text' || shown[at - 1]?.type !== 'text');
    const stop = joined.some(part => part.type === 'tool-call') ? 'tool-calls' : 'stop';
    return {
      index,
      parts: joined,
      finish: this.pick(stop, 'length', 'content-filter'),
      stopSequence: null,
      logprobs: null,
    };
  }
}

/** The answer as a stream, its words in pieces, its choices mixed. */
function streamOf(answer: NeutralResponse, draw: Draw): NeutralEvent[] {
  const { choices, usage, ...known } = answer;
  const lanes = choices.map(choice => choice.parts.flatMap((part, index) => eventsOf(part, choice.index, index, draw)));
  const events: NeutralEvent[] = [{ type: 'start', ...known, usage: null }];
  while (lanes.some(lane => lane.length > 0)) {
    const event = draw.pick(...lanes.filter(lane => lane.length > 0)).shift();
    if (event !== undefined) events.push(event);
  }
  for (const { index, finish } of choices)
    events.push({ type: 'finish', choice: index, reason: finish, stopSequence: null });
  return usage === null ? events : [...events, { type: 'usage', usage }];
}

function eventsOf(part: AssistantPart, choice: number, index: number, draw: Draw): NeutralEvent[] {
  const at = { choice, part: index };
  const opened: NeutralEvent = { type: 'part-start', ...at, start: startOf(part) };
  const closed: NeutralEvent = { type: 'part-end', ...at };
  if (part.type === 'media') return [opened, closed];
  const text = part.type === 'tool-call' ? part.arguments : part.text;
  const cut = draw.upTo(text.length);
  const signature = part.type === 'reasoning' ? part.opaque : part.type === 'refusal' ? null : (part.signature ?? null);
  const pieces = [text.slice(0, cut), text.slice(cut)].filter(piece => piece !== '');
  const said = pieces.map((piece): NeutralEvent => ({ type: 'part-delta', ...at, text: piece }));
  return [opened, ...said, ...(signature ? [{ type: 'part-delta' as const, ...at, text: '', signature }] : []), closed];
}

function startOf(part: AssistantPart): PartStart {
  if (part.type === 'tool-call') return { type: 'tool-call', id: part.id, name: part.name };
  if (part.type === 'reasoning') return { type: 'reasoning', redacted: part.redacted };
  return part.type === 'media' ? { type: 'media', media: part } : { type: part.type };
}

/** Spaces in arguments mean nothing, and neither does how a result's object is written. */
const sameJson = <Value>(value: Value): Value =>
  JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      key === 'arguments' && typeof inner === 'string' ? JSON.stringify(JSON.parse(inner)) : inner,
    ),
  ) as Value;

const overTheWire = (wire: JsonObject): JsonObject => JSON.parse(JSON.stringify(wire)) as JsonObject;
const rounds = Array.from({ length: ROUNDS }, (_, seed) => seed);
const answerOptions = (request: NeutralRequest) => ({
  model: 'm',
  requestId: 'req',
  now: 0,
  streamUsage: true,
  request,
});

const JUNK: readonly unknown[] = [
  null,
  5,
  -1,
  1.5,
  Infinity,
  '',
  'x',
  true,
  [],
  ['x'],
  [null],
  {},
  { text: 5 },
  { parts: 'x' },
];

/** The same wire with junk in one place, drawn from all that it holds. */
function spoiled(wire: JsonObject, draw: Draw): JsonObject {
  const copy = structuredClone(wire) as Record<string, unknown>;
  const places: [Record<string, unknown>, string][] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key]);
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(copy);
  const [holder, key] = draw.pick(...places);
  holder[key] = draw.pick(...JUNK);
  return copy as JsonObject;
}

describe('the Gemini codec', () => {
  it('keeps what a request means, there and back', () => {
    for (const seed of rounds) {
      const request = new Draw(seeded(seed)).request();
      const before = structuredClone(request);
      const options = {
        model: 't',
        defaultMaxTokens: 1,
        streamUsage: false,
        adaptiveThinking: false,
        thinkingLevels: true,
      };
      const encoded = GEMINI_CODEC.encodeRequest(request, options);
      const { model, stream } = request;
      const decoded = GEMINI_CODEC.decodeRequest({ ...overTheWire(encoded.wire), model, stream });

      // Calls that nobody signed are marked as such, and read back as what they are.
      const lost = [...encoded.losses, ...decoded.losses].filter(({ field }) => field !== 'signature');
      expect({ seed, lost }).toEqual({ seed, lost: [] });
      expect({ seed, request: sameJson(unplaced(decoded.request)) }).toEqual({ seed, request: sameJson(request) });
      expect(request).toEqual(before);
    }
  });

  it('keeps what an answer means, there and back', () => {
    for (const seed of rounds) {
      const draw = new Draw(seeded(seed));
      const response = draw.response();
      const encoded = GEMINI_CODEC.encodeResponse(response, answerOptions(draw.request()));
      const decoded = GEMINI_CODEC.decodeResponse(overTheWire(encoded.wire));

      expect({ seed, losses: encoded.losses }).toEqual({ seed, losses: [] });
      expect({ seed, answer: sameJson(decoded) }).toEqual({ seed, answer: sameJson(response) });
    }
  });

  it('keeps what a streamed answer means, there and back', () => {
    for (const seed of rounds) {
      const draw = new Draw(seeded(seed));
      const response = draw.response();
      const encoder = GEMINI_CODEC.createStreamEncoder(answerOptions(draw.request()));
      const written =
        streamOf(response, draw)
          .map(event => encoder.push(event))
          .join('') + encoder.end();
      const decoder = GEMINI_CODEC.createStreamDecoder();
      const read = new SseParser().push(Buffer.from(written)).flatMap(event => [...decoder.push(event)]);
      const events = [...read, ...decoder.end()];

      expect({ seed, answer: sameJson(collectAnswer(events)) }).toEqual({ seed, answer: sameJson(response) });
      expectWellFormed(events);
    }
  });

  it('refuses a spoiled request by a field of it, or writes what JSON can say', () => {
    for (const seed of rounds) {
      const draw = new Draw(seeded(seed));
      const options = {
        model: 't',
        defaultMaxTokens: 1,
        streamUsage: false,
        adaptiveThinking: false,
        thinkingLevels: true,
      };
      const { wire } = GEMINI_CODEC.encodeRequest(draw.request(), options);
      try {
        const { request } = GEMINI_CODEC.decodeRequest(spoiled(wire, draw));
        const again = GEMINI_CODEC.encodeRequest(request, options).wire;
        expect(overTheWire(again)).toEqual(again);
      } catch (error) {
        expect(error).toBeInstanceOf(RequestFieldError);
        expect((error as RequestFieldError).field).not.toBe('');
      }
    }
  });

  it('cannot read a spoiled answer, or reads one that JSON can say', () => {
    for (const seed of rounds) {
      const draw = new Draw(seeded(seed));
      const { wire } = GEMINI_CODEC.encodeResponse(draw.response(), answerOptions(draw.request()));
      try {
        const answer = GEMINI_CODEC.decodeResponse(spoiled(wire, draw));
        expect(overTheWire(answer as unknown as JsonObject)).toEqual(answer);
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableAnswer);
      }
    }
  });
});

/** Parts open once, in order, and end before the reason of their choice. */
function expectWellFormed(events: readonly NeutralEvent[]): void {
  const next = new Map<number, number>();
  const open = new Set<string>();
  const finished = new Set<number>();
  expect(events[0]?.type).toBe('start');
  for (const event of events.slice(1)) {
    expect(event.type).not.toBe('start');
    if (!('choice' in event)) continue;
    expect(finished.has(event.choice)).toBe(false);
    if (event.type === 'finish') {
      expect([...open].some(place => place.startsWith(`${event.choice}.`))).toBe(false);
      finished.add(event.choice);
      continue;
    }
    const place = `${event.choice}.${event.part}`;
    if (event.type === 'part-start') {
      expect(event.part).toBe(next.get(event.choice) ?? 0);
      next.set(event.choice, event.part + 1);
      open.add(place);
    } else {
      expect(open.has(place)).toBe(true);
      if (event.type === 'part-end') open.delete(place);
    }
  }
  expect(open.size).toBe(0);
}
