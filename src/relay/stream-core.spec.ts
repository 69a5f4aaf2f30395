import type { StreamTap, Told } from '../dialects/stream-tap.js';
import { GatewayError } from '../errors/gateway-error.js';
import { inWords } from '../../test/support/step-in-words.js';
import { CATCH_UP_BYTES } from './read-on.js';
import { StreamCore } from './stream-core.js';

const TEXT = { text: 'so far', factor: 1, begun: true };
const USAGE = { inputTokens: 1 } as unknown as NonNullable<StreamTap['usage']>;
const MAX_BYTES = 100;
const DRAIN = { withinMs: 750, maxBytes: 40 };

/** A tap of which a test says what it has seen; it passes on what it gets, but for what it holds back. */
function fakeTap() {
  return {
    usage: null as StreamTap['usage'],
    usageFinal: false,
    spoke: false,
    ending: false,
    done: false,
    stopped: false,
    failed: false,
    failure: null as Told | null,
    malformed: false,
    atLineStart: false,
    atEventBoundary: false,
    holdsBack: false,
    complete: false,
    tail: '',
    push(chunk: Buffer) {
      return this.holdsBack ? Buffer.alloc(0) : chunk;
    },
    end() {
      return { complete: this.complete, tail: Buffer.from(this.tail) };
    },
    streamedText: () => TEXT,
  };
}

type Tap = ReturnType<typeof fakeTap>;
type Seen = Partial<Omit<Tap, 'push' | 'end' | 'streamedText'>>;

function relay(withinMs = DRAIN.withinMs) {
  const tap = fakeTap();
  const core = new StreamCore(tap, {
    comment: ': here',
    failureError: () => new GatewayError('upstream_overloaded'),
    encodeError: error => Buffer.from(`error:${error.code}\n\n`),
    maxBytes: MAX_BYTES,
    disconnectDrain: { ...DRAIN, withinMs },
  });
  return { tap, core };
}

type Setup = ReturnType<typeof relay>;
const BYTES = Buffer.from('ab');
const draining = new GatewayError('gateway_draining');
const brokenBody = new GatewayError('upstream_invalid_response');

/** Every state that a stream may be in, with the events that lead there. */
const STATES = {
  'nothing came': () => undefined,
  'a keep-alive went out': ({ core }: Setup) => void core.quiet(),
  'within an event': ({ core }: Setup) => void core.data(BYTES),
  'behind an event': ({ core, tap }: Setup) => {
    core.data(BYTES);
    tap.atEventBoundary = true;
  },
  'behind the last event, without its blank line': ({ core, tap }: Setup) => {
    core.data(BYTES);
    tap.done = true;
  },
  'the provider said an error': ({ core, tap }: Setup) => {
    core.data(BYTES);
    tap.failed = true;
    tap.atEventBoundary = true;
  },
  'catching up for a caller who left': ({ core }: Setup) => {
    core.data(BYTES);
    core.left(true);
  },
  'draining for a caller who left': ({ core, tap }: Setup) => {
    core.data(BYTES);
    tap.ending = true;
    core.left(false);
  },
  'catching up with a stream that was cut off': ({ core }: Setup) => {
    core.data(BYTES);
    core.cutOff(draining, true);
  },
  over: ({ core }: Setup) => void core.failed(brokenBody),
} as const;

const EVENTS = {
  data: ({ core }: Setup) => core.data(BYTES),
  'end, incomplete': ({ core }: Setup) => core.end(),
  'end, complete': ({ core, tap }: Setup) => {
    tap.complete = true;
    tap.tail = 'z';
    return core.end();
  },
  failed: ({ core }: Setup) => core.failed(brokenBody),
  'failed by the clock': ({ core }: Setup) => core.failed(new GatewayError('upstream_timeout')),
  quiet: ({ core }: Setup) => core.quiet(),
  left: ({ core }: Setup) => core.left(false),
  'left, paused': ({ core }: Setup) => core.left(true),
  'cut off': ({ core }: Setup) => core.cutOff(draining, false),
  'cut off, paused': ({ core }: Setup) => core.cutOff(draining, true),
  'time up': ({ core }: Setup) => core.timeUp(false),
  'time up, paused': ({ core }: Setup) => core.timeUp(true),
  rewritten: ({ core }: Setup) => core.rewritten(),
} as const;

