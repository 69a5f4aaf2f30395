import { encodeComment, encodeData, SseLineTooLongError, SseParser, type SseEvent } from './frames.js';

const event = (data: string, others: Partial<SseEvent> = {}): SseEvent => ({ event: null, data, id: null, ...others });

function parse(chunks: Iterable<Buffer>, maxLineBytes?: number): { events: SseEvent[]; last: SseEvent | null } {
  const parser = new SseParser({ maxLineBytes });
  const events: SseEvent[] = [];
  for (const chunk of chunks) {
    const copy = Buffer.from(chunk);
    events.push(...parser.push(copy));
    copy.fill(0x7a); // a chunk's memory may be used again
  }
  return { events, last: parser.end() };
}

const parseText = (text: string) => parse([Buffer.from(text)]);

describe('SseParser', () => {
  it.each([
    ['a plain event', 'data: a\n\n', [event('a')]],
    ['no space behind the colon', 'data:a\n\n', [event('a')]],
    ['one space only is left out', 'data:  a\n\n', [event(' a')]],
    ['several data lines', 'data: a\ndata:\ndata: b\n\n', [event('a\n\nb')]],
    ['a field without a colon', 'data\n\n', [event('')]],
    [
      'an event name and an id',
      'event: ping\nid: 7\ndata: a\n\ndata: b\n\n',
      [event('a', { event: 'ping', id: '7' }), event('b')],
    ],
    ['an empty event name', 'event:\ndata: a\n\n', [event('a')]],
    ['an id with NUL is ignored', 'id: a\u0000b\ndata: a\n\n', [event('a')]],
    ['comments', ': x\ndata: a\n:\ndata: b\n\n:\n\n', [event('a\nb')]],
    ['an event without data is none', 'event: ping\n\ndata: a\n\n', [event('a')]],
    ['unknown fields', 'retry: 5\ndatum: x\n data: y\ndata: a\n\n', [event('a')]],
    ['a byte order mark', '\ufeffdata: a\n\n', [event('a')]],
    ['a byte order mark that does not stand first', 'data: a\n\n\ufeffdata: b\n\n', [event('a')]],
    ['CR', 'data: a\r\rdata: b\r\r', [event('a'), event('b')]],
    ['CRLF', 'data: a\r\ndata: b\r\n\r\n', [event('a\nb')]],
    ['line ends mixed', 'data: a\r\n\ndata: b\r\r\ndata: c\n\r', [event('a'), event('b'), event('c')]],
    ['line separators of Unicode end no line', 'data: a\u2028b\u0085c\n\n', [event('a\u2028b\u0085c')]],
    ['nothing', '', []],
  ])('reads %s', (_, text, events) => {
    expect(parseText(text)).toEqual({ events, last: null });
  });

  it('reads the same however the bytes are cut', () => {
    const text =
      '\ufeff: hi\r\nevent: Größe\r\ndata: 😀\r\ndata: é\r\n\r\ndata:x\n\n\rid: 1\rdata: {"a":"€"}\r\rdata: last\n';
    const whole = Buffer.from(text);
    const expected = parseText(text);

    for (let at = 0; at <= whole.length; at++)
      expect(parse([whole.subarray(0, at), whole.subarray(at)])).toEqual(expected);
    expect(parse(Array.from(whole, byte => Buffer.of(byte)))).toEqual(expected);
    expect(expected.events).toHaveLength(3);
    expect(expected.last).toEqual(event('last'));
  });

  it('hands over an event without its blank line at the end, cut or not', () => {
    expect(parseText('data: a\n').last).toEqual(event('a'));
    expect(parseText('data: a\ndata: b').last).toEqual(event('a\nb'));
    expect(parseText('event: x\n').last).toBeNull();
  });

  describe('with a bound of 10 bytes a line', () => {
    it('reads a line of 10 bytes', () => {
      expect(parse([Buffer.from('data: 6789\r\n\r\n')], 10).events).toEqual([event('6789')]);
    });

    it.each([[1], [3], [11], [1_000]])('refuses a longer one, in chunks of %i bytes', size => {
      const parser = new SseParser({ maxLineBytes: 10 });
      const text = Buffer.from('data: a\n\ndata: 67890\n\n');
      const feed = (): void => {
        for (let at = 0; at < text.length; at += size) parser.push(text.subarray(at, at + size));
      };

      expect(feed).toThrow(SseLineTooLongError);
      expect(() => parser.push(Buffer.from('data: a\n\n'))).toThrow(SseLineTooLongError);
    });

    it('refuses an event whose lines hold more together', () => {
      const parser = new SseParser({ maxLineBytes: 10 });

      expect(parser.push(Buffer.from('data: 123\ndata: 456\n\n'))).toEqual([event('123\n456')]);
      expect(() => parser.push(Buffer.from('data: 123\ndata: 456\ndata: 789\n\n'))).toThrow(SseLineTooLongError);
      expect(() => parser.push(Buffer.from('\n'))).toThrow(SseLineTooLongError);
    });
  });

  it('reads a line of 8 MiB in small chunks', () => {
    const data = 'x'.repeat(8 * 1024 * 1024);
    const bytes = Buffer.from(`data: ${data}\n\n`);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 1_000) }, (_, index) =>
      bytes.subarray(index * 1_000, index * 1_000 + 1_000),
    );

    expect(parse(chunks).events[0]?.data.length).toBe(data.length);
  });
});

describe('encodeComment', () => {
  it('cannot be left by a line break', () => {
    expect(encodeComment('a\r\nb\ndata: x').toString()).toBe(': a b data: x\n\n');
  });
});

describe('encodeData', () => {
  it.each([
    ['{"a":1}', 'data: {"a":1}\n\n'],
    ['{\n"a":\r\n1\r}', 'data: {\ndata: "a":\ndata: 1\ndata: }\n\n'],
  ])('frames %j as one event', (json, frame) => {
    expect(encodeData(json).toString()).toBe(frame);
    expect(JSON.parse(parseText(frame).events[0]?.data ?? '')).toEqual({ a: 1 });
  });
});
