import { unplaced } from '../../../test/support/unplaced.js';
import type { JsonObject } from '../../json/value.js';
import { decodeChatRequest } from './decode-request.js';

const decode = (...messages: object[]) =>
  unplaced(decodeChatRequest({ model: 'm', messages } as unknown as JsonObject));
const turnsOf = (...messages: object[]) => decode(...messages).request.turns;
const partsOf = (message: object) => turnsOf(message)[0]?.parts;
const text = (words: string) => ({ type: 'text', text: words });
const PIXEL = 'iVBORw0KGgo=';

describe('decodeMessages', () => {
  it('takes leading system and developer messages for instructions, later ones for turns', () => {
    const { request } = decode(
      { role: 'system', content: 'a' },
      { role: 'developer', content: [text('b'), text('c')] },
      { role: 'user', content: 'd' },
      { role: 'system', content: 'e' },
    );

    expect(request.instructions).toEqual([text('a'), text('b'), text('c')]);
    expect(request.turns).toEqual([
      { role: 'user', parts: [text('d')] },
      { role: 'system', parts: [text('e')] },
    ]);
  });

  it.each([
    [
      { type: 'image_url', image_url: { url: 'https://example.test/a.png', detail: 'low' } },
      { kind: 'image', source: { type: 'url', url: 'https://example.test/a.png', mediaType: null }, detail: 'low' },
    ],
    [
      { type: 'document_url', document_url: 'https://example.test/a.pdf', document_name: 'a.pdf' },
      {
        kind: 'document',
        name: 'a.pdf',
        source: { type: 'url', url: 'https://example.test/a.pdf', mediaType: null },
      },
    ],
    [
      { type: 'document_url', document_url: { url: 'data:application/pdf;base64,JVBE' } },
      { kind: 'document', source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBE' } },
    ],
    [
      { type: 'image_url', image_url: { url: `data:image/JPG;base64,${PIXEL}` } },
      { kind: 'image', source: { type: 'base64', mediaType: 'image/jpeg', data: PIXEL } },
    ],
    [
      { type: 'image_url', image_url: `data:image/png;base64,${PIXEL}` },
      { kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: PIXEL } },
    ],
    [
      { type: 'image_url', image_url: { url: 'data:application/pdf;base64,JVBERi0=' } },
      { kind: 'document', source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' } },
    ],
    [
      { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'mp3' } },
      { kind: 'audio', source: { type: 'base64', mediaType: 'audio/mpeg', data: 'UklGRg==' } },
    ],
    [
      { type: 'video_url', video_url: { url: 'https://example.test/a.mp4' } },
      { kind: 'video', source: { type: 'url', url: 'https://example.test/a.mp4', mediaType: null } },
    ],
    [
      { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' } },
      { kind: 'document', source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' }, name: 'a.pdf' },
    ],
    [
      { type: 'file', file: { file_id: 'file-1' } },
      { kind: 'document', source: { type: 'file', origin: 'openai', id: 'file-1' } },
    ],
  ])('reads the part %j', (part, media) => {
    const { request, losses } = decode({ role: 'user', content: [text('look'), part] });

    expect(request.turns[0]?.parts).toEqual([text('look'), { type: 'media', ...media }]);
    expect(losses).toEqual([]);
  });

  it('puts neighbouring results into one turn, and keeps what the user says behind them apart', () => {
    const turns = turnsOf(
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a": 1}' } },
          { id: 'c2', type: 'function', function: { name: 'g', arguments: '' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      {
        role: 'tool',
        tool_call_id: 'c2',
        name: 'g',
        content: [text('two'), { type: 'image_url', image_url: 'http://a/b' }],
      },
      { role: 'user', content: 'and?', name: 'ann' },
    );

    expect(turns).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'tool-call', id: 'c1', name: 'f', arguments: '{"a": 1}' },
          { type: 'tool-call', id: 'c2', name: 'g', arguments: '{}' },
        ],
      },
      {
        role: 'user',
        parts: [
          { type: 'tool-result', callId: 'c1', name: null, content: [text('one')], isError: false },
          {
            type: 'tool-result',
            callId: 'c2',
            name: 'g',
            content: [
              text('two'),
              { type: 'media', kind: 'image', source: { type: 'url', url: 'http://a/b', mediaType: null } },
            ],
            isError: false,
          },
        ],
      },
      { role: 'user', parts: [text('and?')], name: 'ann' },
    ]);
  });

  it('gives calls without ids the same id as their results, in the order of the calls', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
    const turns = turnsOf(
      { role: 'user', content: 'go' },
      { role: 'assistant', content: null, function_call: { name: 'old', arguments: '{}' } },
      { role: 'function', name: 'old', content: 'done' },
      { role: 'assistant', content: null, tool_calls: [call(''), call('')] },
      { role: 'tool', tool_call_id: '', content: '1' },
      { role: 'tool', content: '2' },
    );
    const callIds = turns.flatMap(({ parts }) => parts.flatMap(part => (part.type === 'tool-call' ? part.id : [])));
    const resultIds = turns.flatMap(({ parts }) =>
      parts.flatMap(part => (part.type === 'tool-result' ? part.callId : [])),
    );

    expect(resultIds).toEqual(callIds);
    expect(new Set(callIds).size).toBe(3);
  });

  it('answers a call without an id by its name, where the result tells one', () => {
    const turns = turnsOf(
      { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f' } }, { function: { name: 'g' } }] },
      { role: 'tool', name: 'g', content: '1' },
      { role: 'tool', name: 'f', content: '2' },
    );
    const [calls, results] = turns.map(({ parts }) => parts) as unknown as [{ id: string }[], { callId: string }[]];

    expect(results.map(({ callId }) => callId)).toEqual([calls[1]?.id, calls[0]?.id]);
  });

  it('puts thoughts first, then words, then calls', () => {
    expect(
      partsOf({
        role: 'assistant',
        content: 'words',
        refusal: 'no',
        reasoning_content: 'thought',
        tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}' } }],
      }),
    ).toEqual([
      { type: 'reasoning', text: 'thought', opaque: null, redacted: false },
      text('words'),
      { type: 'refusal', text: 'no' },
      { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' },
    ]);
  });

  it('reads reasoning_details before the plain fields, with the signatures of their vendors', () => {
    const details = [
      { type: 'reasoning.text', text: 'a', signature: 'bough.anthropic.c2ln', index: 0 },
      { type: 'reasoning.summary', summary: 'b', index: 1 },
      { type: 'reasoning.encrypted', data: 'bough.openai.eA==', id: 'rs_1', index: 2 },
      { type: 'reasoning.text', text: '', signature: 'native', index: 3 },
    ];

    expect(partsOf({ role: 'assistant', content: 'x', reasoning: 'a b', reasoning_details: details })).toEqual([
      { type: 'reasoning', text: 'a', opaque: { origin: 'anthropic', value: 'c2ln' }, redacted: false },
      { type: 'reasoning', text: 'b', opaque: null, redacted: false },
      { type: 'reasoning', text: '', opaque: { origin: 'openai', value: 'eA==' }, redacted: true, id: 'rs_1' },
      { type: 'reasoning', text: '', opaque: { origin: 'other', value: 'native' }, redacted: false },
      text('x'),
    ]);
  });

  it('gives a signature that came without its text to the text of the plain field', () => {
    const signed = (detail: object) =>
      partsOf({ role: 'assistant', content: '', reasoning_content: 'a', reasoning_details: [detail] });
    const thought = { type: 'reasoning', text: 'a', redacted: false };
    const opaque = { origin: 'other', value: 's' };

    expect(signed({ type: 'reasoning.text', signature: 's' })).toEqual([{ ...thought, opaque }]);
    expect(signed({ type: 'reasoning.encrypted', data: 's' })).toEqual([
      { ...thought, opaque: null },
      { type: 'reasoning', text: '', redacted: true, opaque },
    ]);
  });

  it('puts the fragments of a streamed thought together, as clients send them back', () => {
    const details = [
      { type: 'reasoning.text', text: 'Let', index: 0 },
      { type: 'reasoning.text', text: ' me', index: 0 },
      { type: 'reasoning.text', signature: 's1', index: 0 },
      { type: 'reasoning.text', text: 'Next', index: 0 },
      { type: 'reasoning.text', text: 'Other', index: 1 },
    ];

    expect(partsOf({ role: 'assistant', content: null, reasoning_details: details })).toEqual([
      { type: 'reasoning', text: 'Let me', opaque: { origin: 'other', value: 's1' }, redacted: false },
      { type: 'reasoning', text: 'Next', opaque: null, redacted: false },
      { type: 'reasoning', text: 'Other', opaque: null, redacted: false },
    ]);
  });

  it.each([
    [
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'a', signature: 's' }] },
      { text: 'a', opaque: { origin: 'other', value: 's' }, redacted: false },
    ],
    [
      {
        type: 'reasoning',
        summary: [
          { type: 'summary_text', text: 'a' },
          { type: 'summary_text', text: 'b' },
        ],
      },
      { text: 'a\n\nb', opaque: null, redacted: false },
    ],
    [
      { type: 'thinking', thinking: [{ type: 'text', text: 'a' }] },
      { text: 'a', opaque: null, redacted: false },
    ],
    [
      { type: 'thinking', thinking: 'a', signature: 's' },
      { text: 'a', opaque: { origin: 'other', value: 's' }, redacted: false },
    ],
    [
      { type: 'redacted_thinking', data: 'd' },
      { text: '', opaque: { origin: 'other', value: 'd' }, redacted: true },
    ],
  ])('reads the thinking part %j of a content array', (part, thought) => {
    expect(partsOf({ role: 'assistant', content: [part, text('x')] })).toEqual([
      { type: 'reasoning', ...thought },
      text('x'),
    ]);
  });

  it("reads Gemini's signatures of calls and of text", () => {
    const signature = (value: string) => ({ extra_content: { google: { thought_signature: value } } });
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' }, ...signature('c2VhbA==') };

    expect(partsOf({ role: 'assistant', content: 'x', tool_calls: [call], ...signature('bough.anthropic.t') })).toEqual(
      [
        { ...text('x'), signature: { origin: 'anthropic', value: 't' } },
        {
          type: 'tool-call',
          id: 'c',
          name: 'f',
          arguments: '{}',
          signature: { origin: 'gemini', value: 'c2VhbA==' },
        },
      ],
    );
  });

  it('reads a custom tool, and its call with the free text', () => {
    const tool = { type: 'custom', custom: { name: 'sql', format: { type: 'text' } } };
    const { request, losses } = unplaced(
      decodeChatRequest({
        model: 'm',
        tools: [tool],
        messages: [
          {
            role: 'assistant',
            tool_calls: [{ id: 'c', type: 'custom', custom: { name: 'sql', input: 'SELECT "a"' } }],
          },
        ],
      }),
    );

    expect(request.tools).toEqual([{ type: 'custom', name: 'sql', description: null, grammar: null }]);
    expect(request.turns[0]?.parts).toEqual([
      { type: 'tool-call', id: 'c', name: 'sql', custom: true, arguments: 'SELECT "a"' },
    ]);
    expect(losses).toEqual([]);
  });
});