const BREAK = (code: string) => `break "\\n\\nerror:${code}\\n\\n"`;
const ALONE = (code: string) => `break "error:${code}\\n\\n"`;

const TABLE: Record<keyof typeof STATES, Record<keyof typeof EVENTS, string>> = {
  'nothing came': {
    data: 'send "ab"',
    'end, incomplete': 'abort, truncated, error upstream_truncated',
    'end, complete': 'leave, completed, end "z", whole',
    failed: 'abort, upstream_error, error upstream_invalid_response',
    'failed by the clock': 'abort, upstream_timeout, error upstream_timeout',
    quiet: 'send ": here\\n\\n"',
    left: 'abort, client_disconnected',
    'left, paused': 'timer 100, resume',
    'cut off': 'abort, truncated, error gateway_draining',
    'cut off, paused': 'timer 100, resume',
    'time up': 'abort, upstream_timeout, error upstream_timeout',
    'time up, paused': 'timer 100, resume',
    rewritten: 'nothing',
  },
  'a keep-alive went out': {
    data: 'send "ab"',
    'end, incomplete': `abort, truncated, ${BREAK('upstream_truncated')}`,
    'end, complete': 'leave, completed, end "z", whole',
    failed: `abort, upstream_error, ${BREAK('upstream_invalid_response')}`,
    'failed by the clock': `abort, upstream_timeout, ${BREAK('upstream_timeout')}`,
    quiet: 'nothing',
    left: 'abort, client_disconnected',
    'left, paused': 'timer 100, resume',
    'cut off': `abort, truncated, ${BREAK('gateway_draining')}`,
    'cut off, paused': 'timer 100, resume',
    'time up': `abort, upstream_timeout, ${BREAK('upstream_timeout')}`,
    'time up, paused': 'timer 100, resume',
    rewritten: 'nothing',
  },
  'within an event': {
    data: 'send "ab"',
    'end, incomplete': `abort, truncated, ${BREAK('upstream_truncated')}`,
    'end, complete': 'leave, completed, end "z", whole',
    failed: `abort, upstream_error, ${BREAK('upstream_invalid_response')}`,
    'failed by the clock': `abort, upstream_timeout, ${BREAK('upstream_timeout')}`,
    quiet: 'nothing',
    left: 'abort, client_disconnected',
    'left, paused': 'timer 100, resume',
    'cut off': `abort, truncated, ${BREAK('gateway_draining')}`,
    'cut off, paused': 'timer 100, resume',
    'time up': `abort, upstream_timeout, ${BREAK('upstream_timeout')}`,
    'time up, paused': 'timer 100, resume',
    rewritten: 'nothing',
  },
  'behind an event': {
    data: 'send "ab"',
    'end, incomplete': `abort, truncated, ${ALONE('upstream_truncated')}`,
    'end, complete': 'leave, completed, end "z", whole',
    failed: `abort, upstream_error, ${ALONE('upstream_invalid_response')}`,
    'failed by the clock': `abort, upstream_timeout, ${ALONE('upstream_timeout')}`,
    quiet: 'send ": here\\n\\n"',
    left: 'abort, client_disconnected',
    'left, paused': 'timer 100, resume',
    'cut off': `abort, truncated, ${ALONE('gateway_draining')}`,
    'cut off, paused': 'timer 100, resume',
    'time up': `abort, upstream_timeout, ${ALONE('upstream_timeout')}`,
    'time up, paused': 'timer 100, resume',
    rewritten: 'nothing',
  },
  'behind the last event, without its blank line': {
    data: 'send "ab"',
    'end, incomplete': 'leave, completed, end "", whole',
    'end, complete': 'leave, completed, end "z", whole',
    failed: 'leave, completed, end "", whole',
    'failed by the clock': 'leave, completed, end "", whole',
    quiet: 'nothing',
    left: 'abort, client_disconnected',
    'left, paused': 'timer 100, resume',
    'cut off': 'leave, completed, end "", whole',
    'cut off, paused': 'leave, completed, end "", whole',
    'time up': 'leave, completed, end "", whole',
    'time up, paused': 'leave, completed, end "", whole',
    rewritten: 'nothing',
  },
  'the provider said an error': {
    data: 'send "ab"',
    'end, incomplete': 'abort, upstream_error, break "\\n\\n"',
    'end, complete': 'leave, completed, end "z", whole',
    failed: 'abort, upstream_error, break "\\n\\n"',
    'failed by the clock': 'abort, upstream_error, break "\\n\\n"',
    quiet: 'send ": here\\n\\n"',
    left: 'abort, client_disconnected',
    'left, paused': 'timer 100, resume',
    'cut off': 'abort, upstream_error, break "\\n\\n"',
    'cut off, paused': 'timer 100, resume',
    'time up': 'abort, upstream_error, break "\\n\\n"',
    'time up, paused': 'timer 100, resume',
    rewritten: 'nothing',
  },
  'catching up for a caller who left': {
    data: 'nothing',
    'end, incomplete': 'client_disconnected',
    'end, complete': 'client_disconnected',
    failed: 'abort, client_disconnected',
    'failed by the clock': 'abort, client_disconnected',
    quiet: 'nothing',
    left: 'nothing',
    'left, paused': 'nothing',
    'cut off': 'abort, client_disconnected',
    'cut off, paused': 'abort, client_disconnected',
    'time up': 'abort, client_disconnected',
    'time up, paused': 'abort, client_disconnected',
    rewritten: 'nothing',
  },
  'draining for a caller who left': {
    data: 'nothing',
    'end, incomplete': 'client_disconnected',
    'end, complete': 'client_disconnected',
    failed: 'abort, client_disconnected',
    'failed by the clock': 'abort, client_disconnected',
    quiet: 'nothing',
    left: 'nothing',
    'left, paused': 'nothing',
    'cut off': 'abort, client_disconnected',
    'cut off, paused': 'abort, client_disconnected',
    'time up': 'abort, client_disconnected',
    'time up, paused': 'abort, client_disconnected',
    rewritten: 'nothing',
  },
  'catching up with a stream that was cut off': {
    data: 'nothing',
    'end, incomplete': `abort, truncated, ${BREAK('gateway_draining')}`,
    'end, complete': `abort, truncated, ${BREAK('gateway_draining')}`,
    failed: `abort, truncated, ${BREAK('gateway_draining')}`,
    'failed by the clock': `abort, truncated, ${BREAK('gateway_draining')}`,
    quiet: 'nothing',
    left: 'nothing',
    'left, paused': 'nothing',
    'cut off': `abort, truncated, ${BREAK('gateway_draining')}`,
    'cut off, paused': `abort, truncated, ${BREAK('gateway_draining')}`,
    'time up': `abort, truncated, ${BREAK('gateway_draining')}`,
    'time up, paused': `abort, truncated, ${BREAK('gateway_draining')}`,
    rewritten: 'nothing',
  },
  over: Object.fromEntries(Object.keys(EVENTS).map(event => [event, 'nothing'])) as Record<keyof typeof EVENTS, string>,
};

