import Anthropic from 'anthropic-sdk';
import AnthropicBefore from 'anthropic-sdk-0';
import { PLAIN_REQUEST } from '../../../test/support/anthropic-messages.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { Opaque } from '../neutral/neutral.types.js';
import { MessagesStreamEncoder } from './encode-stream.js';

const CALLER = { model: 'asked-for', requestId: 'req-1', now: 1, streamUsage: true, request: PLAIN_REQUEST };
const USAGE = { input: 30, cacheRead: 2, cacheWrite: 0, output: 12, reasoning: 4 };
const START: NeutralEvent = { type: 'start', id: 'up-1', model: 'm', createdAt: null, usage: null, serviceTier: null };

const open = (part: number, start: PartStart): NeutralEvent => ({ type: 'part-start', choice: 0, part, start });
const more = (part: number, text: string, signature?: Opaque): NeutralEvent => ({
  type: 'part-delta',
  choice: 0,
  part,
  text,
  ...(signature && { signature }),
});
const close = (part: number): NeutralEvent => ({ type: 'part-end', choice: 0, part });
const finish: NeutralEvent = { type: 'finish', choice: 0, reason: 'stop', stopSequence: null };
const text = { type: 'text' } as const;
const thought = { type: 'reasoning', redacted: false } as const;
const call = (id: string): PartStart => ({ type: 'tool-call', id, name: 'find' });
const gemini = (value: string) => ({ origin: 'gemini' as const, value });

function encode(...events: readonly NeutralEvent[]): string {
  const encoder = new MessagesStreamEncoder(CALLER);
  return events.map(event => encoder.push(event)).join('') + encoder.end();
}

/** What the vendor's SDK makes of it. */
async function readWith(sdk: typeof Anthropic, body: string) {
  const headers = { 'content-type': 'text/event-stream' };
  const client = new sdk({ apiKey: 'test-key', maxRetries: 0, fetch: async () => new Response(body, { headers }) });
  const stream = client.messages.stream({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] });
  return stream.finalMessage();
}

/** The data of the events of these names. */
const dataOf = (body: string, name: string) =>
  body
    .split('\n\n')
    .filter(event => event.startsWith(`event: ${name}\n`))
    .map(event => JSON.parse(event.slice(event.indexOf('data: ') + 6)) as Record<string, unknown>);

/** The blocks as they are started, and what comes into them. */
const blocksOf = (body: string) =>
  dataOf(body, 'content_block_start').map(start => ({
    ...(start['content_block'] as { type: string }),
    deltas: dataOf(body, 'content_block_delta')
      .filter(({ index }) => index === start['index'])
      .map(({ delta }) => delta),
  }));

