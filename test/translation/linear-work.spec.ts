/** What a caller or a provider sends is translated with work that grows as it does, counted in calls and not in seconds. */
import { type Codec, UnreadableAnswer } from '../../src/dialects/neutral/codec.js';
import type { NeutralEvent } from '../../src/dialects/neutral/neutral-event.js';
import type { ChatDialect, NeutralRequest } from '../../src/dialects/neutral/neutral.types.js';
import { RequestFieldError } from '../../src/dialects/request-field-error.js';
import { withPlainToolNames } from '../../src/dialects/tool-names.js';
import { lossNames } from '../../src/dialects/wire/loss-list.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { JsonObject } from '../../src/json/value.js';
import { SseParser } from '../../src/sse/frames.js';
import { BARE_REQUEST } from '../support/neutral-request.js';
import { countSteps } from '../support/steps.js';

const DIALECTS: readonly ChatDialect[] = [
  'chat_completions',
  'anthropic_messages',
  'openai_responses',
  'gemini_generate_content',
];
const DOUBLINGS = [1, 2, 4, 8];
/** Eight times the size: eight times the work, half as much again for what is sorted and what grows in steps. */
const AT_MOST = 8 * 1.5;
const FLOOR = 20_000;
const OPTIONS = {
  model: 'm',
  defaultMaxTokens: 4_096,
  streamUsage: true,
  adaptiveThinking: false,
  thinkingLevels: false,
};

const codecOf = (dialect: ChatDialect): Codec => {
  const { codec } = DESCRIPTORS[dialect];
  if (codec === null) throw new Error(`${dialect} has no codec`);
  return codec;
};
const many = <Item>(size: number, write: (index: number) => Item): Item[] =>
  Array.from({ length: size }, (_, index) => write(index));
/** Every third of them, then the others from the last: no order that anybody expects. */
const shuffled = <Item>(items: readonly Item[]): Item[] => [
  ...items.filter((_, at) => at % 3 === 0),
  ...items.filter((_, at) => at % 3 !== 0).toReversed(),
];

async function expectLinear(size: number, work: (size: number) => void): Promise<void> {
  const quietly = (times: number) => {
    try {
      work(times);
    } catch (error) {
      if (!(error instanceof RequestFieldError || error instanceof UnreadableAnswer)) throw error;
    }
  };
  quietly(size);
  const steps: number[] = [];
  for (const times of DOUBLINGS) steps.push(await countSteps(() => quietly(size * times)));
  const [first = 0, , , last = 0] = steps;
  expect([steps, last <= AT_MOST * Math.max(first, FLOOR / AT_MOST)]).toEqual([steps, true]);
}

const text = (words: string) => ({ type: 'text' as const, text: words });
const call = (index: number) =>
  ({ type: 'tool-call', id: `call_${index}`, name: `tool_${index}`, arguments: '{}' }) as const;
const result = (index: number) =>
  ({ type: 'tool-result', callId: `call_${index}`, name: null, content: [text('x')], isError: false }) as const;
const png = { type: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' } as const;
const parameters = (size: number): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries(
    many(size, index => [`p${index}`, { type: ['string', 'null'], title: 't', default: 1 }]),
  ),
});
const entangled = (size: number): JsonObject => ({
  type: 'object',
  properties: { a: { $ref: '#/$defs/d0' } },
  required: ['a'],
  $defs: Object.fromEntries(
    many(size, (at): [string, JsonObject] => {
      const either: JsonObject = {
        anyOf: [{ $ref: `#/$defs/d${(at * 3 + 2) % size}` }, { type: 'null' }],
        maxLength: 3,
      };
      const next: JsonObject = { $ref: `#/$defs/d${(at * 7 + 1) % size}` };
      return [`d${at}`, { type: 'object', properties: { next, [`p${at}`]: either } }];
    }),
  ),
});
const tool = (name: string, schema: JsonObject | null = null) =>
  ({ type: 'function', name, description: null, parameters: schema, strict: null }) as const;