type State = keyof typeof STATES;
type Event = keyof typeof EVENTS;
const CASES = Object.entries(TABLE).flatMap(([state, row]) =>
  Object.entries(row).map(([event, step]) => [state, event, step] as [State, Event, string]),
);

describe('a relayed stream', () => {
  it.each(CASES)('%s: %s → %s', (state, event, step) => {
    const made = relay();
    STATES[state](made);
    expect(inWords(EVENTS[event](made))).toBe(step);
    const ended = /completed|truncated|timeout|disconnected|upstream_error/.test(step);
    expect(made.core.over).toBe(ended || state === 'over');
  });
});

describe('a chunk of a stream', () => {
  const after = (seen: Seen, bytes = 'ab', made = relay()) => {
    Object.assign(made.tap, seen);
    return inWords(made.core.data(Buffer.from(bytes)));
  };
  const whole = 'leave, completed, end "ab", whole';
  const invalid = `send "ab", abort, upstream_error, ${BREAK('upstream_invalid_response')}`;
  const cut = `send "ab", abort, truncated, ${BREAK('upstream_truncated')}`;

  it.each<[Seen, string]>([
    [{ done: true, atEventBoundary: true }, whole],
    [{ done: true }, 'send "ab"'],
    [{ atEventBoundary: true }, 'send "ab"'],
    [{ holdsBack: true }, 'nothing'],
    [{ malformed: true }, invalid],
    [{ stopped: true }, cut],
    [{ malformed: true, stopped: true }, invalid],
    // Behind the terminal event, what follows it may still be no event of this dialect: nothing is sent twice.
    [{ done: true, atEventBoundary: true, malformed: true }, 'send "ab", leave, completed, end "", whole'],
    [{ done: true, atEventBoundary: true, stopped: true }, 'send "ab", leave, completed, end "", whole'],
    [{ holdsBack: true, malformed: true }, 'abort, upstream_error, error upstream_invalid_response'],
    [{ holdsBack: true, stopped: true }, 'abort, truncated, error upstream_truncated'],
    [{ failed: true, stopped: true }, 'send "ab", abort, upstream_error, break "\\n\\n"'],
  ])('of which the tap says %j: %s', (seen, step) => {
    expect(after(seen)).toBe(step);
  });

  it('is the last one where the stream is longer than is passed on, and not before', () => {
    const made = relay();
    expect(after({}, 'a'.repeat(MAX_BYTES), made)).toBe(`send "${'a'.repeat(MAX_BYTES)}"`);
    expect(after({}, 'b', made)).toBe(`send "b", abort, truncated, ${BREAK('upstream_truncated')}`);
  });

  it('begins the answer where something of it is passed on, and a keep-alive does not', () => {
    const { core, tap } = relay();
    tap.holdsBack = true;
    core.quiet();
    core.data(BYTES);
    expect(core.begun).toBe(false);
    tap.holdsBack = false;
    core.data(BYTES);
    expect(core.begun).toBe(true);
  });
});

