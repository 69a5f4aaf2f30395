import { SharedTimer } from '../platform/shared-timers.js';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';
import type { BodySink } from '../upstream/exchange.js';
import { ActiveStreams } from './active-streams.js';
import { ClientConnection } from './client-connection.js';
import { type Ending, NO_STEP, type RelayCore, type Step } from './relay-core.js';
import { Relay } from './relay.js';

const COMPLETED: Ending = {
  status: 'completed',
  usage: null,
  usageFinal: true,
  whole: true,
  last: { how: 'end', bytes: Buffer.from('last') },
  error: null,
};
const TOTAL_MS = 1_000;
const QUIET_MS = 100;
const ASKED_AT = 5;

/** What the shell does to the caller and to the upstream, in order; and a core that does what a test says. */
function room({ quietMs = QUIET_MS as number | null, made = null as (() => Buffer | Promise<Buffer>) | null } = {}) {
  const done: string[] = [];
  const note = (what: string) => void done.push(what);
  const reply = { accepts: true };
  const response = Object.assign(new EventEmitter(), {
    destroyed: false,
    writableFinished: false,
    socket: null,
    req: { socket: new EventEmitter() },
    getHeaderNames: () => ['x-request-id'],
    getHeader: () => 'req_1',
    writeHead: (status: number, headers: string[]) => note(`head ${status} ${headers.join(' ')}`),
    write(bytes: Buffer, behind?: () => void) {
      note(`write ${bytes.toString()}`);
      behind?.();
      return reply.accepts;
    },
    end(bytes: Buffer) {
      note(`end ${bytes.toString()}`);
      this.writableFinished = true;
    },
    destroy: () => note('destroy'),
  });
  const client = new ClientConnection(response as unknown as ServerResponse, 60_000);
  let sink: BodySink | null = null;
  const body = {
    attach: (to: BodySink) => void (sink = to),
    pause: () => note('pause'),
    resume: () => note('resume'),
  };
  const exchange = { abort: () => note('abort'), leave: (ms: number) => note(`leave ${ms}`) };
  let next: Partial<Step> = {};
  const step = (event: string) => (): Step => {
    note(event);
    const taken = { ...NO_STEP, ...next };
    next = {};
    core.over ||= taken.ending !== null;
    return taken;
  };
  const core = {
    over: false as boolean,
    begun: false as boolean,
    spoke: false as boolean,
    data: step('<data'),
    end: step('<end'),
    failed: (error: GatewayError) => step(`<failed ${error.code}`)(),
    rewritten: (bytes: Buffer) => step(`<rewritten ${bytes.toString()}`)(),
    quiet: step('<quiet'),
    left: (paused: boolean) => step(`<left ${paused}`)(),
    cutOff: (error: GatewayError, paused: boolean) => step(`<cut off ${error.code} ${paused}`)(),
    timeUp: (paused: boolean) => step(`<time up ${paused}`)(),
    text: () => ({ text: 'so far', factor: 1, begun: true }),
  } satisfies RelayCore;
  const active = new ActiveStreams();
  let record = () => undefined as void;
  const settled = new Promise<void>(resolve => (record = resolve));
  const relay = new Relay(
    core,
    { exchange, body },
    client,
    {
      head: length => ['content-type', `t/${length}`],
      headers: () => [['x-own', '1']],
      rewrite: bytes => (made === null ? bytes : made()),
      settle: outcome => {
        note(`settle ${outcome.status} ${outcome.httpStatus}`);
        return settled;
      },
      release: () => note('release'),
      totalMs: TOTAL_MS,
      quietMs,
      askedAt: ASKED_AT,
    },
    active,
  );
  const told = () => {
    const said = done.splice(0);
    return said;
  };
  return {
    client,
    response,
    reply,
    core,
    relay,
    active,
    told,
    record,
    body: () => sink as unknown as BodySink,
    /** what the core answers to the next event */
    next: (wanted: Partial<Step>) => void (next = wanted),
    /** what was promised comes about, with every turn of a promise behind it */
    turns: () => jest.advanceTimersByTimeAsync(0),
  };
}

const bytes = (text: string) => Buffer.from(text);
const HEAD = 'head 200 content-type t/null x-own 1 x-request-id req_1';

