import { PLAIN_REQUEST } from '../../../test/support/anthropic-messages.js';
import type { JsonObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import type { AssistantPart, FinishReason, NeutralResponse } from '../neutral/neutral.types.js';
import { decodeResponse } from './decode-response.js';
import { encodeResponse } from './encode-response.js';

const CALLER = { model: 'asked-for', requestId: 'req-1', now: 1, streamUsage: true, request: PLAIN_REQUEST };

const answer = (fields: object) =>
  ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-test',
    content: [{ type: 'text', text: 'Hi' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 5, service_tier: 'standard' },
    ...fields,
  }) as JsonObject;

function response(
  parts: readonly AssistantPart[],
  fields: Partial<NeutralResponse> = {},
  finish: FinishReason = 'stop',
) {
  const choice = { index: 0, parts, finish, stopSequence: null, logprobs: null };
  return { id: 'up-1', model: 'm', createdAt: 7, choices: [choice], usage: null, serviceTier: null, ...fields };
}

const encode = (...parts: readonly AssistantPart[]) => encodeResponse(response(parts), CALLER);

describe('decodeResponse', () => {
  it('reads words, thoughts and calls', () => {
    const citation = { type: 'page_location', cited_text: 'x', document_index: 0, document_title: 'T' };
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 'S==' },
      { type: 'redacted_thinking', data: 'R==' },
      { type: 'text', text: 'So x.', citations: [citation] },
      { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} },
      { type: 'tool_use', id: 't1', name: 'find', input: { q: 1 }, caller: { type: 'direct' } },
    ];

    expect(decodeResponse(answer({ content, stop_reason: 'tool_use' }))).toEqual({
      id: 'msg_1',
      model: 'claude-test',
      createdAt: null,
      choices: [
        {
          index: 0,
          parts: [
            { type: 'reasoning', text: 'Hm.', opaque: { origin: 'anthropic', value: 'S==' }, redacted: false },
            { type: 'reasoning', text: '', opaque: { origin: 'anthropic', value: 'R==' }, redacted: true },
            {
              type: 'text',
              text: 'So x.',
              citations: [
                {
                  title: 'T',
                  url: null,
                  text: 'x',
                  start: null,
                  end: null,
                  wire: { dialect: 'anthropic_messages', value: citation },
                },
              ],
            },
            { type: 'tool-call', id: 't1', name: 'find', arguments: '{"q":1}' },
          ],
          finish: 'tool-calls',
          stopSequence: null,
          logprobs: null,
        },
      ],
      usage: { input: 3, cacheRead: 0, cacheWrite: 0, output: 5, reasoning: 0 },
      serviceTier: 'default',
      losses: [{ field: 'server_tool_use', reason: expect.any(String) as string }],
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['stop_sequence', 'stop-sequence'],
    ['tool_use', 'tool-calls'],
    ['pause_turn', 'pause'],
    ['refusal', 'refusal'],
    ['something_new', 'length'],
    ['content_blocked', 'content-filter'],
    [null, 'stop'],
  ])('reads the reason %s', (reason, finish) => {
    const [choice] = decodeResponse(answer({ stop_reason: reason, stop_sequence: reason && 'END' })).choices;

    expect(choice).toMatchObject({ finish, stopSequence: reason && 'END' });
  });

  it('gives a call without an id the same one every time', () => {
    const call = { type: 'tool_use', name: 'find', input: {} };
    const ids = () =>
      decodeResponse(answer({ content: [call, call] })).choices[0]?.parts.map(
        part => part.type === 'tool-call' && part.id,
      );

    expect(new Set(ids()).size).toBe(2);
    expect(ids()).toEqual(ids());
  });

  it.each([
    ['no content', { content: undefined }],
    ['an error', { type: 'error', content: undefined, error: { type: 'api_error', message: 'secret' } }],
    ['a text without text', { content: [{ type: 'text' }] }],
    ['a call without a name', { content: [{ type: 'tool_use', id: 't1', input: {} }] }],
    [
      'a number out of range',
      { content: [{ type: 'tool_use', id: 't1', name: 'a', input: { n: Number.POSITIVE_INFINITY } }] },
    ],
  ])('refuses %s, without repeating it', (_, fields) => {
    expect(() => decodeResponse(answer(fields))).toThrow(UnreadableAnswer);
    expect(() => decodeResponse(answer(fields))).not.toThrow(/secret/);
  });
});

