import { EventTap } from './event-tap.js';
import type { StreamObserver } from './stream-observer.js';

/** Takes an event named `end`, or one whose data says so, for the end of a whole answer. */
function watching({ endsWithoutTerminal = false } = {}) {
  const seen: string[] = [];
  const observer = {
    usage: null,
    usageFinal: false,
    ending: false,
    repeats: false,
    seen: {},
    finished: false,
    terminal: false,
    failed: false,
    failure: null,
    malformed: false,
    inspect(name: string | null, data: Buffer) {
      seen.push(`${name} ${data.toString()}`);
      this.finished ||= name === 'finish' || name === 'end';
      this.terminal ||= name === 'end';
      this.failed ||= name === 'error';
      this.malformed ||= data.toString() === 'garbage';
    },
  };
  const tap = new EventTap(observer satisfies StreamObserver, { maxLineBytes: 64, endsWithoutTerminal });
  return { tap, seen, push: (text: string) => tap.push(Buffer.from(text)).toString() };
}

const END = 'event: end\ndata: {}\n\n';

describe('a stream of named events', () => {
  it.each([
    ['\n', 'event: end\ndata: {}\n\n'],
    ['\r\n', 'event: end\r\ndata: {}\r\n\r\n'],
    ['\r', 'event: end\rdata: {}\r\r'],
  ])('ends behind the line end of its terminal event, which is %j, and drops what follows', (_, end) => {
    const { tap, push } = watching();
    expect(push(`${end}data: more`)).toBe(end);
    expect([tap.done, tap.atEventBoundary, push('data: more\n\n')]).toEqual([true, true, '']);
  });

  it.each([
    ['with a blank line', END],
    ['without its blank line', 'event: end\ndata: {}\n'],
    ['without its line end', 'event: end\ndata: {}'],
  ])('is whole at its end where its terminal event came %s', (_, text) => {
    const { tap, seen, push } = watching();
    expect(push(text)).toBe(text);
    expect([tap.end().complete, seen]).toEqual([true, ['end {}']]);
  });

  it.each([
    ['nothing ended it', 'event: word\ndata: {}\n\n', false, false],
    ['a reason to end came, and no terminal event', 'event: finish\ndata: {}\n\n', false, false],
    ['a reason to end came, and none is needed', 'event: finish\ndata: {}\n\n', true, true],
    ['a reason to end came without its blank line, and no more is needed', 'event: finish\ndata: {}', true, true],
    ['an error came', `event: error\ndata: {}\n\n${END}`, false, false],
    ['garbage came', `data: garbage\n\n${END}`, false, false],
    ['the terminal event is garbage', 'event: end\ndata: garbage\n\n', false, false],
    ['HTML came', `<html>\n\n${END}`, false, false],
    ['JSON came', `{"a":1}\n\n${END}`, false, false],
  ])('where %s', (_, text, endsWithoutTerminal, complete) => {
    const { tap, push } = watching({ endsWithoutTerminal });
    expect(push(text)).toBe(text);
    expect([tap.done, tap.end().complete]).toEqual([false, complete]);
  });

  it('with a line beyond the bound is stopped, and nothing of it goes on', () => {
    const { tap, push } = watching();
    expect(push(`data: ${'a'.repeat(100)}`)).toBe('');
    expect([tap.stopped, tap.malformed, push(END), tap.end().complete]).toEqual([true, true, '', false]);
  });

  it.each([
    ['', true, true],
    ['event: word\n', true, false],
    ['event: wo', false, false],
    [': a comment\n', true, true],
    ['event: word\ndata: {}\n\n', true, true],
  ])('after %j takes a comment at the beginning of a line: %p, between events: %p', (text, atLine, atEvent) => {
    const { tap, push } = watching();
    push(text);
    expect([tap.atLineStart, tap.atEventBoundary]).toEqual([atLine, atEvent]);
  });

  it('is read the same in whatever pieces it comes', () => {
    const text = `event: word\ndata: one\ndata: two\n\n${END}`;
    const { tap, seen, push } = watching();
    expect([...text].map(push).join('')).toBe(text);
    expect([tap.done, seen]).toEqual([true, ['word one\ntwo', 'end {}']]);
  });
});
