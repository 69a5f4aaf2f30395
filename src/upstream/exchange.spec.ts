import { SharedTimer } from '../platform/shared-timers.js';
import type { Dispatcher } from 'undici';
import { AbortSource } from './abort-signal.js';
import { Exchange, ExchangeAborted, unlessLeft } from './exchange.js';
import type { Connection, TrackedClient } from './tracked-client.js';

const BODY_BYTES = 10;
const EARLY = 1_048_576;
const RESET = new Error('reset');

/** A connection of which a test says what has left it. */
const connection = (fields: Partial<Connection> = {}) =>
  ({ requests: 0, writeFailed: false, bytesOut: 0, ...fields }) as {
    -readonly [Key in keyof Connection]: Connection[Key];
  };

function start() {
  const told: string[] = [];
  const controller = {
    rawHeaders: ['a', 'b'],
    abort: (reason: Error) => told.push(`abort ${reason.name}`),
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
  } as unknown as Dispatcher.DispatchController;
  const exchange = new Exchange(BODY_BYTES);
  const seen: string[] = [];
  const sink = {
    data: (chunk: Buffer) => void seen.push(chunk.length < 9 ? chunk.toString() : `${chunk.length} bytes`),
    end: () => void seen.push('end'),
    fail: (error: Error) => void seen.push(`fail ${error.message}`),
  };
  return {
    told,
    controller,
    exchange,
    seen,
    sink,
    begin: () => exchange.onRequestStart(controller),
    answer: (status = 200) => exchange.onResponseStart(controller, status),
    data: (bytes: string | number) =>
      exchange.onResponseData(controller, typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.alloc(bytes)),
    end: () => exchange.onResponseEnd(),
    breaks: () => exchange.onResponseError(controller, RESET),
    attach: () => exchange.attach(sink),
  };
}

type Room = ReturnType<typeof start>;

/** In its order, what a test does; what the sink saw and what the upstream was told. */
const STEPS: Record<string, (room: Room) => void> = {
  begin: ({ begin }) => begin(),
  answer: ({ answer }) => answer(),
  a: ({ data }) => data('a'),
  b: ({ data }) => data('b'),
  much: ({ data }) => data(EARLY),
  end: ({ end }) => end(),
  break: ({ breaks }) => breaks(),
  attach: ({ attach }) => attach(),
  pause: ({ exchange }) => exchange.pause(),
  resume: ({ exchange }) => exchange.resume(),
  abort: ({ exchange }) => exchange.abort(),
  upgrade: ({ exchange }) => exchange.onRequestUpgrade(),
  leave: ({ exchange }) => exchange.leave(1_000),
  second: () => jest.advanceTimersByTime(1_000),
  almost: () => jest.advanceTimersByTime(999),
};

describe('the body of an answer', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    SharedTimer.forgetAll();
  });
  afterEach(() => jest.useRealTimers());

  it.each<[string, string[], string[]]>([
    // As it comes, with a sink and before there is one.
    ['begin answer attach a b end', ['a', 'b', 'end'], []],
    ['begin answer a attach b end', ['a', 'b', 'end'], []],
    ['begin answer a b end attach', ['a', 'b', 'end'], []],
    ['begin answer a break attach', ['a', 'fail reset'], []],
    ['begin answer attach a break', ['a', 'fail reset'], []],
    // There is one end.
    ['begin answer attach end end', ['end'], []],
    ['begin answer attach end break', ['end'], []],
    ['begin answer attach break end', ['fail reset'], []],
    // What comes before there is a sink is kept up to a mebibyte, and then waits.
    ['begin answer much', [], []],
    ['begin answer much a', [], ['pause']],
    ['begin answer much a b', [], ['pause', 'pause']],
    ['begin answer much attach', [`${EARLY} bytes`], []],
    ['begin answer much a attach', [`${EARLY} bytes`, 'a'], ['pause', 'resume']],
    ['begin answer much a end attach', [`${EARLY} bytes`, 'a', 'end'], ['pause']],
    ['begin answer much a pause attach', [`${EARLY} bytes`, 'a'], ['pause', 'pause']],
    ['begin answer pause resume much a attach', [`${EARLY} bytes`, 'a'], ['pause', 'resume', 'pause', 'resume']],
    ['begin answer attach pause resume', [], ['pause', 'resume']],
    ['attach pause resume begin', [], []],
    // It is cut off once, and nothing comes behind that.
    ['begin answer attach a abort b end', ['a'], ['abort ExchangeAborted']],
    ['begin answer attach abort break', [], ['abort ExchangeAborted']],
    ['begin answer attach abort abort', [], ['abort ExchangeAborted']],
    ['begin answer attach abort leave', [], ['abort ExchangeAborted']],
    ['begin answer attach end abort', ['end'], []],
    ['begin answer a abort attach', [], ['abort ExchangeAborted']],
    ['abort begin', [], ['abort ExchangeAborted']],
    ['begin attach upgrade', [], ['abort Error']],
    // Who leaves it reads on, so that the connection can serve again, for so long and no longer.
    ['begin answer attach a leave b end', ['a'], ['resume']],
    ['begin answer attach a leave b end second', ['a'], ['resume']],
    ['begin answer attach pause leave almost', [], ['pause', 'resume']],
    ['begin answer attach pause leave second', [], ['pause', 'resume', 'abort ExchangeAborted']],
    ['begin answer attach leave break second', [], ['resume']],
    ['begin answer attach end leave', ['end'], []],
  ])('%s: %j, and upstream %j', (steps, seen, told) => {
    const room = start();
    for (const step of steps.split(' ')) STEPS[step]?.(room);
    expect([room.seen, room.told]).toEqual([seen, told]);
    expect(SharedTimer.waiting).toBe(steps.endsWith('almost') ? 1 : 0);
  });

  it('that was kept is told no further once its sink has cut it off', () => {
    const { exchange, data, begin, answer, seen } = start();
    begin();
    answer();
    data('a');
    data('b');
    exchange.attach({
      data: chunk => {
        seen.push(chunk.toString());
        exchange.abort();
      },
      end: () => undefined,
      fail: () => undefined,
    });
    expect(seen).toEqual(['a']);
  });
});