describe('encodeResponse', () => {
  it('echoes the model that was asked for, and has every field that the SDK knows', () => {
    const usage = { input: 3, cacheRead: 2, cacheWrite: 1, output: 5, reasoning: 4 };
    const { wire, losses } = encodeResponse(
      response([{ type: 'text', text: 'Hi' }], { usage, serviceTier: 'priority' }),
      CALLER,
    );

    expect(losses).toEqual([]);
    expect(wire).toEqual({
      id: 'msg_up-1',
      type: 'message',
      role: 'assistant',
      model: 'asked-for',
      content: [{ type: 'text', text: 'Hi' }],
      container: null,
      diagnostics: null,
      stop_details: null,
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: 3,
        cache_read_input_tokens: 2,
        cache_creation_input_tokens: 1,
        cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 0 },
        output_tokens: 5,
        output_tokens_details: { thinking_tokens: 4 },
        server_tool_use: null,
        inference_geo: null,
        service_tier: 'priority',
        speed: null,
      },
    });
  });

  it.each([
    ['msg_abc', 'msg_abc'],
    ['chatcmpl-1', 'msg_chatcmpl-1'],
    ['', 'msg_req-1'],
  ])('makes of the id %j a message’s id', (id, expected) => {
    expect(encodeResponse(response([], { id }), CALLER).wire).toMatchObject({ id: expected });
  });

  it('writes the signature of a call where a client keeps it, and none on words', () => {
    const reasoning = (text: string, origin: 'openai' | 'gemini' | null, redacted = false): AssistantPart => ({
      type: 'reasoning',
      text,
      opaque: origin && { origin, value: 'E+/=' },
      redacted,
    });
    const { wire, losses } = encode(
      reasoning('a', 'openai'),
      reasoning('', 'openai', true),
      reasoning('b', null),
      reasoning('', null),
      { type: 'text', text: 'c', signature: { origin: 'gemini', value: 'G1' } },
      { type: 'tool-call', id: 't1', name: 'find', arguments: '{}', signature: { origin: 'gemini', value: 'G2' } },
    );

    expect(losses.map(({ field }) => field)).toEqual(['signature']);
    expect(wire['content']).toMatchObject([
      { type: 'thinking', thinking: 'a', signature: 'bough.openai.E+/=' },
      { type: 'thinking', thinking: '', signature: 'bough.openai.E+/=' },
      { type: 'thinking', thinking: 'b', signature: '' },
      { type: 'text', text: 'c' },
      { type: 'thinking', thinking: '', signature: 'bough.gemini.G2' },
      { type: 'tool_use', id: 't1', name: 'find', input: {} },
    ]);
  });

  it.each([
    ['text', [{ type: 'text', text: 'c', signature: { origin: 'gemini', value: 'G' } }], ['text']],
    ['a signature behind the text', [{ type: 'text', text: 'c' }, bare('gemini')], ['text']],
    ['several', [{ type: 'text', text: 'c' }, bare('gemini'), bare('other')], ['text']],
    ['a signature alone', [bare('gemini')], []],
    ['reasoning that its vendor hides', [bare('openai'), { type: 'text', text: 'c' }], ['thinking', 'text']],
  ] as const)('never ends in a thought without words: %s', (_, parts, types) => {
    const { wire } = encode(...(parts as readonly AssistantPart[]));
    expect((wire['content'] as { type: string }[]).map(({ type }) => type)).toEqual(types);
  });

  it('keeps the text of arguments that are no object, and says so', () => {
    const { wire, losses } = encode({ type: 'tool-call', id: 't1', name: 'find', arguments: '{"q":' });

    expect(wire['content']).toMatchObject([{ input: { _raw: '{"q":' } }]);
    expect(losses).toMatchObject([{ field: 'content[0].input' }]);
  });

  it.each<[FinishReason, readonly AssistantPart[], string]>([
    ['stop', [], 'end_turn'],
    ['stop', [{ type: 'tool-call', id: 't', name: 'n', arguments: '{}' }], 'tool_use'],
    ['tool-calls', [{ type: 'text', text: 'none' }], 'end_turn'],
    ['stop', [{ type: 'refusal', text: 'No.' }], 'refusal'],
    ['length', [], 'max_tokens'],
    ['stop-sequence', [], 'stop_sequence'],
    ['content-filter', [], 'refusal'],
    ['pause', [], 'pause_turn'],
    ['error', [{ type: 'text', text: 'cut' }], 'max_tokens'],
  ])('tells %s as a reason that fits the parts', (finish, parts, expected) => {
    const { wire, losses } = encodeResponse(response(parts, {}, finish), CALLER);

    expect(wire).toMatchObject({ stop_reason: expected });
    expect(losses.map(({ field }) => field)).toEqual([]);
  });

  it('names what an answer has no place for', () => {
    const [choice] = response([
      { type: 'media', kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      {
        type: 'text',
        text: 'a',
        citations: [null, { dialect: 'openai_responses' as const, value: {} }].map(wire => ({
          title: null,
          url: 'u',
          text: null,
          start: 0,
          end: 1,
          wire,
        })),
      },
    ]).choices;
    const logprobs = [{ token: 'a', logprob: -1, bytes: null, top: [] }];
    const { losses, wire } = encodeResponse(
      response([], {
        choices: [
          { ...choice!, logprobs },
          { ...choice!, index: 1 },
        ],
      }),
      CALLER,
    );

    expect(losses.map(({ field }) => field)).toEqual(['content', 'logprobs', 'content[0]', 'content[1].citations']);
    expect(wire['content']).toEqual([{ type: 'text', text: 'a' }]);
  });
});

function bare(origin: 'gemini' | 'openai' | 'other'): AssistantPart {
  return { type: 'reasoning', text: '', opaque: { origin, value: 'E' }, redacted: false };
}