/** What may be many in a request. */
const REQUESTS: Readonly<Record<string, (size: number) => Partial<NeutralRequest>>> = {
  turns: size => ({ turns: many(size, at => ({ role: at % 2 === 0 ? 'user' : 'assistant', parts: [text('x')] })) }),
  'turns of the model': size => ({ turns: many(size, () => ({ role: 'assistant', parts: [text('x')] })) }),
  'turns of the user': size => ({ turns: many(size, () => ({ role: 'user', parts: [text('x')], name: 'n' })) }),
  'instructions in the middle': size => ({ turns: many(size, () => ({ role: 'system', parts: [text('x')] })) }),
  texts: size => ({ turns: [{ role: 'user', parts: many(size, () => text('x')) }] }),
  images: size => ({
    turns: [{ role: 'user', parts: many(size, () => ({ type: 'media', kind: 'image', source: png })) }],
  }),
  'marks of a cache': size => ({
    turns: [{ role: 'user', parts: many(size, () => ({ ...text('x'), cache: { ttl: null } })) }],
  }),
  thoughts: size => ({
    turns: [
      {
        role: 'assistant',
        parts: many(size, () => ({ type: 'reasoning', text: 'x', opaque: null, redacted: false })),
      },
    ],
  }),
  'calls and their results': size => ({
    turns: many(size, at => at).flatMap(at => [
      { role: 'assistant' as const, parts: [call(at)] },
      { role: 'user' as const, parts: [result(at)] },
    ]),
  }),
  'calls at once, answered in another order': size => ({
    turns: [
      { role: 'assistant', parts: many(size, call) },
      { role: 'user', parts: shuffled(many(size, result)) },
    ],
  }),
  'instructions between calls and results': size => ({
    turns: many(size, at => at).flatMap(at => [
      { role: 'assistant' as const, parts: [call(at)] },
      { role: 'system' as const, parts: [text('x')] },
      { role: 'user' as const, parts: [result(at)] },
    ]),
  }),
  'turns of the model, each with a call': size => ({
    turns: [
      ...many(size, at => ({ role: 'assistant' as const, parts: [call(at)] })),
      { role: 'user', parts: shuffled(many(size, result)) },
    ],
  }),
  'broken arguments': size => ({
    turns: [{ role: 'assistant', parts: many(size, at => ({ ...call(at), arguments: '{"a":' })) }],
  }),
  citations: size => ({
    turns: [
      {
        role: 'assistant',
        parts: [
          {
            ...text('x'.repeat(size)),
            citations: many(size, at => ({
              title: null,
              url: `https://x/${at}`,
              text: null,
              start: at,
              end: at,
              wire: null,
            })),
          },
        ],
      },
    ],
  }),
  tools: size => ({ tools: many(size, at => tool(`tool_${at}`)) }),
  'tools with names that nobody takes': size => ({ tools: many(size, at => tool(`${at} ${'x'.repeat(90)}`)) }),
  'properties of a tool': size => ({ tools: [tool('t', parameters(size))] }),
  'properties of an answer': size => ({
    output: { type: 'schema', name: 'x', description: null, schema: parameters(size), strict: true },
  }),
  'definitions of an answer that hold each other': size => ({
    output: { type: 'schema', name: 'x', description: null, schema: entangled(size), strict: null },
  }),
  'schemas of an answer that are one': size => ({
    output: {
      type: 'schema',
      name: 'x',
      description: null,
      schema: { ...entangled(size), allOf: many(size, at => ({ $ref: `#/$defs/d${at}` })) },
      strict: true,
    },
  }),
  'calls with one id': size => ({
    turns: [
      { role: 'assistant', parts: many(size, () => call(0)) },
      { role: 'user', parts: many(size, () => result(0)) },
    ],
  }),
  'words to stop at': size => ({ stop: many(size, at => `stop${at}`) }),
  'tools that may be called': size => ({
    tools: many(size, at => tool(`tool_${at}`)),
    toolChoice: { type: 'allowed', names: many(size, at => `tool_${at}`), required: false } as never,
  }),
  metadata: size => ({ metadata: Object.fromEntries(many(size, at => [`k${at}`, 'v'])) }),
};

const request = (fields: Partial<NeutralRequest>): NeutralRequest => ({
  ...BARE_REQUEST,
  turns: [{ role: 'user', parts: [text('Hello')] }],
  maxOutputTokens: 9,
  ...fields,
});

