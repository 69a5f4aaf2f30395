import type { EncodeRequestOptions } from '../../src/dialects/neutral/codec.js';
import type {
  AssistantPart,
  CacheMark,
  FinishReason,
  MediaPart,
  NeutralRequest,
  TextPart,
  ToolResultPart,
  Turn,
  UserPart,
} from '../../src/dialects/neutral/neutral.types.js';
import type { TokenCounts } from '../../src/dialects/token-counts.js';
import { BARE_REQUEST } from './neutral-request.js';

/** A small source of chance with a seed (mulberry32), so that a failure can be run again. */
export class Chance {
  constructor(private state: number) {}

  /** 0 to 1, without 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  maybe(share = 0.5): boolean {
    return this.next() < share;
  }

  list<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, make);
  }

  /** `values` that were picked, in their order */
  some<T extends object>(values: T, share = 0.5): Partial<T> {
    return Object.fromEntries(Object.entries(values).filter(() => this.maybe(share))) as Partial<T>;
  }
}

const WORDS = [
  'red',
  'ünïcödé',
  '"quoted"',
  'a\nline',
  '{"json":true}',
  '漢字',
  '👩‍🚀',
  '\\',
  'data: x',
  'event: y',
  'a\u2028b',
];
const PNG = Buffer.from('not really a picture').toString('base64');
const PDF = Buffer.from('%PDF not really').toString('base64');

/** No blanks at its ends, and never empty. */
function randomText(chance: Chance): string {
  return chance.list(1, 4, () => chance.pick(WORDS)).join(' ');
}

function randomCache(chance: Chance): { readonly cache?: CacheMark } {
  return chance.maybe(0.2) ? { cache: { ttl: chance.pick([null, '5m', '1h'] as const) } } : {};
}

function randomUserText(chance: Chance): TextPart {
  return { type: 'text', text: randomText(chance), ...randomCache(chance) };
}

function randomMedia(chance: Chance): MediaPart {
  const rest = randomCache(chance);
  return chance.pick<() => MediaPart>([
    () => ({ type: 'media', kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: PNG }, ...rest }),
    () => ({
      type: 'media',
      kind: 'image',
      source: { type: 'url', url: 'https://pictures.example/red.png', mediaType: null },
      ...rest,
    }),
    () => ({ type: 'media', kind: 'image', source: { type: 'file', origin: 'anthropic', id: 'file_1' }, ...rest }),
    () => ({
      type: 'media',
      kind: 'document',
      source: { type: 'base64', mediaType: 'application/pdf', data: PDF },
      name: 'Bill',
      ...rest,
    }),
    () => ({
      type: 'media',
      kind: 'document',
      source: { type: 'base64', mediaType: 'text/plain', data: Buffer.from(randomText(chance)).toString('base64') },
      ...rest,
    }),
  ])();
}

/** The arguments of a call, as compact JSON text of an object. */
function randomArguments(chance: Chance): string {
  const value = () =>
    chance.pick([1, -2.5, true, null, 'x"y', [1, { deep: [] }], { nested: { '': 0 } }, randomText(chance)]);
  const entries = chance.list(0, 3, () => [chance.pick(['city', 'unit', 'ä', '__proto__']), value()] as const);
  return JSON.stringify(Object.fromEntries(entries));
}

/** Words of the assistant as Anthropic itself writes them. */
function randomNativePart(chance: Chance, id: number): AssistantPart {
  return chance.pick<() => AssistantPart>([
    () => ({ type: 'text', text: randomText(chance) }),
    () => ({
      type: 'reasoning',
      text: chance.maybe(0.8) ? randomText(chance) : '',
      opaque: { origin: 'anthropic', value: `signature-${id}==` },
      redacted: false,
    }),
    () => ({ type: 'reasoning', text: '', opaque: { origin: 'anthropic', value: `red-${id}==` }, redacted: true }),
    () => ({ type: 'tool-call', id: `toolu_${id}`, name: 'get_weather', arguments: randomArguments(chance) }),
  ])();
}