describe('the head of an answer', () => {
  it('is the first that is final', async () => {
    const { exchange, begin, answer } = start();
    begin();
    answer(199);
    expect(exchange.answered).toBe(false);
    answer(200);
    expect(exchange.answered).toBe(true);
    answer(201);
    expect(await exchange.head).toEqual({ status: 200, rawHeaders: ['a', 'b'] });
  });

  it('may have no headers', async () => {
    const { exchange } = start();
    exchange.onResponseStart({} as Dispatcher.DispatchController, 204);
    expect(await exchange.head).toEqual({ status: 204, rawHeaders: [] });
  });

  it.each<[string, (room: Room) => void, object]>([
    ['the connection broke', ({ breaks }) => breaks(), RESET],
    ['it was cut off', ({ exchange }) => exchange.abort(), { name: 'ExchangeAborted', message: 'the caller left' }],
    ['it was cut off for a reason', ({ exchange }) => exchange.abort(RESET), RESET],
    ['it is an upgrade', ({ exchange }) => exchange.onRequestUpgrade(), { message: 'the upstream switched protocols' }],
  ])('never comes where %s', async (_, step, error) => {
    const room = start();
    room.begin();
    step(room);
    room.answer();
    await expect(room.exchange.head).rejects.toMatchObject(error);
  });

  it('that never comes and that nobody waits for is nobody’s error', async () => {
    const unhandled = jest.fn();
    process.once('unhandledRejection', unhandled);
    start().exchange.abort();
    await new Promise(resolve => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('a request that broke', () => {
  const sent = ({ before = 0, requests = 0, after = 0, writeFailed = false }, begins = true) => {
    const { exchange, controller } = start();
    const line = connection({ requests, bytesOut: before });
    exchange.carriedBy({ connection: line } as TrackedClient);
    if (begins) exchange.onRequestStart(controller);
    line.bytesOut = before + after;
    line.writeFailed = writeFailed;
    return { exchange, line };
  };

  it.each<[string, object, boolean, boolean, boolean]>([
    // What was sent, whether the upstream may have all of it, and whether it may be sent once more.
    ['nothing, since it was not begun', {}, false, false, true],
    ['nothing, on a new connection', {}, true, false, false],
    ['nothing, on one that had served', { requests: 1, before: 500 }, true, false, true],
    ['less than its body, on one that had served', { requests: 1, before: 500, after: 9 }, true, false, true],
    ['less than its body, on a new one', { after: 9 }, true, false, false],
    ['as much as its body', { requests: 1, before: 500, after: 10 }, true, true, false],
    ['more', { requests: 1, after: 400 }, true, true, false],
    ['all but its last bytes', { requests: 1, after: 400, writeFailed: true }, true, false, true],
  ])('after %s, %j, begun %p: the upstream may have it %p, it may be repeated %p', (_, line, begins, taken, again) => {
    const { exchange } = sent(line, begins);
    expect([exchange.mayHaveBeenTaken, exchange.mayBeRepeated]).toEqual([taken, again]);
  });

  it('may be with an upstream of whose connection nothing is known', () => {
    const { exchange, begin } = start();
    begin();
    expect([exchange.mayHaveBeenTaken, exchange.mayBeRepeated]).toEqual([true, false]);
  });

  it('is not repeated once something of an answer came', () => {
    const { exchange } = sent({ requests: 1 });
    expect(exchange.mayBeRepeated).toBe(true);
    exchange.onResponseStart({} as Dispatcher.DispatchController, 200);
    expect(exchange.mayBeRepeated).toBe(false);
  });

  it('is one of those that its connection has carried', () => {
    expect(sent({ requests: 0 }).line.requests).toBe(1);
    expect(sent({ requests: 4 }).line.requests).toBe(5);
  });
});

describe('a wait for what others wait for, too', () => {
  const listening = () => {
    const signal = new AbortSource();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given) => (listeners++, add(...given));
    signal.removeEventListener = (...given) => (listeners--, remove(...given));
    return { signal, count: () => listeners };
  };

  it('is none where it is here', async () => {
    const { signal, count } = listening();
    signal.fire();
    expect(await unlessLeft('value', signal)).toBe('value');
    expect(count()).toBe(0);
  });

  it.each([
    ['its value', () => Promise.resolve('value'), { status: 'fulfilled', value: 'value' }],
    ['its failure', () => Promise.reject(RESET), { status: 'rejected', reason: RESET }],
  ])('ends with %s, and leaves no listener', async (_, wanted, outcome) => {
    const { signal, count } = listening();
    const [settled] = await Promise.allSettled([unlessLeft(wanted(), signal)]);
    expect(settled).toEqual(outcome);
    expect(count()).toBe(0);
  });

  it.each(['before', 'meanwhile'])('ends when the caller leaves %s', async when => {
    const signal = new AbortSource();
    if (when === 'before') signal.fire();
    const waiting = unlessLeft(new Promise(() => undefined), signal);
    if (when === 'meanwhile') signal.fire();
    await expect(waiting).rejects.toBeInstanceOf(ExchangeAborted);
  });
});
