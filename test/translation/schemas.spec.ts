/** What becomes of a JSON Schema on its way to a vendor that holds answers to a part of JSON Schema only. */
import { transformJSONSchema } from 'anthropic-sdk/lib/transform-json-schema';
import { CallerFields } from '../../src/dialects/caller-fields.js';
import { constrainedSchema } from '../../src/dialects/anthropic-messages/schema.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { Codec, Encoded } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { RequestFieldError } from '../../src/dialects/request-field-error.js';
import { objectRoot } from '../../src/dialects/schemas/object-root.js';
import { strictSchema } from '../../src/dialects/schemas/strict-schema.js';
import { LossList } from '../../src/dialects/wire/loss-list.js';
import { asString, isList, isObject, type Json, type JsonObject } from '../../src/json/value.js';
import { Chance } from '../support/chance.js';
import { countSteps } from '../support/steps.js';

const OPTIONS = {
  model: 'target-model',
  defaultMaxTokens: 4_096,
  streamUsage: true,
  adaptiveThinking: true,
  thinkingLevels: true,
};
const codecOf = (dialect: ChatDialect): Codec => {
  const { codec } = DESCRIPTORS[dialect];
  if (codec === null) throw new Error(`${dialect} has no codec`);
  return codec;
};

/** How each dialect asks for an answer by a schema, and for a strict tool where it can. */
const ASK: Readonly<Record<ChatDialect, (schema: JsonObject) => JsonObject>> = {
  chat_completions: schema => ({
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } },
  }),
  anthropic_messages: schema => ({
    model: 'm',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'hi' }],
    output_config: { format: { type: 'json_schema', schema } },
  }),
  openai_responses: schema => ({
    model: 'm',
    input: 'hi',
    text: { format: { type: 'json_schema', name: 'x', schema, strict: true } },
  }),
  gemini_generate_content: schema => ({
    model: 'm',
    stream: false,
    contents: [{ parts: [{ text: 'hi' }] }],
    generationConfig: { responseMimeType: 'application/json', responseSchema: schema },
  }),
};
const FIELD: Readonly<Record<ChatDialect, string>> = {
  chat_completions: 'response_format.json_schema.schema',
  anthropic_messages: 'output_config.format.schema',
  openai_responses: 'text.format.schema',
  gemini_generate_content: 'generationConfig.responseSchema',
};

function translate(from: ChatDialect, to: ChatDialect, schema: JsonObject): Encoded {
  return asked(from, ASK[from](schema), to);
}

/** A request of one dialect, for a model of another, with what is lost by the caller's own paths. */
function asked(from: ChatDialect, wire: JsonObject, to: ChatDialect): Encoded {
  const { request } = codecOf(from).decodeRequest(wire);
  return new CallerFields(from, wire).naming(() => codecOf(to).encodeRequest(request, OPTIONS));
}

function constrain(schema: JsonObject): { readonly schema: JsonObject; readonly lost: readonly string[] } {
  const losses = new LossList();
  const written = constrainedSchema(schema, 'schema', losses);
  return { schema: written, lost: losses.losses.map(({ field }) => field) };
}

const object = (properties: JsonObject, others: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...others,
});
const closed = (properties: JsonObject, others: JsonObject = {}) =>
  object(properties, { ...others, additionalProperties: false });

/** Keywords that Anthropic's structured outputs take, with what their values must be. */
const TAKEN: Readonly<Record<string, (value: Json) => boolean>> = {
  type: value => !isList(value) || !value.some(type => type === 'object' || type === 'array'),
  title: () => true,
  description: value => typeof value === 'string',
  properties: isObject,
  required: isList,
  additionalProperties: value => value === false,
  items: isObject,
  minItems: value => value === 0 || value === 1,
  enum: value => isList(value) && value.every(item => !isObject(item) && !isList(item)),
  const: value => !isObject(value) && !isList(value),
  anyOf: value => isList(value) && value.length > 0,
  format: value =>
    ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'].includes(
      asString(value),
    ),
  $ref: value => /^#\/\$defs\/[\w-]+$/.test(asString(value)),
  $defs: isObject,
};

