import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chance } from '../../../test/support/chance.js';
import type { Json, JsonObject } from '../../json/value.js';
import { type EncodeResponseOptions, UnreadableAnswer } from '../neutral/codec.js';
import { RequestFieldError } from '../request-field-error.js';
import { CHAT_COMPLETIONS_CODEC as codec } from './descriptor.js';

const GOLDEN = join(__dirname, '../../../test/golden/translate/chat-completions');
const RUNS = 40;

const filesOf = (folder: string): [string, string][] =>
  readdirSync(join(GOLDEN, folder))
    .filter(name => name.includes('.'))
    .map(name => [name, readFileSync(join(GOLDEN, folder, name), 'utf8')]);

const options: EncodeResponseOptions = {
  model: 'm',
  requestId: 'req-1',
  now: 5,
  streamUsage: true,
  request: codec.decodeRequest({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }).request,
};

const JUNK: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  Number.POSITIVE_INFINITY,
  '',
  'x',
  [],
  [null],
  {},
  { type: 'x' },
  [[]],
];

/** The same, with one value somewhere in it replaced by one that does not belong there. */
function spoil(value: Json, chance: Chance): Json {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0 || chance.maybe(0.15)) return chance.pick(JUNK);
  const [key] = chance.pick(entries) as [string, Json];
  if (Array.isArray(value)) return (value as Json[]).with(Number(key), spoil(value[Number(key)] as Json, chance));
  return { ...(value as JsonObject), [key]: spoil((value as JsonObject)[key] as Json, chance) };
}

const spoilObject = (text: string, chance: Chance): JsonObject => {
  const spoiled = spoil(JSON.parse(text) as Json, chance);
  return typeof spoiled === 'object' && spoiled !== null && !Array.isArray(spoiled) ? (spoiled as JsonObject) : {};
};

/** What was thrown, unless it is what should be; null where nothing was. */
function failureOf(run: () => void, expected: typeof RequestFieldError | typeof UnreadableAnswer): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error instanceof expected ? null : error;
  }
}

describe('the chat-completions codec, given what does not belong there', () => {
  it.each(filesOf('requests'))('refuses a spoiled %s by a field, or encodes what JSON can say', (_, text) => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const wire = spoilObject(text, new Chance(seed));
      const run = (): void => {
        const { request } = codec.decodeRequest(wire);
        const encoded = codec.encodeRequest(request, {
          model: 'm',
          defaultMaxTokens: 1,
          streamUsage: true,
          adaptiveThinking: false,
          thinkingLevels: false,
        });
        expect(JSON.parse(JSON.stringify(encoded.wire))).toEqual(encoded.wire);
      };

      expect(failureOf(run, RequestFieldError)).toBeNull();
    }
  });

  it.each(filesOf('answers'))('reads a spoiled %s as well as it goes, or says that it is no answer', (_, text) => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const wire = spoilObject(text, new Chance(seed));
      const run = (): void => {
        const encoded = codec.encodeResponse(codec.decodeResponse(wire), options);
        expect(JSON.parse(JSON.stringify(encoded.wire))).toEqual(encoded.wire);
      };

      expect(failureOf(run, UnreadableAnswer)).toBeNull();
    }
  });

  it.each(filesOf('streams'))('reads a spoiled %s as well as it goes, or says that it is no stream', (_, text) => {
    const events = Array.from(text.matchAll(/^data: (\{.*\})$/gm), ([, data]) => data as string);
    for (let seed = 1; seed <= RUNS; seed++) {
      const chance = new Chance(seed);
      const decoder = codec.createStreamDecoder();
      const encoder = codec.createStreamEncoder(options);
      const run = (): void => {
        for (const data of events) {
          const spoiled = chance.maybe(0.3) && data.endsWith('}') ? spoilOrKeep(data, chance) : data;
          for (const event of decoder.push({ event: null, data: spoiled, id: null })) encoder.push(event);
        }
        for (const event of decoder.end()) encoder.push(event);
      };

      expect(failureOf(run, UnreadableAnswer)).toBeNull();
    }
  });
});

/** Some events of the files are cut, as events of streams are. */
function spoilOrKeep(data: string, chance: Chance): string {
  try {
    return JSON.stringify(spoilObject(data, chance));
  } catch {
    return data;
  }
}
