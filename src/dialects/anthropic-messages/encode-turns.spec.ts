import { Chance, randomAnswerPart, randomNativeRequest } from '../../../test/support/anthropic-messages.js';
import { assistant, call, encode, result, text, user } from '../../../test/support/anthropic-turns.js';
import type { AssistantPart, Turn } from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';

describe('encodeRequest, of a conversation', () => {
  it('makes one message of neighbours with one role, results of tools first', () => {
    const { wire, lost } = encode({
      turns: [
        user(text('a')),
        user(text('b')),
        assistant(call('t1')),
        assistant(call('t2')),
        user(text('and')),
        user(result('t1'), result('t2')),
      ],
    });

    expect(lost).toEqual([]);
    expect(wire.messages.map(({ role, content }) => [role, ...content.map(({ type }) => type)])).toEqual([
      ['user', 'text', 'text'],
      ['assistant', 'tool_use', 'tool_use'],
      ['user', 'tool_result', 'tool_result', 'text'],
    ]);
  });

  it('sends instructions in the middle as a marked note of the user, and says so', () => {
    const { wire, lost } = encode({
      turns: [user(text('a')), assistant(text('b')), { role: 'system', parts: [text('c')] }],
    });

    const marked = text('<system-reminder>\nc\n</system-reminder>');
    expect(wire.messages.at(-1)).toEqual({ role: 'user', content: [marked] });
    expect(lost).toEqual(['messages[2].role']);
  });

  it('leaves out blank texts and empty turns, which the API refuses', () => {
    const { wire, lost } = encode({
      turns: [user(text(''), text('a')), assistant(text('')), user(text(' \n'), text('b'))],
      instructions: [text('')],
    });

    expect(wire.messages).toEqual([{ role: 'user', content: [text('a'), text('b')] }]);
    expect(wire).not.toHaveProperty('system');
    expect(lost).toEqual(['messages[2].content[0]']);
  });

  it('takes blanks off the end of words that are put into the model’s mouth, and only there', () => {
    const { wire, lost } = encode({
      turns: [user(text('a ')), assistant(text('b ')), user(text('c')), assistant(text('d \n'))],
    });

    expect(wire.messages.map(({ content }) => content[0]?.['text'])).toEqual(['a ', 'b ', 'c', 'd']);
    expect(lost).toEqual(['messages[3].content[0]']);
  });

  it('gives the user a word before a conversation that begins with the assistant, and names it', () => {
    const { wire, lost } = encode({ turns: [assistant(text('a')), user(text('b'))] });
    expect(wire.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(lost).toEqual(['messages[0]']);
  });

  it('sends only thoughts that Anthropic signed, byte for byte', () => {
    const signed = (origin: 'anthropic' | 'openai' | 'gemini', redacted = false): AssistantPart => ({
      type: 'reasoning',
      text: redacted ? '' : 'Hm.',
      opaque: { origin, value: `${origin}+/==` },
      redacted,
    });
    const { wire, lost } = encode({
      turns: [
        user(text('a')),
        assistant(
          signed('anthropic'),
          signed('openai'),
          signed('gemini'),
          { type: 'reasoning', text: 'bare', opaque: null, redacted: false },
          signed('anthropic', true),
          { type: 'tool-call', id: 't1', name: 'find', arguments: '{}', signature: { origin: 'gemini', value: 'g' } },
        ),
        user(result('t1')),
      ],
    });

    expect(wire.messages[1]?.content).toEqual([
      { type: 'thinking', thinking: 'Hm.', signature: 'anthropic+/==' },
      { type: 'redacted_thinking', data: 'anthropic+/==' },
      { type: 'tool_use', id: 't1', name: 'find', input: {} },
    ]);
    expect(lost).toEqual(
      [1, 2, 3].map(index => `messages[1].content[${index}]`).concat('messages[1].content[5].signature'),
    );
  });

  it('gives a call and its result the same id in letters that the API takes', () => {
    const id = 'call:ü|1';
    const { wire } = encode({ turns: [user(text('a')), assistant(call(id)), user(result(id))] });
    const written = wire.messages[1]?.content[0]?.['id'];

    expect(written).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(wire.messages[2]?.content[0]?.['tool_use_id']).toBe(written);
  });

  it.each([
    ['{"a":{"__proto__":1}}', JSON.parse('{"a":{"__proto__":1}}'), []],
    ['', {}, []],
    ['{"a":', { _raw: '{"a":' }, ['messages[1].content[0].arguments']],
    ['[1]', { _raw: '[1]' }, ['messages[1].content[0].arguments']],
    ['{"n":1e999}', { _raw: '{"n":1e999}' }, ['messages[1].content[0].arguments']],
  ])('sends the arguments %j as an object', (args, input, expected) => {
    const { wire, lost } = encode({ turns: [user(text('a')), assistant(call('t1', args)), user(result('t1'))] });

    expect(JSON.stringify(wire.messages[1]?.content[0]?.['input'])).toBe(JSON.stringify(input));
    expect(lost).toEqual(expected);
  });

  it('shows images and documents in the results of tools', () => {
    const source = { type: 'base64' as const, mediaType: 'image/png', data: 'AAAA' };
    const image = { type: 'media' as const, kind: 'image' as const, source, detail: 'high' as const, name: 'red.png' };
    const { wire, lost } = encode({
      turns: [user(text('a')), assistant(call('t1')), user({ ...result('t1'), content: [image] })],
    });

    expect(wire.messages[2]?.content[0]?.['content']).toEqual([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    ]);
    expect(lost).toEqual(['messages[2].content[0].content[0].detail', 'messages[2].content[0].content[0].name']);
  });

  const media = (kind: 'image' | 'document' | 'audio' | 'video', source: object) =>
    user({ type: 'media', kind, source } as never);
  const base64 = (mediaType: string, data = '/w==') => ({ type: 'base64', mediaType, data });
  it.each([
    ['audio', media('audio', base64('audio/wav')), 'messages[0].content[0]'],
    ['a video', media('video', base64('video/mp4')), 'messages[0].content[0]'],
    [
      'a file of another vendor',
      media('image', { type: 'file', origin: 'openai', id: 'file-1' }),
      'messages[0].content[0]',
    ],
    ['a document of another kind', media('document', base64('application/zip')), 'messages[0].content[0]'],
    ['a text that is none', media('document', base64('text/plain')), 'messages[0].content[0]'],
    [
      'audio in the result of a tool',
      user({ ...result('t1'), content: [{ type: 'media', kind: 'audio', source: base64('audio/wav') } as never] }),
      'messages[2].content[0].content[0]',
    ],
  ])('refuses %s rather than let it vanish', (_, turn, field) => {
    let error: unknown;
    try {
      // A result stands behind its call, and both behind the user's first word.
      const isResult = turn.parts.some(({ type }) => type === 'tool-result');
      encode({ turns: isResult ? [assistant(call('t1')), turn] : [turn] });
    } catch (thrown) {
      error = thrown;
    }

    expect(error).toBeInstanceOf(RequestFieldError);
    expect(error).toMatchObject({ field });
  });

  it('keeps the rules of the API whatever the conversation is like', () => {
    for (let seed = 0; seed < 300; seed++) {
      const chance = new Chance(seed);
      const turns = [user({ type: 'text', text: 'Hello' }), ...chance.list(0, 6, () => randomTurn(chance))];
      const { wire } = encode({ ...randomNativeRequest(chance), turns });
      const roles = wire.messages.map(({ role }) => role);

      expect({ seed, roles: roles.filter((role, index) => role === roles[index - 1]) }).toEqual({ seed, roles: [] });
      for (const { content } of wire.messages) {
        const types = content.map(({ type }) => type);
        expect({ seed, types: types.lastIndexOf('tool_result') + 1 }).toEqual({
          seed,
          types: types.filter(type => type === 'tool_result').length,
        });
        expect(content.length).toBeGreaterThan(0);
        expect(content.filter(block => block['type'] === 'text' && String(block['text']).trim() === '')).toEqual([]);
        expect(content.filter(block => String(block['signature']).startsWith('bough.'))).toEqual([]);
      }
    }
  });
});

function randomTurn(chance: Chance): Turn {
  const blank = { type: 'text' as const, text: chance.pick(['', ' ', '\n', 'word ']) };
  return chance.pick<() => Turn>([
    () => user(...chance.list(0, 2, () => blank), ...(chance.maybe() ? [result('t1')] : [])),
    () => assistant(...chance.list(0, 3, () => randomAnswerPart(chance, 1)), blank),
    () => ({ role: 'system', parts: [blank] }),
  ])();
}