/** Everything that the API would refuse of a schema. */
function refusals(schema: Json, root = schema as JsonObject, found: string[] = []): string[] {
  if (!isObject(schema)) return [...found, 'no schema'];
  for (const [keyword, value] of Object.entries(schema)) {
    if (TAKEN[keyword]?.(value) !== true) found.push(`${keyword}: ${JSON.stringify(value)}`);
  }
  const { type, $ref: reference, anyOf, properties, items, $defs: definitions } = schema;
  if (type === 'object' && schema['additionalProperties'] !== false) found.push('open');
  const literal = 'enum' in schema || 'const' in schema;
  if (!literal && type === undefined && reference === undefined && anyOf === undefined) found.push('untyped');
  if (typeof reference === 'string' && !Object.hasOwn((root['$defs'] ?? {}) as object, reference.slice(8)))
    found.push(reference);
  const inner = [properties, definitions].flatMap(map => (isObject(map) ? Object.values(map) : []));
  for (const one of [...inner, ...(isList(anyOf) ? anyOf : []), ...(items === undefined ? [] : [items])]) {
    refusals(one, root, found);
  }
  return found;
}

/** Whether a definition leads to itself. */
function isRecursive({ $defs: definitions = {} }: JsonObject): boolean {
  const edges = new Map(
    Object.entries(definitions as JsonObject).map(([name, schema]) => [
      name,
      [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([\w-]+)"/g)].map(([, to]) => to as string),
    ]),
  );
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (edges.get(from) ?? []).some(next => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  return [...edges.keys()].some(name => reaches(name, name));
}

describe('a schema for structured outputs of Claude', () => {
  const cases: readonly (readonly [string, JsonObject, JsonObject, readonly string[]])[] = [
    [
      'is closed, and what is required stays so',
      object({ name: { type: 'string' } }, { required: ['name'] }),
      closed({ name: { type: 'string' } }, { required: ['name'] }),
      [],
    ],
    [
      'tells bounds in words',
      closed({ age: { type: 'integer', description: 'In years', minimum: 0, maximum: 150 } }),
      closed({ age: { type: 'integer', description: 'In years\n(at least 0; at most 150)' } }),
      ['schema.properties.age.minimum', 'schema.properties.age.maximum'],
    ],
    [
      'tells lengths, patterns and formats that are not known in words',
      closed({
        a: { type: 'string', minLength: 1, pattern: '^a+$' },
        b: { type: 'string', format: 'email' },
        c: { type: 'string', format: 'color' },
      }),
      closed({
        a: { type: 'string', description: '(at least 1 character; matching the regular expression ^a+$)' },
        b: { type: 'string', format: 'email' },
        c: { type: 'string', description: '(in the format color)' },
      }),
      ['schema.properties.a.minLength', 'schema.properties.a.pattern', 'schema.properties.c.format'],
    ],
    [
      'keeps how few items there may be only where that is none or one',
      closed({
        a: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 3, uniqueItems: true },
        b: { type: 'array', items: { type: 'string' }, minItems: 2 },
      }),
      closed({
        a: { type: 'array', items: { type: 'string' }, minItems: 1, description: '(at most 3 items; no item twice)' },
        b: { type: 'array', items: { type: 'string' }, description: '(at least 2 items)' },
      }),
      ['schema.properties.a.maxItems', 'schema.properties.a.uniqueItems', 'schema.properties.b.minItems'],
    ],
    [
      'tells defaults and examples, which hold nobody to anything, and leaves out the rest of that kind',
      { $schema: 'http://json-schema.org/draft-07/schema#', ...closed({ a: { type: 'string', default: 'x' } }) },
      closed({ a: { type: 'string', description: '(default: "x")' } }),
      [],
    ],
    [
      'has a choice in one form',
      closed({ a: { oneOf: [object({ b: { type: 'string' } }), { type: 'null' }], description: 'Either' } }),
      closed({ a: { anyOf: [closed({ b: { type: 'string' } }), { type: 'null' }], description: 'Either' } }),
      [],
    ],
    [
      'has a schema for each type where one of them holds others',
      closed({
        a: { type: ['object', 'null'], properties: { b: { type: 'string' } } },
        c: { type: ['string', 'null'] },
      }),
      closed({ a: { anyOf: [closed({ b: { type: 'string' } }), { type: 'null' }] }, c: { type: ['string', 'null'] } }),
      [],
    ],
    [
      "understands OpenAPI's nullable",
      closed({ a: { type: 'STRING', nullable: true }, b: { type: 'string', enum: ['x'], nullable: true } }),
      closed({ a: { type: ['string', 'null'] }, b: { enum: ['x', null] } }),
      [],
    ],
    [
      'names what it cannot allow',
      closed({
        any: {},
        map: { type: 'object', additionalProperties: { type: 'number' } },
        open: object({ a: { type: 'string' } }, { additionalProperties: true }),
        free: { type: 'object' },
      }),
      closed({
        any: { type: ['string', 'number', 'boolean', 'null'] },
        map: { ...closed({}), description: '(additionalProperties: {"type":"number"})' },
        open: closed({ a: { type: 'string' } }),
        free: closed({}),
      }),
      [
        'schema.properties.any',
        'schema.properties.map.additionalProperties',
        'schema.properties.open.additionalProperties',
        'schema.properties.free.additionalProperties',
      ],
    ],
    [
      'finds its types where they are not said',
      { properties: { list: { items: { minLength: 2 } } } },
      closed({ list: { type: 'array', items: { type: 'string', description: '(at least 2 characters)' } } }),
      ['schema.properties.list.items.minLength'],
    ],
    [
      'has its definitions in one place, each once',
      object(
        {
          a: { $ref: '#/definitions/it' },
          b: { $ref: '#/definitions/it' },
          c: { $ref: '#/properties/d' },
          d: { type: 'string' },
        },
        { definitions: { it: object({ x: { type: 'number', minimum: 1 } }), unused: {} } },
      ),
      {
        ...closed({
          a: { $ref: '#/$defs/it' },
          b: { $ref: '#/$defs/it' },
          c: { $ref: '#/$defs/d' },
          d: { type: 'string' },
        }),
        $defs: { it: closed({ x: { type: 'number', description: '(at least 1)' } }), d: { type: 'string' } },
      },
      ['schema.definitions.it.properties.x.minimum'],
    ],
    [
      'has no references to elsewhere',
      closed({ a: { $ref: 'https://example.com/schema.json' }, b: { $ref: '#/$defs/gone' } }),
      closed({
        a: { type: ['string', 'number', 'boolean', 'null'] },
        b: { type: ['string', 'number', 'boolean', 'null'] },
      }),
      ['schema.properties.a.$ref', 'schema.properties.b.$ref'],
    ],
    [
      'is one schema where it was said in parts',
      {
        allOf: [{ $ref: '#/$defs/base' }, object({ b: { type: 'string' } }, { required: ['b'] })],
        $defs: { base: object({ a: { type: 'string' } }, { required: ['a'], additionalProperties: false }) },
      },
      closed({ a: { type: 'string' }, b: { type: 'string' } }, { required: ['a', 'b'] }),
      [],
    ],
    [
      'tells conditions in words',
      closed({ a: { type: 'string' } }, { not: { required: ['a'] }, anyOf: [{ required: ['a'] }] }),
      {
        ...closed({ a: { type: 'string' } }),
        description: '(not: {"required":["a"]}; anyOf: [{"required":["a"]}])',
      },
      ['schema.not', 'schema.anyOf'],
    ],
  ];

  it.each(cases)('%s', (_, given, expected, lost) => {
    const outcome = constrain(given);
    expect(outcome).toEqual({ schema: expected, lost });
    expect(refusals(outcome.schema)).toEqual([]);
  });

  it('is written out to a few levels where it holds itself', () => {
    const node = object(
      { value: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
      { required: ['value'] },
    );
    const { schema, lost } = constrain({ ...object({ tree: { $ref: '#/$defs/node' } }), $defs: { node } });
    expect(refusals(schema)).toEqual([]);
    expect(isRecursive(schema)).toBe(false);
    expect(Object.keys(schema['$defs'] as JsonObject)).toHaveLength(4);
    expect(lost).toEqual(['schema.$defs.node.properties.children.items']);
    const last = Object.values(schema['$defs'] as JsonObject).at(0) as JsonObject;
    expect(JSON.stringify(last)).toContain('"value"');
  });

  it('that is its own root, or a list of itself, ends as well', () => {
    const recursive: JsonObject[] = [
      object({ next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } }),
      object({ all: { allOf: [{ $ref: '#' }], description: 'Again' } }),
      {
        allOf: [{ $ref: '#/$defs/a' }],
        $defs: { a: { allOf: [{ $ref: '#/$defs/a' }, object({ b: { $ref: '#/$defs/a' } })] } },
      },
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    ];
    for (const given of recursive) {
      const { schema } = constrain(given);
      expect([given, refusals(schema), isRecursive(schema)]).toEqual([given, [], false]);
    }
  });

  it('keeps properties of any name', () => {
    const given = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"$ref":{"type":"string"},"anyOf":{"type":"null"}}}',
    ) as JsonObject;
    const { schema } = constrain(given);
    expect(Object.keys(schema['properties'] as JsonObject)).toEqual(['__proto__', '$ref', 'anyOf']);
  });

  it('is refused by its field where it is larger than anybody needs', () => {
    const wide = object(Object.fromEntries(Array.from({ length: 10_001 }, (_, at) => [`p${at}`, { type: 'string' }])));
    let deep: JsonObject = { type: 'string' };
    for (let level = 0; level < 401; level++) deep = { type: 'array', items: deep };
    for (const given of [wide, object({ deep })]) {
      const refused = () => translate('chat_completions', 'anthropic_messages', given);
      expect(refused).toThrow(RequestFieldError);
      expect(refused).toThrow(expect.objectContaining({ field: FIELD.chat_completions }));
    }
  });

  it('costs work that grows as it does, however its parts refer to each other', async () => {
    const given = (size: number): JsonObject => ({
      ...object(Object.fromEntries(Array.from({ length: size }, (_, at) => [`p${at}`, { $ref: `#/$defs/d${at}` }]))),
      $defs: Object.fromEntries(
        Array.from({ length: size }, (_, at) => [
          `d${at}`,
          object({
            a: { $ref: `#/$defs/d${(at * 7) % size}` },
            b: { anyOf: [{ $ref: `#/$defs/d${(at * 3) % size}` }, { type: 'null' }] },
          }),
        ]),
      ),
    });
    const steps: number[] = [];
    constrain(given(20));
    for (const size of [20, 40, 80, 160]) steps.push(await countSteps(() => void constrain(given(size))));
    expect([steps, (steps[3] ?? 0) < 16 * (steps[0] ?? 0)]).toEqual([steps, true]);
  });

  it('is never one that the API refuses', () => {
    for (let run = 1; run <= 400; run++) {
      const given = anySchema(new Chance(run));
      const { schema } = constrain(given);
      expect([run, given, refusals(schema), isRecursive(schema)]).toEqual([run, given, [], false]);
      // The vendor's own helper finds nothing left to change.
      expect([run, transformJSONSchema(schema as never)]).toEqual([run, schema]);
    }
  });
});

