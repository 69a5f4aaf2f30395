import { CONTENT, DONE, FINISH, relay, tapOf } from '../../../test/support/chat-tap.js';
import { HiddenUsageTap } from './hidden-usage-tap.js';
import { ChatStreamTap } from './stream-tap.js';

describe('What ChatStreamTap notes', () => {
  describe('errors in the stream', () => {
    it.each([
      ['nested', '{"error":{"message":"overloaded"}}'],
      ['with spaces', '{ "error" : {"message":"overloaded"} }'],
      ['a string', '{"error":"overloaded"}'],
      ['flat', '{"error_code":"TEMPORARILY_UNAVAILABLE","message":"overloaded"}'],
      ['behind other keys', '{"id":"1","choices":[{"delta":{},"finish_reason":"error"}],"error":{"code":502}}'],
    ])('are seen when %s', (_, payload) => {
      const { tap, complete, client } = relay(CONTENT, `data: ${payload}\n\n`);

      expect({ complete, failed: tap.failed, malformed: tap.malformed }).toEqual({
        complete: false,
        failed: true,
        malformed: false,
      });
      expect(client).toContain(payload);
    });

    it('are seen by the name of their event', () => {
      expect(relay('event: error\ndata: {"message":"overloaded"}\n\n').tap.failed).toBe(true);
      expect(relay('event: errors\ndata: {"message":"overloaded"}\n\nevent: error\n\n', CONTENT).tap.failed).toBe(
        false,
      );
    });

    it.each([
      ['null', '{"error":null,"choices":[]}'],
      ['in a nested object', '{"choices":[{"delta":{"content":[{"type":"text","error":{"a":1}}]}}]}'],
      ['in a text', JSON.stringify({ choices: [{ delta: { content: '{"error":{"message":"x"}}' } }] })],
      ['a value', '{"choices":[],"kind":"error"}'],
    ])('are not mistaken for the word when it is %s', (_, payload) => {
      expect(relay(`data: ${payload}\n\n`).tap).toMatchObject({ failed: false, malformed: false });
    });
  });

  describe('what is no event of this dialect', () => {
    it.each([
      ['a broken payload', 'data: {bad json\n\n'],
      ['a payload that is no object', 'data: "text"\n\n'],
      ['an array', 'data: [1]\n\n'],
      ['an empty payload', 'data:\n\n'],
      ['a field without a colon', 'data\n\n'],
      ['[DONE] behind two spaces', 'data:  [DONE]\n\n'],
      ['HTML', '<html>Bad gateway</html>\n'],
      ['JSON without frames', '{"error":{"message":"x"}}\n'],
      ['broken usage', 'data: {"usage":{"prompt_tokens":1},}\n\n'],
      ['a broken error', 'data: {"error":{"message":}\n\n'],
    ])('is malformed: %s', (_, text) => {
      const { tap, complete, client } = relay(FINISH, text, DONE);

      expect({ malformed: tap.malformed, complete }).toEqual({ malformed: true, complete: false });
      expect(client).not.toContain('data: [DONE]');
    });

    it('is a line over the bound: it goes on up to the bound, wherever it is split, and no further', () => {
      const stream = Buffer.from(`${CONTENT}data: {"x":"${'y'.repeat(400)}"}\n\n${FINISH}${DONE}`);
      const expected = stream.subarray(0, CONTENT.length + 200);

      for (const size of [1, 13, 150, stream.length]) {
        const tap = tapOf(200);
        const parts: Buffer[] = [];
        for (let at = 0; at < stream.length; at += size)
          parts.push(Buffer.from(tap.push(stream.subarray(at, at + size))));

        expect(Buffer.concat(parts).equals(expected)).toBe(true);
        expect(tap).toMatchObject({ malformed: true, atLineStart: false, atEventBoundary: false });
        expect(tap.end().complete).toBe(false);
      }
    });

    it('is an event whose lines are over the bound together', () => {
      const tap = tapOf(200);
      const forwarded = tap.push(Buffer.from('data: {\n'.repeat(1_000)));

      expect(forwarded.length).toBeLessThan(1_600);
      expect(tap.malformed).toBe(true);
    });

    it('is not a line of 8 MiB', () => {
      const tap = new ChatStreamTap({ maxLineBytes: 16 * 1024 * 1024 });
      const line = Buffer.from(`data: {"choices":[{"delta":{"content":"${'x'.repeat(8 * 1024 * 1024)}"}}]}\n\n`);
      let forwarded = 0;
      for (let at = 0; at < line.length; at += 65_536) forwarded += tap.push(line.subarray(at, at + 65_536)).length;

      expect(forwarded).toBe(line.length);
      expect(tap).toMatchObject({ malformed: false, events: 1 });
    });
  });

  it('takes no word for a key', () => {
    const payload = '{"choices":[{"delta":{"role":"finish_reason","kind":"error","x":{"a":"usage"}}}]}';

    expect(relay(`data: ${payload}\n\n`).tap).toMatchObject({
      finished: false,
      failed: false,
      usage: null,
      malformed: false,
    });
  });

  describe('usage', () => {
    it.each([
      ['null', '{"choices":[],"usage":null}'],
      ['nested', '{"choices":[{"usage":{"prompt_tokens":1,"completion_tokens":1}}]}'],
      ['a word', '{"choices":[{"delta":{"role":"usage"}}]}'],
      ['negative', '{"usage":{"prompt_tokens":1,"completion_tokens":-1}}'],
      ['too large', '{"usage":{"prompt_tokens":1,"completion_tokens":9007199254740993}}'],
      ['infinite', '{"usage":{"prompt_tokens":1,"completion_tokens":1e999}}'],
    ])('is none when it is %s', (_, payload) => {
      expect(relay(`data: ${payload}\n\n`).tap).toMatchObject({ usage: null, malformed: false });
    });

    it('is found behind a nested one and with spaces', () => {
      const payload = '{"x":{"usage":{"prompt_tokens":9}}, "usage" : {"prompt_tokens":1,"completion_tokens":2}}';

      expect(relay(`data: ${payload}\n\n`).tap.usage).toMatchObject({ input: 1, output: 2 });
    });

    it('is the last one seen', () => {
      const usage = (output: number): string => `data: {"usage":{"prompt_tokens":1,"completion_tokens":${output}}}\n\n`;

      expect(relay(usage(1), usage(7) + usage(7), usage(5), CONTENT).tap.usage?.output).toBe(5);
    });
  });

  describe('streamedText', () => {
    const event = (choice: object): string => `data: ${JSON.stringify({ id: 'chatcmpl-1', choices: [choice] })}\n\n`;

    it('joins what was generated, in every shape', () => {
      const { tap } = relay(
        event({ delta: { role: 'assistant', content: '' } }),
        event({ delta: { reasoning_content: 'Let me see. ' } }),
        event({ delta: { content: 'Hé "x"\n' } }),
        event({ delta: { content: [{ type: 'text', text: '😀 ', thoughtSignature: 'QUJD' }] } }),
        event({ delta: { tool_calls: [{ index: 0, id: 'call_1', function: { name: 'find', arguments: '{"q":' } }] } }),
        event({ delta: { reasoning: 'same ', reasoning_details: [{ type: 'reasoning.text', text: 'same ' }] } }),
      );

      expect(tap.streamedText()).toMatchObject({
        text: 'Let me see. Hé "x"\n😀 find{"q":same ',
        factor: 1,
        begun: true,
      });
    });

    it('is empty for a stream that brought nothing', () => {
      expect(relay().tap.streamedText()).toMatchObject({ text: '', factor: 1, begun: false });
    });

    it('keeps a bounded part and says how much more there was', () => {
      const tap = tapOf();
      const word = event({ delta: { content: 'twelve chars' } });
      for (let index = 0; index < 10_000; index++) tap.push(Buffer.from(word));

      const { text, factor } = tap.streamedText();

      expect(text.length).toBeLessThan(64 * 1024);
      expect(Math.abs((text.length * factor) / 120_000 - 1)).toBeLessThan(0.02);
    });

    it('reads the beginning of one event that is larger than all that is kept', () => {
      const { tap } = relay(event({ delta: { content: 'abc\\n'.repeat(50_000) } }));

      const { text, factor } = tap.streamedText();

      expect(Math.abs((text.length * factor) / 250_000 - 1)).toBeLessThan(0.2);
    });
  });
});