describe('MessagesStreamEncoder', () => {
  it.each([
    ['current', Anthropic],
    ['previous', AnthropicBefore as unknown as typeof Anthropic],
  ])('writes what the %s SDK reads, however the parts came', async (_, sdk) => {
    const body = encode(
      START,
      open(0, thought),
      more(0, 'Hm.'),
      open(1, text),
      more(1, 'Let me '),
      open(2, call('t1')),
      more(2, '{"a"'),
      more(0, '', { origin: 'openai', value: 'E' }),
      more(1, 'see.'),
      open(3, call('t2')),
      close(0),
      more(2, ':1}'),
      close(3),
      close(2),
      close(1),
      finish,
      { type: 'usage', usage: USAGE },
    );

    expect(await readWith(sdk, body)).toMatchObject({
      id: 'msg_up-1',
      model: 'asked-for',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'bough.openai.E' },
        { type: 'text', text: 'Let me see.' },
        { type: 'tool_use', id: 't1', input: { a: 1 } },
        { type: 'tool_use', id: 't2', input: {} },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 30, output_tokens: 12 },
    });
  });

  it('tells the usage of the input at once where it is known, and all of it at the end', () => {
    const body = encode({ ...START, usage: { ...USAGE, output: 0, reasoning: 0 } }, finish, {
      type: 'usage',
      usage: USAGE,
    });

    expect(dataOf(body, 'message_start')).toMatchObject([
      { message: { usage: { input_tokens: 30, output_tokens: 0 } } },
    ]);
    expect(dataOf(body, 'message_delta')).toMatchObject([
      {
        delta: { stop_reason: 'end_turn' },
        usage: { input_tokens: 30, cache_read_input_tokens: 2, output_tokens: 12 },
      },
    ]);
  });

  it('tells at the end what it knew at the start when nobody tells more', () => {
    expect(dataOf(encode({ ...START, usage: USAGE }, finish), 'message_delta')).toMatchObject([
      { usage: { input_tokens: 30 } },
    ]);
  });

  it('writes a part that ended while it waited as soon as its turn comes', () => {
    const encoder = new MessagesStreamEncoder(CALLER);
    for (const event of [START, open(0, text), more(0, 'a'), open(1, text), more(1, 'b'), close(1)])
      encoder.push(event);

    expect(dataOf(encoder.push(close(0)), 'content_block_stop')).toHaveLength(2);
  });

  it('writes words while they come, and those of a later part at the end of the earlier', () => {
    const encoder = new MessagesStreamEncoder(CALLER);
    encoder.push(START);
    encoder.push(open(0, text));
    encoder.push(open(1, text));

    expect(encoder.push(more(0, 'a'))).toContain('"text":"a"');
    expect(encoder.push(more(1, 'b'))).toBe('');
    expect(encoder.push(close(0))).toContain('"text":"b"');
    expect(encoder.push(more(1, 'c'))).toContain('"text":"c"');
  });

  it('gives every call arguments that parse, and never text for arguments', () => {
    const body = encode(
      START,
      open(0, call('t1')),
      more(0, ''),
      more(0, ' '),
      close(0),
      open(1, call('t2')),
      more(1, ' '),
      more(1, '{}'),
      close(1),
      finish,
    );

    for (const { deltas } of blocksOf(body)) {
      expect(deltas.map(delta => (delta as { type: string }).type)).toEqual(['input_json_delta']);
      expect(JSON.parse((deltas[0] as { partial_json: string }).partial_json)).toEqual({});
    }
    expect(blocksOf(body)).toHaveLength(2);
  });

  it('starts no block for a part that says nothing', () => {
    expect(blocksOf(encode(START, open(0, text), close(0), open(1, thought), close(1), finish))).toEqual([]);
  });

  it('writes a signature before the call that it signs, and redacted thoughts whole', () => {
    const body = encode(
      START,
      open(0, { type: 'reasoning', redacted: true }),
      more(0, '', { origin: 'anthropic', value: 'R==' }),
      close(0),
      open(1, { type: 'reasoning', redacted: true }),
      more(1, '', { origin: 'openai', value: 'E' }),
      close(1),
      open(2, call('t1')),
      more(2, '{}', gemini('G')),
      close(2),
      finish,
    );

    expect(blocksOf(body)).toMatchObject([
      { type: 'redacted_thinking', data: 'R==', deltas: [] },
      { type: 'thinking', deltas: [{ type: 'signature_delta', signature: 'bough.openai.E' }] },
      { type: 'thinking', deltas: [{ type: 'signature_delta', signature: 'bough.gemini.G' }] },
      { type: 'tool_use', deltas: [{ partial_json: '{}' }] },
    ]);
  });

  it('names what it could not write', () => {
    const lossesOf = (...events: readonly NeutralEvent[]) => {
      const encoder = new MessagesStreamEncoder(CALLER);
      for (const event of [START, ...events, finish]) encoder.push(event);
      encoder.end();
      return encoder.losses.losses.map(({ field }) => field);
    };
    const signed = [open(0, text), more(0, 'a'), more(0, '', gemini('G')), close(0)];
    expect(lossesOf(...signed)).toEqual(['signature']);
    expect(lossesOf(...signed, open(1, call('t1')), close(1))).toEqual(['signature']);
    expect(lossesOf(open(0, call('t1')), more(0, '{}'), more(0, '', gemini('G')), close(0))).toEqual(['signature']);
    expect(lossesOf({ type: 'part-start', choice: 1, part: 0, start: text })).toEqual(['content']);
  });

  it('never ends in a thought without words', () => {
    const typesOf = (...events: readonly NeutralEvent[]) =>
      blocksOf(encode(START, ...events, finish)).map(({ type }) => type);
    const signed = [open(0, text), more(0, 'a'), more(0, '', gemini('G')), close(0)];
    const bare = [open(1, thought), more(1, '', gemini('H')), close(1)];

    expect(typesOf(...signed)).toEqual(['text']);
    expect(typesOf(...signed, ...bare)).toEqual(['text']);
    expect(typesOf(...bare)).toEqual([]);
    expect(typesOf(...signed, open(1, thought), more(1, 'b'), close(1))).toEqual(['text', 'thinking']);
    expect(typesOf(...signed, open(1, call('t1')), close(1))).toEqual(['text', 'tool_use']);
    // What comes before a call may be its signature, and is needed.
    expect(typesOf(...signed, ...bare, open(2, call('t1')), close(2))).toEqual(['text', 'thinking', 'tool_use']);
  });

  it('tells a refusal as text', () => {
    const body = encode(START, open(0, { type: 'refusal' }), more(0, 'No.'), close(0), finish);

    expect(blocksOf(body)).toMatchObject([{ type: 'text', deltas: [{ text: 'No.' }] }]);
    expect(dataOf(body, 'message_delta')).toMatchObject([{ delta: { stop_reason: 'refusal' } }]);
  });

  it('writes the first choice alone', () => {
    const other = { ...open(0, text), choice: 1 } as NeutralEvent;
    const body = encode(
      START,
      other,
      { ...more(0, 'x'), choice: 1 } as NeutralEvent,
      { ...finish, choice: 1, reason: 'length' } as NeutralEvent,
      finish,
    );

    expect(blocksOf(body)).toEqual([]);
    expect(dataOf(body, 'message_delta')).toMatchObject([{ delta: { stop_reason: 'end_turn' } }]);
  });

  it('writes its end once, and nothing behind it or for an error', () => {
    const encoder = new MessagesStreamEncoder(CALLER);

    expect(encoder.push({ type: 'error', message: 'gone', code: null })).toBe('');
    expect(dataOf(encoder.end(), 'message_stop')).toHaveLength(1);
    expect(encoder.end()).toBe('');
    expect(encoder.push(open(0, text)) + encoder.push(more(0, 'a'))).toBe('');
  });
});