/** A schema made by chance, of keywords that callers use. */
function anySchema(chance: Chance, level = 0): JsonObject {
  const inner = () => anySchema(chance, level + 1);
  const keywords: readonly (() => JsonObject)[] = [
    () => ({ type: chance.pick(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null', 'OBJECT']) }),
    () => ({ type: [chance.pick(['object', 'array', 'string']), 'null'] }),
    () => ({
      properties: (level < 3 ? { a: inner(), b: inner() } : {}) as JsonObject,
      required: chance.pick([['a'], ['c'], []]),
    }),
    () => ({ items: level < 3 ? inner() : {} }),
    () => ({ [chance.pick(['anyOf', 'oneOf', 'allOf'])]: level < 3 ? [inner(), inner()] : [{}] }),
    () => ({ enum: chance.pick([['x', 1], [{ a: 1 }], [null], []]) }),
    () => ({ const: chance.pick<Json>(['x', { a: 1 }, null]) }),
    () => ({ $ref: chance.pick(['#', '#/$defs/a', '#/$defs/b', '#/definitions/c', 'other.json']) }),
    () => ({ additionalProperties: chance.pick<Json>([true, false, { type: 'string' }]) }),
    () => ({ [chance.pick(['minimum', 'maxLength', 'minItems', 'maxItems', 'multipleOf'])]: chance.pick([0, 1, 2]) }),
    () => ({ [chance.pick(['format', 'pattern', 'description', 'title'])]: chance.pick(['email', 'x']) }),
    () => ({ nullable: true }),
    () => ({ [chance.pick(['not', 'if', 'patternProperties', 'default', '$schema', 'x-own'])]: { a: {} } }),
  ];
  const made = Object.assign(
    {},
    ...Array.from({ length: chance.int(1, 3) }, () => chance.pick(keywords)()),
  ) as JsonObject;
  if (level > 0) return made;
  const definitions = { a: anySchema(chance, 2), b: anySchema(chance, 2) };
  return { ...made, $defs: definitions, definitions: { c: anySchema(chance, 2) } };
}

const BOUNDED = object({ age: { type: 'integer', minimum: 0 } }, { required: ['age'] });
const ORDERED: JsonObject = {
  type: 'OBJECT',
  properties: {
    name: { type: 'STRING', nullable: true },
    tags: { type: 'ARRAY', items: { type: 'STRING', format: 'enum', enum: ['a', 'b'] }, minItems: '2' },
  },
  required: ['name', 'tags'],
  propertyOrdering: ['tags', 'name'],
};

describe('structured output for another vendor', () => {
  it.each(['chat_completions', 'openai_responses', 'gemini_generate_content'] as const)(
    'from %s is held to at Claude, with losses by the name that the caller knows',
    from => {
      const { wire, losses } = translate(from, 'anthropic_messages', BOUNDED);
      expect(wire['output_config']).toEqual({
        format: {
          type: 'json_schema',
          schema: closed({ age: { type: 'integer', description: '(at least 0)' } }, { required: ['age'] }),
        },
      });
      expect(losses.map(({ field }) => field)).toEqual([`${FIELD[from]}.properties.age.minimum`]);
    },
  );

  it("from Gemini's own form of schema works at Claude", () => {
    const { wire } = translate('gemini_generate_content', 'anthropic_messages', ORDERED);
    const { schema } = (wire['output_config'] as JsonObject)['format'] as { schema: JsonObject };
    expect(refusals(schema)).toEqual([]);
    expect(Object.keys(schema['properties'] as JsonObject)).toEqual(['tags', 'name']);
    expect(schema['properties']).toEqual({
      tags: { type: 'array', items: { enum: ['a', 'b'] }, description: '(at least 2 items)' },
      name: { type: ['string', 'null'] },
    });
  });

  const formatOf = ({ wire }: Encoded) => {
    const chat = wire['response_format'] as { json_schema: JsonObject } | undefined;
    const { schema, strict } = chat?.json_schema ?? ((wire['text'] as JsonObject)['format'] as JsonObject);
    return { schema, strict };
  };

  it.each(['chat_completions', 'openai_responses'] as const)('from Gemini is held to at OpenAI (%s)', to => {
    const encoded = translate('gemini_generate_content', to, ORDERED);
    expect(formatOf(encoded)).toEqual({
      strict: true,
      schema: closed(
        {
          tags: { type: 'array', items: { type: 'string', enum: ['a', 'b'] }, minItems: 2 },
          name: { type: ['string', 'null'] },
        },
        { required: ['name', 'tags'] },
      ),
    });
    expect(encoded.losses).toEqual([]);
  });

  it.each([
    ['gemini_generate_content', 'chat_completions'],
    ['gemini_generate_content', 'openai_responses'],
    ['anthropic_messages', 'chat_completions'],
    ['anthropic_messages', 'openai_responses'],
  ] as const)('from %s that %s cannot be held to is named', (from, to) => {
    const optional = closed({ a: { type: 'string' } });
    const encoded = translate(from, to, optional);
    expect(formatOf(encoded)).toEqual({ strict: false, schema: optional });
    expect(encoded.losses.map(({ field }) => field)).toEqual([FIELD[from]]);
  });

  it('of a caller who chose strict or not stays what it is at OpenAI', () => {
    const { losses, ...encoded } = translate('chat_completions', 'openai_responses', BOUNDED);
    expect([formatOf({ ...encoded, losses }), losses]).toEqual([{ strict: true, schema: BOUNDED }, []]);
  });

  it('of strict tools is held to at Claude, and of others goes as it is', () => {
    const tools = [true, null].map(strict => ({
      type: 'function',
      function: { name: `t${strict}`, parameters: structuredClone(BOUNDED), ...(strict && { strict }) },
    }));
    const messages = [{ role: 'user', content: 'hi' }];
    const { wire, losses } = asked('chat_completions', { model: 'm', messages, tools }, 'anthropic_messages');
    expect((wire['tools'] as JsonObject[]).map(({ input_schema, strict }) => [input_schema, strict])).toEqual([
      [closed({ age: { type: 'integer', description: '(at least 0)' } }, { required: ['age'] }), true],
      [BOUNDED, undefined],
    ]);
    expect(losses.map(({ field }) => field)).toEqual(['tools[0].function.parameters.properties.age.minimum']);
  });
});

/** The vendors that want an object at the root of a function's schema. */
const ROOTED = {
  anthropic_messages: (tool: JsonObject) => tool['input_schema'],
  chat_completions: (tool: JsonObject) => (tool['function'] as JsonObject)['parameters'],
  openai_responses: (tool: JsonObject) => tool['parameters'],
};

describe('the arguments of a tool', () => {
  const argumentsAt = (to: keyof typeof ROOTED, parameters: JsonObject) => {
    const functionDeclarations = [{ name: 't', parametersJsonSchema: parameters }];
    const contents = [{ parts: [{ text: 'hi' }] }];
    const wire = { model: 'm', stream: false, contents, tools: [{ functionDeclarations }] };
    const encoded = asked('gemini_generate_content', wire, to);
    const [tool = {}] = encoded.wire['tools'] as JsonObject[];
    return [ROOTED[to](tool), encoded.losses.map(({ field }) => field)];
  };
  const definition = object({ a: { $ref: '#/$defs/a' } });
  const roots: readonly (readonly [string, JsonObject, JsonObject, string[]])[] = [
    ['that are nothing', {}, object({}), []],

    ['without a type', { properties: { a: {} } }, object({ a: {} }), []],
    [
      'that are a reference',
      { $ref: '#/$defs/a', $defs: { a: definition } },
      { ...definition, $defs: { a: definition } },
      [],
    ],
    [
      'that are a choice',
      { anyOf: [definition] },
      { ...definition, description: `(anyOf: ${JSON.stringify([definition])})` },
      ['tools[0].functionDeclarations[0].parametersJsonSchema.anyOf'],
    ],
  ];

  it.each(
    roots.flatMap(([name, ...rest]) =>
      (Object.keys(ROOTED) as (keyof typeof ROOTED)[]).map(to => [name, to, ...rest] as const),
    ),
  )('%s are an object with properties for %s', (_, to, given, expected, lost) => {
    expect(argumentsAt(to, given)).toEqual([expected, lost]);
  });
});

it.each(['chat_completions', 'openai_responses'] as const)(
  'an object has properties in %s, where there are none',
  to => {
    const tools = [{ name: 't', input_schema: { type: 'object' } }];
    const messages = [{ role: 'user', content: 'hi' }];
    const { request } = codecOf('anthropic_messages').decodeRequest({ model: 'm', max_tokens: 99, messages, tools });
    const [tool = {}] = codecOf(to).encodeRequest(request, OPTIONS).wire['tools'] as JsonObject[];
    expect(ROOTED[to](tool)).toEqual(object({}));
  },
);

describe('the arguments of a tool for Claude', () => {
  const argumentsOf = (parameters: JsonObject, strict: boolean) => {
    const tools = [{ type: 'function', function: { name: 't', parameters, strict } }];
    const messages = [{ role: 'user', content: 'hi' }];
    const { wire, losses } = asked('chat_completions', { model: 'm', messages, tools }, 'anthropic_messages');
    return [(wire['tools'] as JsonObject[])[0]?.['input_schema'], losses.map(({ field }) => field)];
  };
  const field = 'tools[0].function.parameters';
  const choice = [object({ a: { type: 'string' } }, { required: ['a'] }), object({ b: { type: 'string' } })];
  const written = object(
    { a: { type: 'string' }, b: { type: 'string' } },
    { description: `(anyOf: ${JSON.stringify(choice)})` },
  );

  it.each<[string, JsonObject, boolean, JsonObject, string[]]>([
    ['are one object where they are a choice', { anyOf: choice }, false, written, [`${field}.anyOf`]],
    [
      'are so where they are strict',
      { anyOf: choice },
      true,
      { ...written, additionalProperties: false },
      [`${field}.anyOf`],
    ],
    [
      'are one object where they are said in parts',
      { allOf: [{ $ref: '#/$defs/a' }, object({ b: { type: 'string' } })], $defs: { a: choice[0]! } },
      false,
      object({ a: { type: 'string' }, b: { type: 'string' } }, { required: ['a'], $defs: { a: choice[0]! } }),
      [],
    ],
    [
      'are what they refer to',
      { $ref: '#/$defs/a', $defs: { a: choice[0]! } },
      false,
      object({ a: { type: 'string' } }, { required: ['a'], $defs: { a: choice[0]! } }),
      [],
    ],
    [
      'stay what they are',
      object({ a: { type: 'string', maxLength: 3 } }),
      false,
      object({ a: { type: 'string', maxLength: 3 } }),
      [],
    ],
  ])('%s', (_, parameters, strict, expected, lost) => {
    expect(argumentsOf(parameters, strict)).toEqual([expected, lost]);
  });

  it('end, however long the chain of their references is', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, at): [string, JsonObject] => [
        `d${at}`,
        { allOf: [{ $ref: `#/$defs/d${at + 1}` }] },
      ]),
    );
    expect(argumentsOf({ $ref: '#/$defs/d0', $defs }, false)[0]).toMatchObject({ type: 'object' });
    expect(() => argumentsOf({ ...object({ x: { $ref: '#/$defs/d0' } }), $defs }, true)).toThrow(RequestFieldError);
  });
});

