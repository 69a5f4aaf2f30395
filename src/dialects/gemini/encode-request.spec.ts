import type { JsonObject } from '../../json/value.js';
import type { EncodeRequestOptions } from '../neutral/codec.js';
import type {
  AssistantPart,
  MediaPart,
  NeutralRequest,
  ToolResultPart,
  Turn,
  UserPart,
} from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { decodeGeminiRequest } from './decode-request.js';
import { encodeGeminiRequest } from './encode-request.js';
import { UNSIGNED } from './reasoning-signature.js';

const hello: Turn = { role: 'user', parts: [{ type: 'text', text: 'Hello.' }] };
const plain = decodeGeminiRequest({ model: 'asked', contents: [{ parts: [{ text: 'Hello.' }] }] }).request;
const tool = { type: 'function', name: 'f', description: null, parameters: null, strict: null } as const;
const SIGNED = { origin: 'gemini', value: 'c2VhbA_-' } as const;
const image: MediaPart = {
  type: 'media',
  kind: 'image',
  source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' },
};

function encode(request: Partial<NeutralRequest>, options: Partial<EncodeRequestOptions> = {}) {
  const { wire, losses } = encodeGeminiRequest(
    { ...plain, ...request },
    {
      model: 'target',
      defaultMaxTokens: 1,
      streamUsage: false,
      adaptiveThinking: false,
      thinkingLevels: true,
      ...options,
    },
  );
  return { wire, lost: losses.map(loss => loss.field) };
}

const user = (...parts: UserPart[]): Turn => ({ role: 'user', parts });
const assistant = (...parts: AssistantPart[]): Turn => ({ role: 'assistant', parts });
const call = (id: string, args = '{}'): AssistantPart => ({ type: 'tool-call', id, name: 'f', arguments: args });
const result = (callId: string, more: Partial<ToolResultPart> = {}): ToolResultPart => ({
  type: 'tool-result',
  callId,
  name: null,
  content: [{ type: 'text', text: 'done' }],
  isError: false,
  ...more,
});
const contents = (turns: readonly Turn[], options: Partial<EncodeRequestOptions> = {}) => {
  const { wire, lost } = encode({ turns }, options);
  return { contents: wire['contents'] as JsonObject[], lost };
};

