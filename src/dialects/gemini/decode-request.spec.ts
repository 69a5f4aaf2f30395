import { unplaced } from '../../../test/support/unplaced.js';
import { BARE_REQUEST } from '../../../test/support/neutral-request.js';
import type { JsonObject } from '../../json/value.js';
import type { NeutralRequest } from '../neutral/neutral.types.js';
import { decodeGeminiRequest } from './decode-request.js';

const hello = [{ role: 'user', parts: [{ text: 'Hello.' }] }];
const decode = (wire: object) => unplaced(decodeGeminiRequest({ model: 'm', contents: hello, ...wire } as JsonObject));
const decodeParts = (role: string, ...parts: object[]) => {
  const { request, losses } = decode({ contents: [{ role, parts }] });
  return { parts: request.turns[0]?.parts, losses };
};
const config = (generationConfig: object): NeutralRequest => decode({ generationConfig }).request;

describe('decodeGeminiRequest', () => {
  it('reads the plainest request', () => {
    expect(decode({ stream: true })).toEqual({
      losses: [],
      request: {
        ...BARE_REQUEST,
        model: 'm',
        stream: true,
        streamUsage: true,
        turns: [{ role: 'user', parts: [{ type: 'text', text: 'Hello.' }] }],
      },
    });
  });

  it.each([
    [1, { type: 'auto' }],
    [2, { type: 'required' }],
    [3, { type: 'none' }],
  ])('reads the mode %s of older SDKs, which send enums as numbers over REST', (mode, expected) => {
    expect(decode({ toolConfig: { functionCallingConfig: { mode } } }).request.toolChoice).toEqual(expected);
  });

  it('refuses a number that no mode has', () => {
    expect(() => decode({ toolConfig: { functionCallingConfig: { mode: 9 } } })).toThrow(
      'toolConfig.functionCallingConfig.mode must be a string',
    );
  });

  it('changes nothing of what it reads', () => {
    const wire = { tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT', nullable: true } }] }] };
    const before = structuredClone(wire);

    decode(wire);

    expect(wire).toEqual(before);
  });

  it.each([
    ['a null', { generationConfig: null, tools: null, systemInstruction: null }],
    [
      'the default of a constant',
      { toolConfig: { functionCallingConfig: { mode: 'MODE_UNSPECIFIED' } }, serviceTier: 'unspecified' },
    ],
    [
      'text as the only modality',
      { generationConfig: { responseModalities: ['TEXT'], responseMimeType: 'text/plain' } },
    ],
  ])('takes %s for nothing', (_, wire) => {
    expect(decode(wire)).toEqual(decode({}));
  });

  describe('signatures', () => {
    it('keeps them on the parts that they came with', () => {
      const { parts } = decodeParts(
        'model',
        { text: 'Thinking.', thought: true, thoughtSignature: 'b25l' },
        { functionCall: { id: 'c', name: 'f', args: {} }, thoughtSignature: 'dHdv' },
        { text: 'Said.', thoughtSignature: 'dGhyZWU=' },
      );

      expect(parts).toEqual([
        { type: 'reasoning', text: 'Thinking.', opaque: { origin: 'gemini', value: 'b25l' }, redacted: false },
        { type: 'tool-call', id: 'c', name: 'f', arguments: '{}', signature: { origin: 'gemini', value: 'dHdv' } },
        { type: 'text', text: 'Said.', signature: { origin: 'gemini', value: 'dGhyZWU=' } },
      ]);
    });

    it.each([
      [{ text: '', thoughtSignature: 'b25l' }],
      [{ thoughtSignature: 'b25l' }],
      [{ text: '', thought: true, thoughtSignature: 'b25l' }],
    ])('takes one without words for a thought without words: %j', part => {
      expect(decodeParts('model', { text: 'Said.' }, part).parts).toEqual([
        { type: 'text', text: 'Said.' },
        { type: 'reasoning', text: '', opaque: { origin: 'gemini', value: 'b25l' }, redacted: false },
      ]);
    });
  });

  it('puts together what an SDK kept in pieces', () => {
    const model = (...parts: object[]) => ({ role: 'model', parts });
    const { request } = decode({
      contents: [
        ...hello,
        model({ text: 'Let me', thought: true }),
        model({ text: ' think.', thought: true }),
        model({ text: '', thought: true, thoughtSignature: 'b25l' }),
        model({ text: 'It is hi' }),
        model({ text: 'gh.' }),
        model({ functionCall: { id: 'c', name: 'f' } }),
        model({ text: '' }),
      ],
    });

    expect(request.turns.slice(1)).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'Let me think.', opaque: { origin: 'gemini', value: 'b25l' }, redacted: false },
          { type: 'text', text: 'It is high.' },
          { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' },
        ],
      },
    ]);
  });

  it('keeps the texts of one turn apart', () => {
    expect(decodeParts('model', { text: 'a' }, { text: 'b' }).parts).toHaveLength(2);
    expect(decodeParts('user', { text: 'a' }, { text: 'b' }).parts).toHaveLength(2);
  });

  describe('calls and their answers', () => {
    const turnsOf = (calls: object[], responses: object[]) =>
      decode({
        contents: [
          ...hello,
          { role: 'model', parts: calls.map(functionCall => ({ functionCall })) },
          { role: 'user', parts: responses.map(functionResponse => ({ functionResponse })) },
        ],
      }).request.turns;
    const idsOf = (turns: ReturnType<typeof turnsOf>) => ({
      calls: turns[1]?.parts.map(part => part.type === 'tool-call' && part.id),
      answers: turns[2]?.parts.map(part => part.type === 'tool-result' && part.callId),
    });

    it('gives calls without ids the same ids every time, and finds their answers by name in order', () => {
      const calls = [{ name: 'f', args: { n: 1 } }, { name: 'g' }, { name: 'f', args: { n: 2 } }];
      const responses = [
        { name: 'f', response: {} },
        { name: 'f', response: {} },
        { name: 'g', response: {} },
      ];
      const ids = idsOf(turnsOf(calls, responses));

      expect(new Set(ids.calls).size).toBe(3);
      expect(ids.answers).toEqual([ids.calls?.[0], ids.calls?.[2], ids.calls?.[1]]);
      expect(idsOf(turnsOf(calls, responses))).toEqual(ids);
    });

    it('finds answers by their ids in any order', () => {
      const ids = idsOf(
        turnsOf(
          [
            { id: 'one', name: 'f' },
            { id: 'two', name: 'f' },
          ],
          [
            { id: 'two', name: 'f', response: {} },
            { id: 'one', name: 'f', response: {} },
          ],
        ),
      );

      expect(ids).toEqual({ calls: ['one', 'two'], answers: ['two', 'one'] });
    });

    it('keeps the id of an answer to nobody', () => {
      expect(idsOf(turnsOf([{ id: 'one', name: 'f' }], [{ id: 'nine', name: 'g', response: {} }])).answers).toEqual([
        'nine',
      ]);
    });

    it.each([
      [{ output: '212 cm' }, [{ type: 'text', text: '212 cm' }], false],
      [{ error: 'closed' }, [{ type: 'text', text: 'closed' }], true],
      [{ level: 212 }, [{ type: 'text', text: '{"level":212}' }], false],
      [{}, [{ type: 'text', text: '{}' }], false],
      [undefined, [], false],
      [{ output: '' }, [], false],
    ])('reads the response %j', (response, content, isError) => {
      const turns = turnsOf([{ id: 'c', name: 'f' }], [{ id: 'c', name: 'f', ...(response && { response }) }]);

      expect(turns[2]?.parts).toEqual([{ type: 'tool-result', callId: 'c', name: 'f', content, isError }]);
    });

    it('reads media in a response', () => {
      const inlineData = { mimeType: 'image/png', data: 'AAAA' };
      const [, , turn] = turnsOf(
        [{ id: 'c', name: 'f' }],
        [{ id: 'c', name: 'f', response: {}, parts: [{ inlineData }] }],
      );

      expect(turn?.parts[0]).toMatchObject({
        content: [{ type: 'media', kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } }],
      });
    });
  });

  describe('media', () => {
    it.each([
      [
        { inlineData: { mimeType: 'image/png', data: 'a-_=' } },
        'image',
        { type: 'base64', mediaType: 'image/png', data: 'a+/=' },
      ],
      [
        { inlineData: { mimeType: 'image/png', data: 'a-' } },
        'image',
        { type: 'base64', mediaType: 'image/png', data: 'a+==' },
      ],
      [
        { inlineData: { mimeType: 'image/png', data: 'a_' } },
        'image',
        { type: 'base64', mediaType: 'image/png', data: 'a/==' },
      ],
      [
        { inlineData: { mimeType: 'AUDIO/wav', data: 'AAAA' } },
        'audio',
        { type: 'base64', mediaType: 'audio/wav', data: 'AAAA' },
      ],
      [
        { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
        'document',
        { type: 'base64', mediaType: 'application/pdf', data: 'AAAA' },
      ],
      [
        { fileData: { fileUri: 'https://a.example/x.JPG?y=1' } },
        'image',
        { type: 'url', url: 'https://a.example/x.JPG?y=1', mediaType: 'image/jpeg' },
      ],
      [
        { fileData: { fileUri: 'https://youtu.be/fake' } },
        'video',
        { type: 'url', url: 'https://youtu.be/fake', mediaType: null },
      ],
      [
        { fileData: { fileUri: 'https://a.example/x' } },
        'document',
        { type: 'url', url: 'https://a.example/x', mediaType: null },
      ],
      [
        { fileData: { fileUri: 'gs://bucket/a.mp4', mimeType: 'video/mp4' } },
        'video',
        { type: 'file', origin: 'gemini', id: 'gs://bucket/a.mp4' },
      ],
      [
        { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc', mimeType: 'text/plain' } },
        'document',
        { type: 'file', origin: 'gemini', id: 'https://generativelanguage.googleapis.com/v1beta/files/abc' },
      ],
    ])('reads %j', (part, kind, source) => {
      expect(decodeParts('user', part).parts).toEqual([{ type: 'media', kind, source }]);
    });

    it('reads how closely an image is looked at', () => {
      const image = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
      const detailOf = (level: string) => decodeParts('user', { ...image, mediaResolution: { level } });

      expect(detailOf('MEDIA_RESOLUTION_LOW').parts).toMatchObject([{ detail: 'low' }]);
      expect(detailOf('MEDIA_RESOLUTION_ULTRA_HIGH').parts).toMatchObject([{ detail: 'high' }]);
      expect(detailOf('MEDIA_RESOLUTION_MEDIUM')).toMatchObject({
        parts: [expect.not.objectContaining({ detail: expect.anything() })],
        losses: [{ field: 'contents[0].parts[0].mediaResolution.level' }],
      });
    });
  });

  describe('tools', () => {
    it('reads functions in either form of schema', () => {
      const { request } = decode({
        tools: [
          {
            functionDeclarations: [
              { name: 'f', description: 'd', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } } } },
              { name: 'g', parametersJsonSchema: { type: 'object', properties: { nullable: { type: 'STRING' } } } },
              { name: 'h' },
            ],
          },
        ],
      });

      expect(request.tools).toEqual([
        {
          type: 'function',
          name: 'f',
          description: 'd',
          parameters: { type: 'object', properties: { a: { type: 'string' } } },
          strict: null,
        },
        {
          type: 'function',
          name: 'g',
          description: null,
          parameters: { type: 'object', properties: { nullable: { type: 'STRING' } } },
          strict: null,
        },
        { type: 'function', name: 'h', description: null, parameters: null, strict: null },
      ]);
    });

    it("reads Google's own tools as a vendor's", () => {
      const { request, losses } = decode({
        tools: [{ google_search: { exclude_domains: ['a'] } }, { urlContext: {} }],
      });

      expect(request.tools).toEqual([
        {
          type: 'vendor',
          dialect: 'gemini_generate_content',
          name: 'googleSearch',
          wire: { googleSearch: { exclude_domains: ['a'] } },
        },
        { type: 'vendor', dialect: 'gemini_generate_content', name: 'urlContext', wire: { urlContext: {} } },
      ]);
      expect(losses).toEqual([]);
    });

    it.each([
      [{ mode: 'AUTO' }, { type: 'auto' }, []],
      [{ mode: 'none' }, { type: 'none' }, []],
      [{ mode: 'ANY' }, { type: 'required' }, []],
      [{ mode: 'ANY', allowedFunctionNames: ['f'] }, { type: 'tool', name: 'f' }, []],
      [{ mode: 'ANY', allowedFunctionNames: ['f', 'g'] }, { type: 'allowed', mode: 'required', names: ['f', 'g'] }, []],
      [{ mode: 'VALIDATED', allowedFunctionNames: ['f'] }, { type: 'allowed', mode: 'auto', names: ['f'] }, []],
      [{ mode: 'VALIDATED' }, { type: 'auto' }, ['toolConfig.functionCallingConfig.mode']],
      [{ allowedFunctionNames: ['f'] }, null, ['toolConfig.functionCallingConfig.allowedFunctionNames']],
    ])('reads the choice %j', (functionCallingConfig, toolChoice, lost) => {
      const { request, losses } = decode({ toolConfig: { functionCallingConfig } });

      expect(request.toolChoice).toEqual(toolChoice);
      expect(losses.map(loss => loss.field)).toEqual(lost);
    });
  });

  describe('the generation config', () => {
    it.each([
      [{ thinkingBudget: 0 }, { mode: 'off', effort: null, budgetTokens: null, show: null }],
      [{ thinkingBudget: -1 }, { mode: 'adaptive', effort: null, budgetTokens: null, show: null }],
      [
        { thinkingBudget: 512, includeThoughts: true },
        { mode: 'on', effort: null, budgetTokens: 512, show: 'auto' },
      ],
      [{ thinkingLevel: 'high' }, { mode: null, effort: 'high', budgetTokens: null, show: null }],
      [
        { thinkingLevel: 'MINIMAL', includeThoughts: false },
        { mode: null, effort: 'minimal', budgetTokens: null, show: 'none' },
      ],
      [{}, { mode: null, effort: null, budgetTokens: null, show: null }],
    ])('reads the thinking %j', (thinkingConfig, reasoning) => {
      expect(config({ thinkingConfig }).reasoning).toEqual(reasoning);
    });

    it.each([
      [{ responseMimeType: 'application/json' }, { type: 'json' }],
      [{ responseMimeType: 'application/json', responseSchema: { type: 'STRING' } }, { type: 'string' }],
      [{ responseJsonSchema: { type: 'string' } }, { type: 'string' }],
      [{ _responseJsonSchema: { type: 'string' } }, { type: 'string' }],
      [{ responseFormat: [{ text: { mimeType: 'application/json' } }] }, { type: 'json' }],
      [{ responseFormat: { text: { mimeType: 'APPLICATION_JSON', schema: { type: 'string' } } } }, { type: 'string' }],
    ])('reads the output of %j', (wire, expected) => {
      const schema = { type: 'schema', name: null, description: null, schema: expected, strict: null };

      expect(config(wire).output).toEqual(expected.type === 'json' ? expected : schema);
    });

    it('takes one candidate for what comes anyway', () => {
      expect(config({ candidateCount: 1 })).toEqual(config({}));
    });

    it('reads integers in quotes, as Google does', () => {
      expect(config({ maxOutputTokens: '64', seed: '-5' })).toMatchObject({ maxOutputTokens: 64, seed: -5 });
    });

    it('asks for log probabilities only where they are wanted', () => {
      expect(config({ responseLogprobs: true }).logprobs).toEqual({ top: 0 });
      expect(config({ responseLogprobs: true, logprobs: 4 }).logprobs).toEqual({ top: 4 });
      expect(decode({ generationConfig: { logprobs: 4 } })).toMatchObject({
        request: { logprobs: null },
        losses: [{ field: 'generationConfig.logprobs' }],
      });
    });
  });

  it("names what has no counterpart by the caller's own path, once for each", () => {
    const { losses } = decode({
      contents: [
        { parts: [{ text: 'a', videoMetadata: { fps: 1 }, part_metadata: {} }, { executableCode: { code: 'x' } }] },
      ],
      safety_settings: [],
      store: false,
      'weird key"\n': 1,
      generation_config: { speech_config: {}, responseModalities: ['AUDIO'] },
      tools: [{ functionDeclarations: [{ name: 'f', behavior: 'BLOCKING' }] }],
      toolConfig: { retrievalConfig: {} },
    });

    expect(losses.map(loss => loss.field).toSorted()).toEqual(
      [
        'contents[0].parts[0].videoMetadata',
        'contents[0].parts[0].part_metadata',
        'contents[0].parts[1].executableCode',
        'safety_settings',
        'store',
        '["weird key??"]',
        'generation_config.speech_config',
        'generation_config.responseModalities',
        'tools[0].functionDeclarations[0].behavior',
        'toolConfig.retrievalConfig',
      ].toSorted(),
    );
  });
});