describe('a schema for the strict mode of OpenAI', () => {
  it.each<[string, JsonObject | null, JsonObject]>([
    [
      'is closed',
      closed({ a: { type: 'string' } }, { required: ['a'] }),
      object({ a: { type: 'string' } }, { required: ['a'] }),
    ],
    ['requires each property', null, object({ a: { type: 'string' } })],
    ['allows nothing beside', null, object({}, { additionalProperties: true })],
    ['has a type', null, object({ a: {} }, { required: ['a'] })],
    ['has an object at its root', null, { type: 'array', items: { type: 'string' } }],
    [
      'has no keywords that the mode does not know',
      null,
      object({ a: { type: 'string', minLength: 1 } }, { required: ['a'] }),
    ],
    [
      'has nothing beside a reference',
      closed(
        { a: closed({}, { description: 'A', title: 'T' }), b: { $ref: '#/$defs/d' } },
        { required: ['a', 'b'], $defs: { d: closed({}, { description: 'D', title: 'T' }) } },
      ),
      object(
        { a: { $ref: '#/$defs/d', description: 'A' }, b: { $ref: '#/$defs/d', default: {} } },
        { required: ['a', 'b'], $defs: { d: object({}, { description: 'D', title: 'T' }) } },
      ),
    ],
    [
      'has an end, where what stands beside a reference repeats itself',
      null,
      object({ a: { $ref: '#/$defs/d' } }, { required: ['a'], $defs: { d: { $ref: '#/$defs/d', title: 'T' } } }),
    ],
    [
      'says the type of values',
      closed(
        { a: { type: 'string', const: 'x' }, b: { type: ['number', 'null'], enum: [1, null] } },
        { required: ['a', 'b'] },
      ),
      object({ a: { const: 'x' }, b: { enum: [1, null] } }, { required: ['a', 'b'] }),
    ],
    ['refers to what it holds', null, object({ a: { $ref: '#/$defs/d' } }, { required: ['a'] })],
    ['says what its lists hold', null, object({ a: { type: 'array' } }, { required: ['a'] })],
    ['requires no other property', null, object({ a: { type: 'string' } }, { required: ['a', 'b'] })],
    [
      'leaves out what holds nobody to anything',
      closed({ a: { type: 'string' } }, { required: ['a'] }),
      { $schema: 'x', ...object({ a: { type: 'string', default: 'x' } }, { required: ['a'] }) },
    ],
  ])('%s', (_, expected, given) => {
    expect(strictSchema(given)).toEqual(expected);
  });
});