describe.each(DIALECTS)('the work for a request in %s', dialect => {
  const codec = codecOf(dialect);
  const path: JsonObject = dialect === 'gemini_generate_content' ? { model: 'm', stream: false } : {};
  it.each(Object.entries(REQUESTS))('grows as its %s do, written and read again', async (_, fields) => {
    await expectLinear(200, size => {
      const asked = request(fields(size));
      const { wire, losses } = withPlainToolNames(codec, asked).encodeRequest(asked, OPTIONS);
      lossNames(losses);
      codec.decodeRequest({ ...(JSON.parse(JSON.stringify(wire)) as JsonObject), ...path });
    });
  });

  it('grows as its unknown fields do', async () => {
    await expectLinear(500, size => {
      const { wire } = codec.encodeRequest(request({}), OPTIONS);
      const unknown = Object.fromEntries(many(size, at => [`unknown_${at}`, at]));
      lossNames(codec.decodeRequest({ ...wire, ...path, ...unknown }).losses);
    });
  });
});

const legacyCalls = (size: number) => [
  ...many(size, at => ({ role: 'assistant', content: null, function_call: { name: `f${at}`, arguments: '{}' } })),
  ...shuffled(many(size, at => ({ role: 'function', name: `f${at}`, content: 'x' }))),
];
const geminiCalls = (size: number) => [
  { role: 'model', parts: many(size, at => ({ functionCall: { name: `f${at}`, args: {} } })) },
  { role: 'user', parts: shuffled(many(size, at => ({ functionResponse: { name: `f${at}`, response: {} } }))) },
];

describe('the work for calls without ids', () => {
  it('grows as they do in the first form of the chat dialect', async () => {
    const codec = codecOf('chat_completions');
    await expectLinear(200, size => codec.decodeRequest({ model: 'm', messages: legacyCalls(size) as never }));
  });

  it('grows as they do in Gemini', async () => {
    const codec = codecOf('gemini_generate_content');
    await expectLinear(200, size =>
      codec.decodeRequest({ model: 'm', stream: false, contents: geminiCalls(size) as never }),
    );
  });
});

const chunk = (delta: object) => ({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: null }] });
const delta = (index: number, fields: object) => chunk({ tool_calls: [{ index, ...fields }] });
const begun = (index: number) =>
  delta(index, { id: `c${index}`, type: 'function', function: { name: 'f', arguments: '{' } });

/** What a provider may stream without end. */
const STREAMS: Readonly<Record<string, (size: number) => object[]>> = {
  texts: size => many(size, () => chunk({ content: 'x' })),
  'texts and thoughts in turn': size =>
    many(size, at => chunk(at % 2 === 0 ? { content: 'x' } : { reasoning_content: 'x' })),
  'calls, one after another': size => many(size, begun),
  'calls that all go on': size => [
    ...many(size, begun),
    ...many(size, at => delta(at, { function: { arguments: '}' } })),
  ],
  'calls with far indexes': size => many(size, at => begun(at * 1_000_003)),
  'one call in pieces, behind many': size => [
    ...many(size, begun),
    ...many(size, () => delta(0, { function: { arguments: ' ' } })),
  ],
  'calls without names': size => many(size, at => delta(at, { id: `c${at}` })),
  'one call again and again': size => many(size, () => begun(0)),
  choices: size => many(size, at => ({ ...chunk({}), choices: [{ index: at, delta: { content: 'x' } }] })),
};

const ANSWER = { model: 'm', requestId: 'req', now: 1, streamUsage: true, request: request({}) };

describe.each(DIALECTS)('the work for a stream of a provider, written as %s', dialect => {
  it.each(Object.entries(STREAMS))('grows as its %s do', async (_, write) => {
    await expectLinear(200, size => {
      const decoder = codecOf('chat_completions').createStreamDecoder();
      const encoder = codecOf(dialect).createStreamEncoder(ANSWER);
      const again = codecOf(dialect).createStreamDecoder();
      const parser = new SseParser();
      const tell = (events: readonly NeutralEvent[]) => {
        const written = Buffer.from(events.map(event => encoder.push(event)).join(''));
        for (const event of parser.push(written)) again.push(event);
      };
      for (const event of write(size)) tell(decoder.push({ event: null, id: null, data: JSON.stringify(event) }));
      tell(decoder.end());
      encoder.end();
    });
  });
});