describe('the shell of a relay', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    SharedTimer.forgetAll();
  });
  afterEach(() => void jest.useRealTimers());

  it('carries a step out in its order', () => {
    const { relay, next, body, told, core } = room();
    void relay.run(null);
    core.begun = true;
    next({ ending: COMPLETED, upstream: 'leave', send: bytes('b') });
    body().data(bytes('a'));
    expect(told()).toEqual(['<data', HEAD, 'write b', 'leave 1000', 'settle completed 200']);
  });

  it('sends the last bytes once what they cost is recorded, and then tells the end', async () => {
    const { relay, next, body, told, record, turns } = room();
    const outcome = relay.run(null);
    next({ ending: COMPLETED });
    body().end();
    await turns();
    expect(told()).toEqual(['<end', 'settle completed 200']);
    record();
    await expect(outcome).resolves.toMatchObject({ status: 'completed', usageFinal: true, whole: true });
    const head = 'head 200 content-type t/4 x-own 1 x-request-id req_1';
    expect(told()).toEqual([head, 'end last', 'release']);
  });

  it.each<[Ending['last'], string[], string[]]>([
    [null, [], ['release']],
    [{ how: 'break', bytes: bytes('x') }, [], ['write x', 'destroy', 'release']],
    [{ how: 'destroy' }, ['destroy'], ['release']],
  ])('ends with %j: %j, and once it is recorded %j', async (last, before, behind) => {
    const { relay, next, body, told, record } = room();
    const outcome = relay.run(null);
    next({ ending: { ...COMPLETED, last } });
    body().end();
    expect(told()).toEqual(['<end', ...before, 'settle completed 200']);
    record();
    await outcome;
    expect(told()).toEqual(behind);
  });

  it('sends nothing more to a caller who left while the cost was recorded', async () => {
    const { relay, next, body, told, record, response } = room();
    const outcome = relay.run(null);
    next({ ending: COMPLETED });
    body().end();
    told();
    response.emit('close');
    record();
    await outcome;
    expect(told()).toEqual(['<left false', 'release']);
  });

  it('tells an error in the place of an answer, with its status', async () => {
    const { relay, next, body, told, record } = room();
    const error = new GatewayError('upstream_timeout');
    const outcome = relay.run(null);
    next({ ending: { ...COMPLETED, status: 'upstream_timeout', last: null, error } });
    body().fail(new Error('broken'));
    expect(told()).toEqual(['<failed upstream_invalid_response', `settle upstream_timeout ${error.status}`]);
    record();
    await expect(outcome).rejects.toBe(error);
  });

  it.each([
    ['leave', 'leave 1000'],
    ['abort', 'abort'],
    ['resume', 'resume'],
  ] as const)('does with the upstream what the core says: %s', (upstream, done) => {
    const { relay, next, body, told } = room();
    void relay.run(null);
    next({ upstream });
    body().data(bytes('a'));
    expect(told()).toEqual(['<data', done]);
  });

  it('writes one head, however much is sent', () => {
    const { relay, next, body, told } = room();
    void relay.run(null);
    next({ send: bytes('b') });
    body().data(bytes('a'));
    next({ send: bytes('d'), ending: COMPLETED });
    body().data(bytes('c'));
    expect(told()).toEqual(['<data', HEAD, 'write b', '<data', 'write d', 'settle completed 200']);
  });

  it('does not read an answer that is refused', () => {
    const { relay, next, body, told } = room();
    next({ ending: COMPLETED });
    void relay.run(new GatewayError('upstream_truncated'));
    expect([told(), body()]).toEqual([['<failed upstream_truncated', 'settle completed 200'], null]);
    expect(SharedTimer.waiting).toBe(0);
  });

  it('stops the upstream for a caller who reads too slowly, and says so to the core until he has caught up', () => {
    const { relay, next, body, told, reply, response, core } = room();
    void relay.run(null);
    reply.accepts = false;
    next({ send: bytes('b') });
    body().data(bytes('a'));
    expect(told()).toEqual(['<data', HEAD, 'write b', 'pause']);
    jest.advanceTimersByTime(TOTAL_MS);
    expect(told()).toContain('<time up true');
    response.emit('drain');
    expect(told()).toEqual(['resume']);
    core.over = true;
    response.emit('close');
    expect(told()).toEqual(['<left false']);
  });

  it.each([true, false])('reads on where the core says so, paused before: %p', paused => {
    const { relay, next, body, told, reply, response } = room();
    void relay.run(null);
    reply.accepts = !paused;
    next({ send: bytes('b') });
    body().data(bytes('a'));
    told();
    next({ upstream: 'resume', timerMs: 50 });
    response.emit('close');
    expect(told()).toEqual([`<left ${paused}`, 'resume']);
    jest.advanceTimersByTime(49);
    expect(told()).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(told()).toEqual(['<time up false']);
    // There is one time: what was left of the total time is over with it.
    jest.advanceTimersByTime(TOTAL_MS);
    expect(told()).not.toContain('<time up false');
  });

  it('tells the core when the total time is over, and not before', () => {
    const { relay, told } = room({ quietMs: null });
    void relay.run(null);
    jest.advanceTimersByTime(TOTAL_MS - 1);
    expect(told()).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(told()).toEqual(['<time up false']);
  });

  it('tells the core of each silence, which every chunk ends', () => {
    const { relay, told, body } = room();
    void relay.run(null);
    jest.advanceTimersByTime(QUIET_MS - 1);
    body().data(bytes('a'));
    jest.advanceTimersByTime(QUIET_MS - 1);
    expect(told()).toEqual(['<data']);
    jest.advanceTimersByTime(1);
    expect(told()).toEqual(['<quiet']);
    jest.advanceTimersByTime(QUIET_MS);
    expect(told()).toEqual(['<quiet']);
  });

  it('keeps no timer behind the end, and its place among the streams until it is recorded', async () => {
    const { relay, next, body, active, record, turns } = room();
    void relay.interruptible().run(null);
    expect([active.count, SharedTimer.waiting]).toEqual([1, 2]);
    next({ ending: COMPLETED });
    body().end();
    expect([active.count, SharedTimer.waiting]).toEqual([1, 0]);
    record();
    await turns();
    expect(active.count).toBe(0);
  });

  it('is cut off by a shutdown', () => {
    const { relay, active, told } = room();
    void relay.interruptible().run(null);
    active.interruptAll();
    expect(told()).toEqual(['<cut off gateway_draining false']);
  });

  it.each([
    [{}, 1],
    [{ ending: COMPLETED }, 0],
  ])(
    'is waited for, though nothing interrupts it before, once its caller has left and it goes on: %j',
    (step, count) => {
      const { relay, active, next, response } = room();
      void relay.run(null);
      expect(active.count).toBe(0);
      next(step);
      response.emit('close');
      expect(active.count).toBe(count);
    },
  );

  it.each<[string, () => Buffer | Promise<Buffer>, string]>([
    ['at once', () => bytes('made'), '<rewritten made'],
    ['later', () => Promise.resolve(bytes('made')), '<rewritten made'],
    [
      'not at all',
      () => {
        throw new GatewayError('upstream_truncated');
      },
      '<failed upstream_truncated',
    ],
    ['later not at all', () => Promise.reject(new GatewayError('upstream_truncated')), '<failed upstream_truncated'],
    [
      'with a fault of ours',
      () => {
        throw new Error('a fault');
      },
      '<failed internal_error',
    ],
  ])('makes the caller’s answer of the whole one %s', async (_, made, event) => {
    const { relay, next, body, told, turns } = room({ made });
    void relay.run(null);
    next({ rewrite: bytes('whole') });
    body().end();
    await turns();
    expect(told()).toEqual(['<end', event]);
  });

  it('measures the first byte and the first word when the core has them, and the silence up to there', async () => {
    const { relay, next, body, core, record } = room();
    const outcome = relay.run(null);
    jest.advanceTimersByTime(10);
    body().data(bytes('a'));
    core.begun = true;
    jest.advanceTimersByTime(10);
    const beganAt = performance.now();
    body().data(bytes('b'));
    core.spoke = true;
    jest.advanceTimersByTime(10);
    const spokeAt = performance.now();
    body().data(bytes('c'));
    jest.advanceTimersByTime(10);
    body().data(bytes('d'));
    next({ ending: COMPLETED });
    body().end();
    record();
    const { firstByteAt, silentMs, answerText } = await outcome;
    expect([firstByteAt, silentMs, answerText().text]).toEqual([beganAt, spokeAt - ASKED_AT, 'so far']);
  });

  it('is silent to its end where there was no word, and has no first byte where nothing came', async () => {
    const { relay, next, body, record } = room();
    const outcome = relay.run(null);
    jest.advanceTimersByTime(30);
    next({ ending: COMPLETED });
    const endedAt = performance.now();
    body().end();
    record();
    expect(await outcome).toMatchObject({ firstByteAt: null, silentMs: endedAt - ASKED_AT });
  });

  it('asks the core nothing of what comes behind the end', () => {
    const { relay, next, body, told } = room();
    void relay.run(null);
    next({ ending: COMPLETED });
    body().end();
    told();
    body().data(bytes('a'));
    expect(told()).toEqual([]);
  });
});