describe('what is referred to again and again', () => {
  const references = (size: number, more: JsonObject = {}) =>
    Array.from({ length: size }, () => ({ $ref: '#/$defs/d', ...more }));

  it('is read once for the root of a tool', () => {
    let reads = 0;
    const ownKeys = (target: object) => {
      reads += 1;
      return Reflect.ownKeys(target);
    };
    const properties = new Proxy<JsonObject>({ a: { type: 'string' } }, { ownKeys });
    const root = objectRoot({ anyOf: references(1_000), $defs: { d: { properties } } }, 'parameters', new LossList());
    expect(root['properties']).toEqual({ a: { type: 'string' } });
    expect(reads).toBeLessThan(5);
  });

  it('is written out at Claude up to a bound, whatever it is referred to by', () => {
    const d = { type: 'string', description: 'x'.repeat(100_000) };
    const schema = (refer: (at: number) => JsonObject, size: number) =>
      object(Object.fromEntries(Array.from({ length: size }, (_, at) => [`p${at}`, refer(at)])), {
        $defs: { definition: d },
      });
    const inParts: JsonObject[] = [{ $ref: '#/$defs/definition' }, { title: 'x' }];
    const beside = (): JsonObject => ({ allOf: inParts });
    // Each in a spelling of its own.
    const spelt = (at: number): JsonObject => {
      const letters = [...'definition'].map((letter, place) =>
        (at >> place) % 2 === 0 ? letter : `%${letter.charCodeAt(0).toString(16)}`,
      );
      return { $ref: `#/$defs/${letters.join('')}` };
    };
    for (const refer of [beside, spelt]) {
      expect(JSON.stringify(constrain(schema(refer, 5)).schema).length).toBeLessThan(600_000);
      expect(() => constrain(schema(refer, 1_000))).toThrow(expect.objectContaining({ field: 'schema' }));
    }
  });

  it.each(['allOf', 'anyOf'])('is no more than what it stands in, where %s refers to parts of parts', keyword => {
    const nested = (levels: number, size: number): JsonObject => {
      const paths = Array.from({ length: levels }, (_, at) => `#/$defs/d${'/properties/a'.repeat(at)}`);
      let d: JsonObject = { type: 'string', description: 'x'.repeat(size) };
      for (let level = 0; level < levels; level++) d = object({ a: d, [`b${level}`]: d });
      return { [keyword]: paths.map($ref => ({ $ref })), $defs: { d } };
    };
    const written = (schema: JsonObject) => objectRoot(schema, 'parameters', new LossList());
    expect(Object.keys(written(nested(3, 10))['properties'] as JsonObject).toSorted()).toEqual(['a', 'b0', 'b1', 'b2']);
    expect(() => written(nested(8, 20_000))).toThrow(expect.objectContaining({ field: 'parameters' }));
  });

  it('is copied for the strict mode up to a bound', () => {
    const schema = (size: number) => {
      const properties = Object.fromEntries(references(size, { title: 'x' }).map((each, at) => [`p${at}`, each]));
      const d = { type: 'string', pattern: 'x'.repeat(10_000) };
      return object(properties, { required: Object.keys(properties), $defs: { d } });
    };
    expect(strictSchema(schema(10))).not.toBeNull();
    expect(strictSchema(schema(1_000))).toBeNull();
  });
});
