import { AnswerUnwrapper } from '../../src/dialects/answer-unwrapper.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import { forRequest } from '../../src/dialects/for-request.js';
import { collectAnswer } from '../../src/dialects/neutral/collect-answer.js';
import type { Codec, EncodeResponseOptions } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect, NeutralRequest } from '../../src/dialects/neutral/neutral.types.js';
import { asObjectRoot, mayBeNoObject } from '../../src/dialects/schemas/output-root.js';
import { outlineOf } from '../../src/inference/translating/translate.js';
import type { JsonObject } from '../../src/json/value.js';
import { textAnswer, streamOf } from '../support/object-answers.js';
import { DIALECTS } from '../support/golden-translations.js';
import { PLAIN } from './features.js';

/** A schema for an answer that is no object: OpenAI and Anthropic are asked for an object that holds it. */
const LIST: JsonObject = { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' } } } };
const OPTIONS = {
  model: 'm',
  defaultMaxTokens: 4_096,
  streamUsage: true,
  adaptiveThinking: false,
  thinkingLevels: false,
};
const codecOf = (dialect: ChatDialect) => DESCRIPTORS[dialect].codec as Codec;
const asking = (schema: JsonObject): NeutralRequest => ({
  ...PLAIN,
  output: { type: 'schema', name: 'people', description: null, schema, strict: false },
});
const answering = (request: NeutralRequest): EncodeResponseOptions => ({
  model: 'm',
  requestId: 'r',
  now: 1,
  streamUsage: false,
  request,
});
const WRAPPED: readonly ChatDialect[] = ['chat_completions', 'openai_responses', 'anthropic_messages'];
const schemaIn = (to: ChatDialect, wire: JsonObject): unknown => {
  const at = (...path: string[]) =>
    path.reduce<unknown>((value, key) => (value as JsonObject | undefined)?.[key], wire);
  if (to === 'chat_completions') return at('response_format', 'json_schema', 'schema');
  if (to === 'openai_responses') return at('text', 'format', 'schema');
  if (to === 'anthropic_messages') return at('output_config', 'format', 'schema');
  return at('generationConfig', 'responseJsonSchema');
};

describe('an answer that is no object', () => {
  it.each(DIALECTS)('is asked for as %s takes it', to => {
    const request = asking(LIST);
    const { wire } = forRequest(codecOf(to), request).encodeRequest(request, OPTIONS);
    const expected = WRAPPED.includes(to) ? 'object' : 'array';
    expect(schemaIn(to, wire)).toMatchObject({ type: expected });
  });

  it.each(WRAPPED)('comes back from %s as it was asked for, whole', to => {
    const request = asking(LIST);
    for (const asked of [request, outlineOf(request), outlineOf({ ...request, user: 'u'.repeat(300_000) })]) {
      const { wire } = codecOf(to).encodeResponse(textAnswer('{"answer": [{"n":1},{"n":2}]}'), answering(request));
      const [choice] = forRequest(codecOf(to), asked).decodeResponse(wire).choices;
      expect(choice?.parts).toMatchObject([{ type: 'text', text: '[{"n":1},{"n":2}]' }]);
    }
  });

  it.each(WRAPPED)('comes back from %s as it was asked for, however its stream is cut', to => {
    const request = asking(LIST);
    const text = ' { "answer" : [{"n":1, "s":"}\\"]"},{"n":2}]\n} ';
    for (let size = 1; size <= text.length; size += 1) {
      const decoder = forRequest(codecOf(to), request).createStreamDecoder();
      const events = streamOf(codecOf(to), text, size, answering(request)).flatMap(event => decoder.push(event));
      const [choice] = collectAnswer([...events, ...decoder.end()]).choices;
      expect([size, choice?.parts]).toMatchObject([size, [{ text: '[{"n":1, "s":"}\\"]"},{"n":2}]\n' }]]);
    }
  });

  it('names what its schema loses where the caller wrote it', () => {
    const request = asking({ type: 'array', items: { type: 'integer', minimum: 3 } });
    const { losses } = forRequest(codecOf('anthropic_messages'), request).encodeRequest(request, OPTIONS);
    expect(losses.map(({ field }) => field)).toEqual(['output.schema.items.minimum']);
  });
});

describe('a model that does not answer with the object', () => {
  it.each([['no JSON at all'], ['[1]'], ['{"other": 1}'], ['{"answer"'], ['']])('is repeated as it is: %j', text => {
    const unwrapper = new AnswerUnwrapper();
    expect(unwrapper.push(text) + unwrapper.end()).toBe(text);
  });

  it('is repeated as far as it went', () => {
    const unwrapper = new AnswerUnwrapper();
    expect(unwrapper.push('{"answer": [1, 2') + unwrapper.end()).toBe('[1, 2');
  });
});

describe('the root of a schema for an answer', () => {
  it.each<[JsonObject, boolean]>([
    [{ type: 'object', properties: {} }, false],
    [{ properties: { a: {} } }, false],
    [{}, false],
    [{ $ref: '#/$defs/a', $defs: { a: { type: 'object' } } }, false],
    [{ $ref: '#' }, false],
    [{ $ref: '#/$defs/a', $defs: { a: { type: 'array', items: {} } } }, true],
    [{ type: 'ARRAY', items: {} }, true],
    [{ type: ['object', 'null'] }, true],
    [{ anyOf: [{ type: 'object' }, { type: 'string' }] }, true],
    [{ enum: ['a', 'b'] }, true],
    [{ type: 'integer' }, true],
  ])('%j may be no object: %s', (schema, expected) => {
    expect(mayBeNoObject(schema)).toBe(expected);
  });

  it('is referred to where it stands then', () => {
    const tree: JsonObject = {
      type: 'array',
      items: { anyOf: [{ $ref: '#' }, { $ref: '#/$defs/leaf' }, { $ref: '#/items' }] },
    };
    expect(asObjectRoot({ ...tree, $defs: { leaf: { items: { $ref: '#' } } } })).toEqual({
      type: 'object',
      properties: {
        answer: {
          type: 'array',
          items: {
            anyOf: [{ $ref: '#/properties/answer' }, { $ref: '#/$defs/leaf' }, { $ref: '#/properties/answer/items' }],
          },
        },
      },
      required: ['answer'],
      additionalProperties: false,
      $defs: { leaf: { items: { $ref: '#/properties/answer' } } },
    });
  });
});