describe('The usage that ChatStreamTap notes', () => {
  const counted = (event: string) =>
    event.replace(/\}\n\n$/, ',"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n');
  const alone = counted('data: {"choices":[]}\n\n');

  it.each([
    ['an event that counts along', [counted(CONTENT)], false, false],
    ['an event without choices before the end', [CONTENT, alone], false, false],
    ['a reason to end that counts along', [CONTENT, counted(FINISH)], false, true],
    ['the event without choices behind it', [CONTENT, FINISH, alone], true, true],
    ['the end of the stream', [CONTENT, counted(FINISH), DONE], true, true],
    ['no count at all', [CONTENT, FINISH, DONE], false, true],
    ['another choice that goes on', [FINISH, alone, counted(CONTENT)], false, true],
  ])('is the last word behind %s: %#', (_, events, usageFinal, ending) => {
    const tap = tapOf();
    for (const event of events) tap.push(Buffer.from(event));

    expect({ usageFinal: tap.usageFinal, ending: tap.ending }).toEqual({ usageFinal, ending });
  });

  it('is that of the event that is taken out for a caller who did not ask for it', () => {
    const tap = new HiddenUsageTap(tapOf(), 1_000_000);
    const said = [CONTENT, FINISH, alone].map(event => {
      tap.push(Buffer.from(event));
      return tap.usageFinal;
    });

    expect([said, tap.usage?.output]).toEqual([[false, false, true], 1]);
  });
});