/** Words of the assistant as any vendor writes them, with signatures of any of them. */
export function randomAnswerPart(chance: Chance, id: number): AssistantPart {
  const signature = chance.maybe(0.3) ? { signature: { origin: 'gemini' as const, value: `g${id}/+=` } } : {};
  return chance.pick<() => AssistantPart>([
    () => randomNativePart(chance, id),
    () => ({ type: 'text', text: randomText(chance) }),
    () => ({ type: 'tool-call', id: `call_${id}`, name: 'get_time', arguments: randomArguments(chance), ...signature }),
    () => ({ type: 'reasoning', text: randomText(chance), opaque: null, redacted: false }),
    () => ({
      type: 'reasoning',
      text: chance.pick(['', 'a summary']),
      opaque: { origin: 'openai', value: `enc-${id}` },
      redacted: false,
    }),
    () => ({
      type: 'reasoning',
      text: randomText(chance),
      opaque: { origin: 'gemini', value: `t${id}` },
      redacted: false,
    }),
  ])();
}

function randomResult(chance: Chance, callId: string): ToolResultPart {
  // A mark stands on the result as a whole.
  const content = chance.list(0, 2, () => {
    const { cache: _, ...part } = chance.maybe(0.7) ? randomUserText(chance) : randomMedia(chance);
    return part;
  });
  // The mark of an error stands beside words only.
  const isError = chance.maybe(0.2) && content.every(({ type }) => type === 'text');
  return { type: 'tool-result', callId, name: null, content, isError, ...randomCache(chance) };
}

function randomUserParts(chance: Chance): UserPart[] {
  return chance.list(1, 3, () => (chance.maybe(0.7) ? randomUserText(chance) : randomMedia(chance)));
}

/** A conversation as this API wants it: it alternates, and every call has its result. */
function randomTurns(chance: Chance): Turn[] {
  const turns: Turn[] = [{ role: 'user', parts: randomUserParts(chance) }];
  let id = 0;
  for (let round = chance.below(4); round > 0; round--) {
    const parts = chance.list(1, 4, () => randomNativePart(chance, id++));
    const results = parts.flatMap(part => (part.type === 'tool-call' ? [randomResult(chance, part.id)] : []));
    turns.push({ role: 'assistant', parts });
    turns.push({
      role: 'user',
      parts: [...results, ...(results.length > 0 && chance.maybe() ? [] : randomUserParts(chance))],
    });
  }
  return turns;
}

export const PLAIN_REQUEST: NeutralRequest = {
  ...BARE_REQUEST,
  model: 'claude-target',
  streamUsage: true,
  turns: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
  maxOutputTokens: 1000,
};

/** A target that thinks within budgets, and one that thinks as it sees fit. */
export const TARGET: EncodeRequestOptions = {
  model: 'claude-target',
  defaultMaxTokens: 4096,
  streamUsage: true,
  adaptiveThinking: false,
  thinkingLevels: false,
};
export const ADAPTIVE: EncodeRequestOptions = { ...TARGET, adaptiveThinking: true };

/** A request that this API can say whole. */
export function randomNativeRequest(chance: Chance): NeutralRequest {
  const names = ['get_weather', 'get_time', 'find'].slice(0, chance.below(4));
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  };
  const choices = [
    { type: 'auto' },
    { type: 'none' },
    { type: 'required' },
    { type: 'tool', name: 'get_weather' },
  ] as const;
  const free = chance.some({ temperature: 0.5, topK: 40, stop: ['END'], user: 'user-1', serviceTier: 'default' });
  const output = { type: 'schema' as const, name: null, description: null, schema, strict: null };
  return {
    ...PLAIN_REQUEST,
    stream: chance.maybe(),
    instructions: chance.list(0, 2, () => randomUserText(chance)),
    turns: randomTurns(chance),
    tools: names.map(name => ({
      type: 'function',
      name,
      description: chance.maybe() ? randomText(chance) : null,
      parameters: schema,
      strict: chance.maybe() ? true : null,
      ...randomCache(chance),
    })),
    toolChoice: names.length > 0 && chance.maybe() ? chance.pick(choices) : null,
    maxOutputTokens: 1 + chance.below(100_000),
    ...free,
    ...chance.some({ output }),
  };
}

export function randomUsage(chance: Chance): TokenCounts {
  const output = chance.below(1000);
  const hour = chance.below(3);
  return {
    input: chance.below(1000),
    cacheRead: chance.below(100),
    cacheWrite: chance.below(100),
    ...(hour > 0 && { cacheWrite1h: hour }),
    output,
    reasoning: Math.min(output, chance.below(50)),
  };
}

export const FINISHES: readonly FinishReason[] = ['stop', 'stop-sequence', 'length', 'tool-calls', 'refusal', 'pause'];