describe('the end of a stream', () => {
  const endOf = (seen: Seen) => {
    const made = relay();
    Object.assign(made.tap, seen);
    return [inWords(made.core.end()), made.core.begun];
  };

  it.each<[Seen, string, boolean]>([
    [{ complete: true, tail: 'z' }, 'leave, completed, end "z", whole', true],
    [{ complete: true }, 'abort, truncated, error upstream_truncated', false],
    [{ complete: false, tail: 'z' }, 'abort, truncated, error upstream_truncated', false],
  ])('that held everything back, of which the tap says %j: %s', (seen, step, begun) => {
    expect(endOf(seen)).toEqual([step, begun]);
  });

  it('without a tail is a whole answer where something of it was passed on', () => {
    const { core, tap } = relay();
    core.data(BYTES);
    tap.complete = true;
    expect(inWords(core.end())).toBe('leave, completed, end "", whole');
  });

  it.each([
    [true, 'leave, completed, end "ab", usage, final, whole'],
    [false, 'leave, completed, end "ab", usage, whole'],
  ])('tells the usage, which is the last word: %p', (usageFinal, step) => {
    const { core, tap } = relay();
    Object.assign(tap, { usage: USAGE, usageFinal, done: true, atEventBoundary: true });
    expect(inWords(core.data(BYTES))).toBe(step);
    expect(core.text()).toBe(TEXT);
  });
});

describe('a keep-alive', () => {
  it('stands alone at the beginning of a line within an event', () => {
    const { core, tap } = relay();
    core.data(BYTES);
    tap.atLineStart = true;
    expect(inWords(core.quiet())).toBe('send ": here\\n"');
  });
});

