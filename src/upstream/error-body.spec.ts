import { readErrorBody } from './error-body.js';
import type { BodySink, Exchange } from './exchange.js';

const MOST = 65_536;

function read() {
  let sink: BodySink | undefined;
  const abort = jest.fn();
  const exchange = { abort, attach: (to: BodySink) => void (sink = to) } as unknown as Exchange;
  const body = readErrorBody(exchange, '');
  if (sink === undefined) throw new Error('nothing was attached');
  return { body, abort, sink };
}

describe('the body of an error', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each<[string, (sink: BodySink) => void]>([
    ['its end', sink => sink.end()],
    ['its break', sink => sink.fail(new Error('reset'))],
  ])('is what came up to %s', async (_, over) => {
    const { body, abort, sink } = read();
    sink.data(Buffer.from('a'));
    sink.data(Buffer.from('b'));
    over(sink);
    expect((await body).toString()).toBe('ab');
    expect([abort.mock.calls.length, jest.getTimerCount()]).toEqual([0, 0]);
  });

  it('is no longer than 64 KiB, and then its connection is closed', async () => {
    const { body, abort, sink } = read();
    sink.data(Buffer.alloc(MOST - 1, 'a'));
    expect(abort).not.toHaveBeenCalled();
    sink.data(Buffer.from('bcd'));
    expect(abort).toHaveBeenCalledTimes(1);
    expect((await body).toString()).toBe(`${'a'.repeat(MOST - 1)}b`);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is read no further once it has 64 KiB', () => {
    const { abort, sink } = read();
    sink.data(Buffer.alloc(MOST));
    expect(abort).toHaveBeenCalledTimes(1);
  });

  it('is what came within five seconds', async () => {
    const { body, abort, sink } = read();
    sink.data(Buffer.from('a'));
    jest.advanceTimersByTime(4_999);
    expect(abort).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(abort).toHaveBeenCalledTimes(1);
    expect((await body).toString()).toBe('a');
  });
});
