import { CONTENT, DONE, FINISH, relay, tapOf } from '../../../test/support/chat-tap.js';

describe('ChatStreamTap', () => {
  describe('forwarding', () => {
    it('hands on the very chunk when nothing in it is held back', () => {
      const chunk = Buffer.from(CONTENT);

      expect(tapOf().push(chunk)).toBe(chunk);
    });

    it('lets an event that drips in byte by byte flow on', () => {
      const tap = tapOf();
      const lengths = [...Buffer.from(CONTENT)].map(byte => tap.push(Buffer.of(byte)).length);

      // `data: ` may become `data: [DONE]`; from the brace on, every byte goes at once.
      expect(lengths.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(lengths[6]).toBe(7);
      expect(lengths.slice(7).every(length => length === 1)).toBe(true);
    });

    it('releases what was held once the line turns out to be another', () => {
      const tap = tapOf();

      expect(tap.push(Buffer.from('data: [DON')).length).toBe(0);
      expect(tap.push(Buffer.from('T')).toString()).toBe('data: [DONT');
    });

    it('does nothing with an empty chunk', () => {
      const tap = tapOf();
      tap.push(Buffer.from('dat'));

      expect(tap.push(Buffer.alloc(0)).length).toBe(0);
      expect(tap.push(Buffer.from('e')).toString()).toBe('date');
    });
  });

  describe('[DONE]', () => {
    it.each([
      ['before any finish_reason', [CONTENT, DONE]],
      ['after an empty finish_reason', [CONTENT.replace('null', '""'), DONE]],
      ['as the first thing', [DONE]],
      ['after an error', [FINISH, 'data: {"error":{"message":"x"}}\n\n', DONE]],
      ['after garbage', [FINISH, 'data: oops\n\n', DONE]],
      ['in the chunk of what makes it wrong', [CONTENT + DONE]],
      ['split', [CONTENT, 'data: [DO', 'NE]\n\n']],
      ['followed by more on its line', [CONTENT, 'data: [DONE]x\n\n']],
      ['split and followed by more on its line', [CONTENT, 'data: [DONE]', 'x\n\n']],
    ])('is withheld, with all that follows, when it comes %s', (_, texts) => {
      const { tap, complete, client } = relay(...texts, CONTENT);

      expect({ complete, done: tap.done, boundary: tap.atEventBoundary }).toEqual({
        complete: false,
        done: false,
        boundary: true,
      });
      expect(client).toBe(texts.join('').replace(/data: \[DONE\].*/s, ''));
    });

    it('that an unended event precedes is withheld, and what the event said still counts', () => {
      const { tap, complete, client } = relay(
        'data: {"choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n',
        DONE,
      );

      expect(complete).toBe(false);
      expect(client).not.toContain('[DONE]');
      expect(tap).toMatchObject({
        malformed: true,
        finished: true,
        atLineStart: true,
        atEventBoundary: false,
        usage: { output: 2 },
      });
    });

    it('needs a finish_reason of one choice only', () => {
      const second = '{"choices":[{"index":1,"delta":{"content":"x"},"finish_reason":null}]}';

      expect(relay(FINISH, `data: ${second}\n\n`, DONE).complete).toBe(true);
    });

    it('may lack its blank line or its line end', () => {
      expect(relay(FINISH, 'data: [DONE]\n')).toMatchObject({ complete: true, client: `${FINISH}data: [DONE]\n` });
      expect(relay(FINISH, 'data: [DONE]')).toMatchObject({ complete: true, client: `${FINISH}data: [DONE]` });
      expect(relay(FINISH, 'data: [DONE')).toMatchObject({ complete: false, client: FINISH });
    });

    it('lets only whitespace and comments follow', () => {
      const { client } = relay(`${FINISH}data: [DONE] x\r\n\r\n`, ': bye\n', CONTENT, 'junk: y\n', ':\n', ' \t\n');

      expect(client).toBe(`${FINISH}data: [DONE] \r\n\r\n: bye\n\n\n\n:\n \t\n`);
    });

    it('tells when the client has all of it', () => {
      const tap = tapOf();
      const states = [FINISH, 'data: [DONE]', '\r', '\n', '\r', '\n'].map(text => {
        tap.push(Buffer.from(text));
        return [tap.done, tap.atLineStart, tap.atEventBoundary];
      });

      expect(states).toEqual([
        [false, true, true],
        [false, true, true], // held until the line ends
        [true, true, false],
        [true, true, false],
        [true, true, true],
        [true, true, true],
      ]);
    });

    it('inside a text is text', () => {
      const text = JSON.stringify({
        choices: [{ delta: { content: '\n\ndata: [DONE]\n\nevent: error\n' }, finish_reason: null }],
      });
      const { tap, client } = relay(`data: ${text}\n\n`);

      expect(client).toBe(`data: ${text}\n\n`);
      expect(tap).toMatchObject({ done: false, failed: false, malformed: false, events: 1 });
    });
  });

  describe('the end', () => {
    const LAST =
      'data: {"object":"chat.completion.done","choices":[{"index":0,"finish_reason":"stop","delta":{}}]}\n\n';

    it('that a server never says is added behind the event that is its last', () => {
      const { tap, complete, client } = relay(CONTENT, LAST);

      expect({ complete, done: tap.done, client }).toEqual({
        complete: true,
        done: true,
        client: CONTENT + LAST + DONE,
      });
    });

    it.each([
      ['is cut', [CONTENT, LAST.trimEnd()]],
      ['gives no reason', [CONTENT, LAST.replace('"stop"', 'null')]],
      ['is text', [CONTENT.replace('Hi', JSON.stringify(LAST).slice(1, -1)), FINISH]],
      ['comes behind an error', ['data: {"error":{"message":"x"}}\n\n', LAST]],
      ['is not the last', [LAST, CONTENT]],
    ])('is not added where that event %s', (_, texts) => {
      const { complete, client } = relay(...texts);
      expect({ complete, client }).toEqual({ complete: false, client: texts.join('') });
    });

    it('without [DONE] is not complete, whatever came', () => {
      expect(relay(CONTENT, FINISH)).toMatchObject({ complete: false, client: CONTENT + FINISH });
      expect(relay().complete).toBe(false);
    });

    it('counts a last event that lacks its blank line or its line end', () => {
      const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}';

      for (const ending of ['', '\n', '\r\n', '\n\n']) {
        expect(relay(FINISH, usage + ending).tap).toMatchObject({
          usage: { input: 3, output: 4 },
          events: 2,
          malformed: false,
        });
      }
    });

    it('inside an event is a cut, no fault of its form', () => {
      const { tap, complete } = relay(CONTENT, CONTENT.slice(0, 40));

      expect(complete).toBe(false);
      expect(tap).toMatchObject({ malformed: false, events: 1, atLineStart: false, atEventBoundary: false });
    });

    it('inside a held line leaves the client at a line start, and an open event intact', () => {
      const { tap, client } = relay('data: {"usage":{"prompt_tokens":1,"completion_tokens":1}}\n', 'data: [');

      expect(client).toBe('data: {"usage":{"prompt_tokens":1,"completion_tokens":1}}\n');
      expect(tap).toMatchObject({ atLineStart: true, atEventBoundary: false, usage: { input: 1, output: 1 } });
    });

    it('may be asked for twice, and nothing is forwarded after it', () => {
      const { tap } = relay(FINISH);

      expect(tap.end()).toEqual(tap.end());
      expect(tap.push(Buffer.from(DONE)).length).toBe(0);
    });
  });

  describe('the place for a comment', () => {
    const places = (...texts: string[]) => {
      const tap = tapOf();
      return texts.map(text => {
        tap.push(Buffer.from(text));
        return [tap.atLineStart, tap.atEventBoundary];
      });
    };

    it('is there before the first byte, between events, and before a line that is held back', () => {
      expect(tapOf()).toMatchObject({ atLineStart: true, atEventBoundary: true });
      expect(places(CONTENT, 'data: [', '\n')).toEqual([
        [true, true],
        [true, true],
        [true, false],
      ]);
    });

    it('is not within a line, and only between lines within an event', () => {
      expect(places('data: {', '}', '\n', ': c\n', '\n', ': c\n', 'event: x\n')).toEqual([
        [false, false],
        [false, false],
        [true, false],
        [true, false],
        [true, true],
        [true, true],
        [true, false],
      ]);
    });

    it('is not within a CRLF, unless lines have been seen to end with CR', () => {
      expect(places('data: {}\r', '\n', '\r', '\n')).toEqual([
        [false, false],
        [true, false],
        [false, false],
        [true, true],
      ]);
      expect(places('data: {}\r', '\r', 'data: {}\r\r')).toEqual([
        [false, false],
        [true, true],
        [true, true],
      ]);
      expect(places('data: {}\r\r')).toEqual([[true, true]]);
    });
  });
});