describe('a stream that is read on', () => {
  const reading = (seen: Seen, paused: boolean, withinMs?: number) => {
    const made = relay(withinMs);
    made.core.data(BYTES);
    Object.assign(made.tap, seen);
    return { ...made, step: inWords(made.core.left(paused)) };
  };

  it.each<[string, Seen, boolean, number, string]>([
    ['goes on', {}, false, 750, 'abort, client_disconnected'],
    ['goes on, and was stopped', {}, true, 750, 'timer 100, resume'],
    ['ends', { ending: true }, false, 750, 'timer 750, resume'],
    ['ends, where nothing is drained', { ending: true }, false, 0, 'abort, client_disconnected'],
    ['said its usage', { usageFinal: true }, false, 750, 'abort, client_disconnected, final'],
    ['is stopped', { stopped: true, ending: true }, true, 750, 'abort, client_disconnected'],
  ])('when its caller leaves while it %s', (_, seen, paused, withinMs, step) => {
    expect(reading(seen, paused, withinMs).step).toBe(step);
  });

  it('is settled, and its connection kept, as soon as it says its usage', () => {
    const { core, tap } = reading({ ending: true }, false);
    expect(inWords(core.data(BYTES))).toBe('nothing');
    Object.assign(tap, { usage: USAGE, usageFinal: true });
    expect(inWords(core.data(BYTES))).toBe('leave, client_disconnected, usage, final');
  });

  it('is drained for so many bytes of this stage, and no more', () => {
    const { core, tap } = reading({}, true);
    core.data(Buffer.alloc(1_000));
    tap.ending = true;
    expect(inWords(core.data(Buffer.alloc(1)))).toBe('timer 750, resume');
    expect(inWords(core.data(Buffer.alloc(DRAIN.maxBytes)))).toBe('nothing');
    expect(inWords(core.data(Buffer.alloc(1)))).toBe('abort, client_disconnected');
  });

  it('is caught up with for so many bytes, and no more', () => {
    const { core } = reading({}, true);
    expect(inWords(core.data(Buffer.alloc(CATCH_UP_BYTES)))).toBe('nothing');
    expect(inWords(core.data(Buffer.alloc(1)))).toBe('abort, client_disconnected');
  });

  it('is caught up with again and again as long as each time brings what lay in buffers, forty times at most', () => {
    const { core } = reading({}, true);
    for (let time = 1; time < 40; time += 1) {
      core.data(Buffer.alloc(16_384));
      expect(inWords(core.timeUp(false))).toBe('timer 100');
    }
    core.data(Buffer.alloc(16_384));
    expect(inWords(core.timeUp(false))).toBe('abort, client_disconnected');
  });

  it('is given up where the last time of catching up brought less, however much came before', () => {
    const { core } = reading({}, true);
    core.data(Buffer.alloc(1_000_000));
    expect(inWords(core.timeUp(false))).toBe('timer 100');
    core.data(Buffer.alloc(16_383));
    expect(inWords(core.timeUp(false))).toBe('abort, client_disconnected');
  });

  it('that was cut off tells its caller why, with what it cost, once it is caught up with', () => {
    const { core, tap } = relay();
    core.data(BYTES);
    expect(inWords(core.cutOff(draining, true))).toBe('timer 100, resume');
    Object.assign(tap, { usage: USAGE, usageFinal: true, atEventBoundary: true, failed: true });
    const step = inWords(core.data(BYTES));
    expect(step).toBe(`abort, truncated, ${BREAK('gateway_draining')}, usage, final`);
  });

  it('that was cut off is not drained, since its caller waits', () => {
    const { core, tap } = relay();
    core.data(BYTES);
    tap.ending = true;
    expect(inWords(core.cutOff(draining, true))).toBe('timer 100, resume');
    expect(inWords(core.data(BYTES))).toBe('nothing');
  });

  it('says its first word as its tap does', () => {
    const { core, tap } = relay();
    expect(core.spoke).toBe(false);
    tap.spoke = true;
    expect(core.spoke).toBe(true);
  });
});
