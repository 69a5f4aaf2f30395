import { unplaced } from '../../../test/support/unplaced.js';
import type { JsonObject } from '../../json/value.js';
import { decodeRequest } from './decode-request.js';

const decode = (fields: object) =>
  unplaced(
    decodeRequest({
      model: 'claude-test',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'Hi' }],
      ...fields,
    } as JsonObject),
  );

const user = (...content: object[]) => decode({ messages: [{ role: 'user', content }] });
const assistant = (...content: object[]) =>
  decode({
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content },
    ],
  });

/** The parts of the last turn. */
const partsOf = ({ request }: ReturnType<typeof decode>) => request.turns.at(-1)?.parts;

describe('decodeRequest, of the content of messages', () => {
  it.each([
    [
      'base64',
      { type: 'base64', media_type: 'image/png', data: 'AAAA' },
      { type: 'base64', mediaType: 'image/png', data: 'AAAA' },
    ],
    [
      'an address',
      { type: 'url', url: 'https://a.example/b.png' },
      { type: 'url', url: 'https://a.example/b.png', mediaType: null },
    ],
    ['a file', { type: 'file', file_id: 'file_1' }, { type: 'file', origin: 'anthropic', id: 'file_1' }],
  ])('reads an image that is %s', (_, source, expected) => {
    expect(partsOf(user({ type: 'image', source }))).toEqual([{ type: 'media', kind: 'image', source: expected }]);
  });

  it('reads a document with its title, and its context as a text before it', () => {
    const source = { type: 'base64', media_type: 'application/pdf', data: 'AAAA' };
    const decoded = user({ type: 'document', source, title: 'Bill', context: 'Of May.', citations: { enabled: true } });

    expect(partsOf(decoded)).toEqual([
      { type: 'text', text: 'Of May.' },
      {
        type: 'media',
        kind: 'document',
        source: { type: 'base64', mediaType: 'application/pdf', data: 'AAAA' },
        name: 'Bill',
      },
    ]);
    expect(decoded.losses).toMatchObject([{ field: 'messages[0].content[0].citations' }]);
  });

  it.each([
    ['plain', { type: 'text', media_type: 'text/plain', data: 'Grüße' }],
    ['content', { type: 'content', content: 'Grüße' }],
  ])('reads a %s text document', (_, source) => {
    expect(partsOf(user({ type: 'document', source }))).toMatchObject([
      { source: { type: 'base64', mediaType: 'text/plain', data: Buffer.from('Grüße').toString('base64') } },
    ]);
  });

  it('takes the blocks of a document apart rather than lose one', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } };
    const source = { type: 'content', content: [{ type: 'text', text: 'See:' }, image] };
    const decoded = user({ type: 'document', source });

    expect(partsOf(decoded)).toMatchObject([{ text: 'See:' }, { kind: 'image' }]);
    expect(decoded.losses).toMatchObject([{ field: 'messages[0].content[0].source' }]);
  });

  it('reads the result of a tool, with images in it', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
    const content = [{ type: 'text', text: 'Seen:' }, image, { type: 'tool_reference', tool_name: 'find' }];
    const decoded = user({ type: 'tool_result', tool_use_id: 't1', is_error: true, content });

    expect(partsOf(decoded)).toMatchObject([
      {
        type: 'tool-result',
        callId: 't1',
        name: null,
        isError: true,
        content: [{ text: 'Seen:' }, { kind: 'image' }, { text: 'find' }],
      },
    ]);
    expect(decoded.losses).toMatchObject([{ field: 'messages[0].content[0].content[2]' }]);
    expect(partsOf(user({ type: 'tool_result', tool_use_id: 't1' }))).toMatchObject([{ content: [], isError: false }]);
  });

  it('keeps the text of a search result', () => {
    const decoded = user({
      type: 'search_result',
      title: 'T',
      source: 's',
      content: [{ type: 'text', text: 'found' }],
    });

    expect(partsOf(decoded)).toEqual([{ type: 'text', text: 'T\ns\n\nfound' }]);
    expect(decoded.losses).toMatchObject([{ field: 'messages[0].content[0]' }]);
  });

  it('reads thoughts with their signatures, byte for byte', () => {
    const decoded = assistant(
      { type: 'thinking', thinking: 'Hm.', signature: 'Abc+/==' },
      { type: 'thinking', thinking: '', signature: 'Omitted==' },
      { type: 'redacted_thinking', data: 'Red+/==' },
      { type: 'thinking', thinking: 'mine', signature: '' },
      { type: 'tool_use', id: 't1', name: 'find', input: { q: [1, null] } },
    );

    expect(decoded.losses).toEqual([]);
    expect(partsOf(decoded)).toEqual([
      { type: 'reasoning', text: 'Hm.', opaque: { origin: 'anthropic', value: 'Abc+/==' }, redacted: false },
      { type: 'reasoning', text: '', opaque: { origin: 'anthropic', value: 'Omitted==' }, redacted: false },
      { type: 'reasoning', text: '', opaque: { origin: 'anthropic', value: 'Red+/==' }, redacted: true },
      { type: 'reasoning', text: 'mine', opaque: null, redacted: false },
      { type: 'tool-call', id: 't1', name: 'find', arguments: '{"q":[1,null]}' },
    ]);
  });

  it('gives a signature that travelled before a call back to that call, and to nothing else', () => {
    const signature = (value: string, thinking = '') => ({ type: 'thinking', thinking, signature: value });
    const call = (id: string) => ({ type: 'tool_use', id, name: 'find', input: {} });
    const decoded = assistant(
      signature('bough.gemini.AAA'),
      call('t1'),
      call('t2'),
      signature('bough.openai.BBB'),
      call('t3'),
      signature('bough.gemini.CCC', 'a thought'),
      call('t4'),
      signature('bough.gemini.DDD'),
    );

    expect(partsOf(decoded)).toMatchObject([
      { id: 't1', signature: { origin: 'gemini', value: 'AAA' } },
      { id: 't2' },
      { type: 'reasoning', opaque: { origin: 'openai', value: 'BBB' } },
      { id: 't3' },
      { type: 'reasoning', text: 'a thought', opaque: { origin: 'gemini', value: 'CCC' } },
      { id: 't4' },
      { type: 'reasoning', text: '', opaque: { origin: 'gemini', value: 'DDD' } },
    ]);
    for (const id of ['t2', 't3', 't4']) {
      const other = partsOf(decoded)?.find(part => part.type === 'tool-call' && part.id === id);
      expect(other).not.toHaveProperty('signature');
    }
  });

  it('drops what a tool of the vendor wrote, by name, and the turn when nothing is left', () => {
    const decoded = decode({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: [{ type: 'server_tool_use', id: 's1', name: 'web_search', input: {} }] },
        {
          role: 'assistant',
          content: [
            { type: 'web_search_tool_result', tool_use_id: 's1', content: [] },
            { type: 'text', text: 'Found.' },
          ],
        },
      ],
    });

    expect(decoded.losses.map(({ field }) => field)).toEqual(['messages[1].content[0]', 'messages[2].content[0]']);
    expect(decoded.request.turns).toMatchObject([{ role: 'user' }, { role: 'assistant', parts: [{ text: 'Found.' }] }]);
  });

  it('keeps citations for the dialect that they came from', () => {
    const citation = {
      type: 'char_location',
      cited_text: 'x',
      document_index: 0,
      document_title: 'T',
      start_char_index: 1,
      end_char_index: 2,
    };

    expect(partsOf(assistant({ type: 'text', text: 'So x.', citations: [citation] }))).toMatchObject([
      {
        citations: [
          { title: 'T', text: 'x', url: null, start: null, wire: { dialect: 'anthropic_messages', value: citation } },
        ],
      },
    ]);
  });
});
