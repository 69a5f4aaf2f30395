/**
 * What every dialect becomes in every other. A case is a file; a new one needs no code. The outcomes beside them are written
 * only under UPDATE_GOLDEN=1, and read like code before they are committed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Codec, UnreadableAnswer } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect, NeutralRequest } from '../../src/dialects/neutral/neutral.types.js';
import { RequestFieldError } from '../../src/dialects/request-field-error.js';
import { TranslatingTap } from '../../src/dialects/translating-tap.js';
import type { DialectDescriptor } from '../../src/dialects/descriptor.js';
import { CallerFields } from '../../src/dialects/caller-fields.js';
import { forRequest } from '../../src/dialects/for-request.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { JsonObject } from '../../src/json/value.js';
import { DIALECTS, FOLDERS, ROOT } from '../support/golden-translations.js';

const PAIRS = DIALECTS.flatMap(from => DIALECTS.filter(to => to !== from).map(to => [from, to] as const));
const LEAST_CASES = 15;
const MAX_LINE_BYTES = 1_048_576;
const ENCODE = {
  model: 'target-model',
  defaultMaxTokens: 4_096,
  streamUsage: true,
  adaptiveThinking: false,
  thinkingLevels: false,
};

function wireOf(dialect: ChatDialect): DialectDescriptor & { readonly codec: Codec } {
  const wire = DESCRIPTORS[dialect];
  if (wire.codec === null) throw new Error(`${dialect} has no codec`);
  return wire as DialectDescriptor & { readonly codec: Codec };
}

function casesOf(dialect: ChatDialect, kind: 'requests' | 'answers' | 'streams'): string[] {
  const folder = join(ROOT, FOLDERS[dialect], kind);
  return readdirSync(folder).filter(name => /\.(json|sse)$/.test(name));
}

function read(dialect: ChatDialect, kind: string, name: string): string {
  return readFileSync(join(ROOT, FOLDERS[dialect], kind, name), 'utf8');
}

function expectGolden(from: ChatDialect, kind: string, to: ChatDialect, name: string, outcome: string): void {
  const path = join(ROOT, FOLDERS[from], kind, FOLDERS[to], name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, outcome);
  }
  expect(outcome).toBe(existsSync(path) ? readFileSync(path, 'utf8') : 'no golden file yet: see the head of this spec');
}

const asText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** Gemini says model and stream in its path. */
function decode(from: ChatDialect, text: string) {
  const wire = JSON.parse(text) as JsonObject;
  const path: JsonObject = from === 'gemini_generate_content' ? { model: 'asked-model', stream: false } : {};
  return wireOf(from).codec.decodeRequest({ ...path, ...wire });
}

function translateRequest(from: ChatDialect, to: ChatDialect, text: string): unknown {
  try {
    const { request, losses } = decode(from, text);
    const fields = new CallerFields(from, JSON.parse(text) as JsonObject);
    const encoded = fields.naming(() => forRequest(wireOf(to).codec, request).encodeRequest(request, ENCODE));
    return { losses: [...losses, ...encoded.losses], wire: encoded.wire };
  } catch (error) {
    if (!(error instanceof RequestFieldError)) throw error;
    return { refused: { field: error.field, message: error.message } };
  }
}

const asked: NeutralRequest = wireOf('chat_completions').codec.decodeRequest({
  model: 'asked-model',
  messages: [{ role: 'user', content: 'Hello' }],
}).request;
const ANSWER = { model: 'asked-model', requestId: 'req_0123', now: 1_800_000_000, streamUsage: true, request: asked };

function translateAnswer(from: ChatDialect, to: ChatDialect, text: string): unknown {
  try {
    return wireOf(to).codec.encodeResponse(
      forRequest(wireOf(from).codec, asked).decodeResponse(JSON.parse(text) as JsonObject),
      ANSWER,
    );
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    return { unreadable: error.message };
  }
}

interface Relayed {
  readonly text: string;
  readonly complete: boolean;
  readonly failed: boolean;
  readonly malformed: boolean;
  readonly usage: unknown;
}

function translateStream(
  from: ChatDialect,
  to: ChatDialect,
  bytes: Buffer,
  pieces: readonly Buffer[] = [bytes],
): Relayed {
  const tap = new TranslatingTap({
    native: DESCRIPTORS[from].createTap(),
    decoder: forRequest(wireOf(from).codec, asked).createStreamDecoder(),
    encoder: wireOf(to).codec.createStreamEncoder(ANSWER),
    maxLineBytes: MAX_LINE_BYTES,
    encodeError: () => Buffer.from('<error event>\n\n'),
  });
  let text = '';
  for (const piece of pieces) {
    // The relay gives up on a stream that is none.
    if (!tap.malformed && !tap.stopped) text += tap.push(piece).toString('utf8');
  }
  const { complete, tail } = tap.malformed ? { complete: false, tail: Buffer.alloc(0) } : tap.end();
  text += tail.toString('utf8');
  return { text, complete, failed: tap.failed, malformed: tap.malformed, usage: tap.usage };
}

describe.each(DIALECTS)('the cases of %s', dialect => {
  it.each(['requests', 'answers', 'streams'] as const)('are at least fifteen %s', kind => {
    expect(casesOf(dialect, kind).length).toBeGreaterThanOrEqual(LEAST_CASES);
  });
});

describe.each(PAIRS)('%s as %s', (from, to) => {
  it.each(casesOf(from, 'requests'))('says the request %s', name => {
    expectGolden(from, 'requests', to, name, asText(translateRequest(from, to, read(from, 'requests', name))));
  });

  it.each(casesOf(from, 'answers'))('says the answer %s', name => {
    expectGolden(from, 'answers', to, name, asText(translateAnswer(from, to, read(from, 'answers', name))));
  });

  it.each(casesOf(from, 'streams'))('says the stream %s, wherever it is cut', name => {
    const bytes = Buffer.from(read(from, 'streams', name));
    const whole = translateStream(from, to, bytes);
    const { text, ...facts } = whole;
    expectGolden(from, 'streams', to, name, `${text}\n: ${JSON.stringify(facts)}\n`);
    expect(facts.complete).toBe(!/^(error|cut|malformed-function-call)\b/.test(name));
    // What a cut can spoil is the reading, which is the same for all: the three dialects take turns at the places.
    const turn = DIALECTS.filter(dialect => dialect !== from).indexOf(to);
    for (let at = 1 + turn; at < bytes.length; at += DIALECTS.length - 1) {
      const cut = translateStream(from, to, bytes, [bytes.subarray(0, at), bytes.subarray(at)]);
      if (cut.text !== whole.text || cut.complete !== whole.complete) throw new Error(`differs when cut at ${at}`);
    }
  });
});