describe('encodeGeminiRequest', () => {
  it('writes the plainest request, and neither model nor stream, which stand in the path', () => {
    expect(encode({ stream: true })).toEqual({
      wire: { contents: [{ role: 'user', parts: [{ text: 'Hello.' }] }] },
      lost: [],
    });
  });

  it('puts neighbours of one role into one turn', () => {
    const instruction: Turn = { role: 'system', parts: [{ type: 'text', text: 'Be short.' }] };
    const said = assistant({ type: 'text', text: 'Hi.' });

    expect(contents([hello, instruction, hello, said, said, hello])).toEqual({
      contents: [
        {
          role: 'user',
          parts: [{ text: 'Hello.' }, { text: '<system-reminder>\nBe short.\n</system-reminder>' }, { text: 'Hello.' }],
        },
        { role: 'model', parts: [{ text: 'Hi.' }, { text: 'Hi.' }] },
        { role: 'user', parts: [{ text: 'Hello.' }] },
      ],
      lost: ['messages[1]'],
    });
  });

  it('writes calls with their ids, and finds the names that answers need', () => {
    expect(
      contents([hello, assistant(call('a', '{"n":1}'), call('b', '')), user(result('a')), user(result('b'))]),
    ).toEqual({
      contents: [
        { role: 'user', parts: [{ text: 'Hello.' }] },
        {
          role: 'model',
          parts: [
            { functionCall: { id: 'a', name: 'f', args: { n: 1 } }, thoughtSignature: UNSIGNED },
            { functionCall: { id: 'b', name: 'f', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { id: 'a', name: 'f', response: { output: 'done' } } },
            { functionResponse: { id: 'b', name: 'f', response: { output: 'done' } } },
          ],
        },
      ],
      lost: ['signature'],
    });
  });

  it.each([
    ['unsigned, of Gemini 3', true, [call('a')], [UNSIGNED]],
    ['of Gemini 2.5, which checks none', false, [call('a')], [undefined]],
    ['the second of a step', true, [{ ...call('a'), signature: SIGNED }, call('b')], ['c2VhbA_-', undefined]],
    ['the first of a step', true, [call('a'), { ...call('b'), signature: SIGNED }], [UNSIGNED, 'c2VhbA_-']],
  ] as const)('marks a call that Gemini 3 would refuse: %s', (_, thinkingLevels, parts, signatures) => {
    const { contents: written } = contents([hello, assistant(...(parts as readonly AssistantPart[]))], {
      thinkingLevels,
    });
    const calls = written[1]?.['parts'] as { thoughtSignature?: string }[];
    expect(calls.map(({ thoughtSignature }) => thoughtSignature)).toEqual(signatures);
  });

  it('shows an image of a result inside the response where the model can see it there, else beside it', () => {
    const turns = [hello, assistant(call('a')), user(result('a', { content: [{ type: 'text', text: 'one' }, image] }))];
    const inlineData = { mimeType: 'image/png', data: 'AAAA' };
    const response = { id: 'a', name: 'f', response: { output: 'one' } };

    expect(contents(turns).contents[2]?.['parts']).toEqual([
      { functionResponse: { ...response, parts: [{ inlineData }] } },
    ]);
    expect(contents(turns, { thinkingLevels: false }).contents[2]?.['parts']).toEqual([
      { functionResponse: response },
      { inlineData },
    ]);
  });

  it('never lets media of a result vanish', () => {
    const audio: MediaPart = {
      ...image,
      kind: 'audio',
      source: { type: 'base64', mediaType: 'audio/wav', data: 'BBBB' },
    };
    const linked: MediaPart = { ...image, source: { type: 'url', url: 'https://a.example/x.png', mediaType: null } };
    const { contents: written } = contents([
      hello,
      assistant(call('a')),
      user(result('a', { content: [audio, linked] })),
    ]);

    expect(written[2]?.['parts']).toEqual([
      { functionResponse: { id: 'a', name: 'f', response: { output: '' } } },
      { inlineData: { mimeType: 'audio/wav', data: 'BBBB' } },
      { fileData: { fileUri: 'https://a.example/x.png', mimeType: 'image/png' } },
    ]);
  });

  describe('signatures', () => {
    const own = { origin: 'gemini', value: 'c2VhbA_-' } as const;
    const foreign = { origin: 'anthropic', value: 'sig' } as const;

    it("writes Gemini's own byte for byte on the parts that they came with", () => {
      const parts: AssistantPart[] = [
        { type: 'reasoning', text: 'Thinking.', opaque: own, redacted: false },
        { ...call('a'), signature: own } as AssistantPart,
        { type: 'text', text: 'Said.', signature: own },
        { type: 'reasoning', text: '', opaque: own, redacted: false },
      ];

      expect(contents([hello, assistant(...parts), user(result('a'))])).toMatchObject({
        contents: [
          { role: 'user', parts: [{ text: 'Hello.' }] },
          {
            role: 'model',
            parts: [
              { text: 'Thinking.', thought: true, thoughtSignature: own.value },
              { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: own.value },
              { text: 'Said.', thoughtSignature: own.value },
              { text: '', thought: true, thoughtSignature: own.value },
            ],
          },
          { role: 'user' },
        ],
        lost: [],
      });
    });

    it('puts one that came without words before a call onto the call, where Gemini looks for it', () => {
      const bare: AssistantPart = { type: 'reasoning', text: '', opaque: own, redacted: false };

      expect(contents([hello, assistant(bare, call('a'), call('b'))]).contents[1]?.['parts']).toEqual([
        { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: own.value },
        { functionCall: { id: 'b', name: 'f', args: {} } },
      ]);
    });

    it('leaves one that stands before something else where it is', () => {
      const bare: AssistantPart = { type: 'reasoning', text: '', opaque: own, redacted: false };
      const said: AssistantPart = { type: 'text', text: 'Said.' };

      expect(contents([hello, assistant(bare, said, call('a'))]).contents[1]?.['parts']).toEqual([
        { text: '', thought: true, thoughtSignature: own.value },
        { text: 'Said.' },
        { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: UNSIGNED },
      ]);
      expect(contents([hello, assistant(bare, call('a'))]).contents[1]?.['parts']).toHaveLength(1);
    });

    it("leaves out another vendor's, with its thoughts, and says so", () => {
      const parts: AssistantPart[] = [
        { type: 'reasoning', text: 'Thinking.', opaque: foreign, redacted: false },
        { type: 'reasoning', text: '', opaque: foreign, redacted: true },
        { ...call('a'), signature: foreign } as AssistantPart,
        { type: 'text', text: 'Said.', signature: foreign },
      ];

      expect(contents([hello, assistant(...parts), user(result('a'))])).toMatchObject({
        contents: [
          { role: 'user', parts: [{ text: 'Hello.' }] },
          {
            role: 'model',
            parts: [{ functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: UNSIGNED }, { text: 'Said.' }],
          },
          { role: 'user' },
        ],
        lost: [
          ...[
            'messages[1].content[0]',
            'messages[1].content[1]',
            'messages[1].content[2].signature',
            'messages[1].content[3].signature',
          ],
          'signature',
        ],
      });
    });
  });

  it('writes media with a type, guessed where none was said', () => {
    const linked = (kind: MediaPart['kind'], url: string): MediaPart => ({
      type: 'media',
      kind,
      source: { type: 'url', url, mediaType: null },
    });
    const { contents: written } = contents([
      user(linked('image', 'https://a.example/x.webp'), linked('document', 'https://a.example/x'), {
        type: 'media',
        kind: 'document',
        source: { type: 'file', origin: 'gemini', id: 'gs://b/x.pdf' },
        name: 'x.pdf',
      }),
    ]);

    expect(written[0]?.['parts']).toEqual([
      { fileData: { fileUri: 'https://a.example/x.webp', mimeType: 'image/webp' } },
      { fileData: { fileUri: 'https://a.example/x', mimeType: 'application/pdf' } },
      { fileData: { fileUri: 'gs://b/x.pdf', mimeType: 'application/pdf' } },
    ]);
  });

  it('tells a model that listens how closely to look', () => {
    const turns = [user({ ...image, detail: 'high' }, { ...image, detail: 'auto' })];

    expect(contents(turns)).toMatchObject({
      contents: [
        {
          parts: [
            { mediaResolution: { level: 'MEDIA_RESOLUTION_HIGH' } },
            expect.not.objectContaining({ mediaResolution: expect.anything() }),
          ],
        },
      ],
      lost: [],
    });
    expect(contents(turns, { thinkingLevels: false }).lost).toEqual(['messages[0].content[0].detail']);
  });

  describe('tools', () => {
    it('writes schemas as JSON Schema without $schema', () => {
      const parameters = { $schema: 'https://json-schema.org/draft-07/schema#', type: 'object', properties: {} };
      const { wire, lost } = encode({
        tools: [
          { ...tool, description: 'd', parameters, strict: true },
          { ...tool, name: 'g' },
        ],
      });

      expect(wire['tools']).toEqual([
        {
          functionDeclarations: [
            { name: 'f', description: 'd', parametersJsonSchema: { type: 'object', properties: {} } },
            { name: 'g' },
          ],
        },
      ]);
      expect(lost).toEqual(['tools[0].strict']);
    });

    it("keeps Google's own tools, and names those of other vendors", () => {
      const { wire, lost } = encode({
        tools: [
          { type: 'vendor', dialect: 'openai_responses', name: 'web_search', wire: { type: 'web_search' } },
          { type: 'vendor', dialect: 'gemini_generate_content', name: 'googleSearch', wire: { googleSearch: {} } },
        ],
      });

      expect(wire['tools']).toEqual([{ googleSearch: {} }]);
      expect(lost).toEqual(['tools[0]']);
    });

    it.each([
      [{ type: 'auto' } as const, { mode: 'AUTO' }],
      [{ type: 'none' } as const, { mode: 'NONE' }],
      [{ type: 'required' } as const, { mode: 'ANY' }],
      [{ type: 'tool', name: 'f' } as const, { mode: 'ANY', allowedFunctionNames: ['f'] }],
      [
        { type: 'allowed', mode: 'required', names: ['f', 'g'] } as const,
        { mode: 'ANY', allowedFunctionNames: ['f', 'g'] },
      ],
      [{ type: 'allowed', mode: 'auto', names: ['f'] } as const, { mode: 'VALIDATED', allowedFunctionNames: ['f'] }],
    ])('writes the choice %j', (toolChoice, functionCallingConfig) => {
      expect(encode({ toolChoice, tools: [tool, { ...tool, name: 'g' }] }).wire['toolConfig']).toEqual({
        functionCallingConfig,
      });
    });

    it('makes no choice among no functions', () => {
      expect(encode({ toolChoice: { type: 'required' } })).toMatchObject({
        wire: expect.not.objectContaining({ toolConfig: expect.anything() }),
        lost: ['tool_choice'],
      });
      expect(encode({ toolChoice: { type: 'none' } }).lost).toEqual([]);
    });
  });

  it('writes every parameter that Gemini knows', () => {
    const { wire, lost } = encode({
      temperature: 0,
      topP: 0.5,
      topK: 3,
      candidates: 2,
      maxOutputTokens: 0,
      stop: ['x'],
      seed: 0,
      frequencyPenalty: 0,
      presencePenalty: -1,
      logprobs: { top: 2 },
      output: { type: 'json' },
      serviceTier: 'flex',
      parallelToolCalls: true,
    });

    expect(wire).toMatchObject({
      serviceTier: 'flex',
      generationConfig: {
        temperature: 0,
        topP: 0.5,
        topK: 3,
        candidateCount: 2,
        maxOutputTokens: 0,
        stopSequences: ['x'],
        seed: 0,
        frequencyPenalty: 0,
        presencePenalty: -1,
        responseLogprobs: true,
        logprobs: 2,
        responseMimeType: 'application/json',
      },
    });
    expect(lost).toEqual([]);
  });

  it('writes a schema into the field for JSON Schema', () => {
    const schema = { $schema: 'x', type: 'object' };
    const { wire, lost } = encode({ output: { type: 'schema', name: 'n', description: 'd', schema, strict: true } });

    expect(wire['generationConfig']).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object' },
    });
    expect(lost).toEqual(['output.description']);
  });

  it('names each parameter that Gemini does not know', () => {
    const { wire, lost } = encode({
      parallelToolCalls: false,
      user: 'u',
      metadata: { a: 'b' },
      verbosity: 'low',
      promptCacheKey: 'k',
      serviceTier: 'scale',
      instructions: [{ type: 'text', text: 'Be short.', cache: { ttl: '1h' } }],
      turns: [{ ...hello, name: 'Ann' }, user({ type: 'text', text: 'x', cache: { ttl: null } })],
      tools: [{ ...tool, cache: { ttl: null } }],
    });

    expect(JSON.stringify(wire)).not.toMatch(/cache|Ann|scale/);
    expect(lost.toSorted()).toEqual(
      [
        'cache_control',
        'messages[0].name',
        'parallel_tool_calls',
        'user',
        'metadata',
        'verbosity',
        'prompt_cache_key',
        'service_tier',
      ].toSorted(),
    );
  });

  it.each([
    ['flex', { serviceTier: 'flex' }, []],
    ['priority', { serviceTier: 'priority' }, []],
    ['default', {}, []],
    ['auto', {}, []],
    ['standard_only', {}, []],
    ['scale', {}, ['service_tier']],
  ])('writes the tier %s', (serviceTier, tier, lost) => {
    expect(encode({ serviceTier })).toEqual({ wire: { ...encode({}).wire, ...tier }, lost });
  });

  it.each<[string, string, readonly Turn[]]>([
    [
      'arguments that are nested too deeply',
      'messages[1].content[0].arguments',
      [hello, assistant(call('a', `{"n":${'['.repeat(101)}${']'.repeat(101)}}`))],
    ],
    [
      "another vendor's file",
      'messages[0].content[0]',
      [user({ type: 'media', kind: 'image', source: { type: 'file', origin: 'openai', id: 'file-1' } })],
    ],
    [
      "another vendor's file in a result",
      'messages[2].content[0].content[0]',
      [
        hello,
        assistant(call('a')),
        user(result('a', { content: [{ ...image, source: { type: 'file', origin: 'anthropic', id: 'f' } }] })),
      ],
    ],
    ['no words of anybody', 'turns', [user({ type: 'text', text: '' })]],
  ])('refuses %s', (_, field, turns) => {
    expect(() => encode({ turns })).toThrow(RequestFieldError);
    expect(() => encode({ turns })).toThrow(expect.objectContaining({ field }));
  });

  it.each([
    ['tools[0].parameters', { tools: [{ ...tool, parameters: { maximum: Infinity } }] }],
    [
      'output.schema',
      {
        output: {
          type: 'schema',
          name: null,
          description: null,
          schema: { default: -Infinity },
          strict: null,
        } as const,
      },
    ],
  ])('refuses numbers that JSON cannot say: %s', (field, request) => {
    expect(() => encode(request)).toThrow(expect.objectContaining({ field }));
  });
});
