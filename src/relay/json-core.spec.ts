import { GatewayError } from '../errors/gateway-error.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import type { AnswerState } from '../dialects/descriptor.js';
import { inWords } from '../../test/support/step-in-words.js';
import { JsonCore, REWRITTEN_UP_TO_BYTES, WHOLE_UP_TO_BYTES } from './json-core.js';

const WITHIN_MS = 750;
const draining = new GatewayError('gateway_draining');
const brokenBody = new GatewayError('upstream_invalid_response');

interface Options {
  readonly withinMs?: number;
  readonly maxBytes?: number;
  readonly drainBytes?: number;
  readonly rewritten?: boolean;
  readonly state?: AnswerState;
  /** so many bytes may be held; null where nothing is counted */
  readonly room?: number;
}

function relay({
  withinMs = WITHIN_MS,
  maxBytes = 1e9,
  drainBytes = 1e9,
  rewritten = false,
  ...options
}: Options = {}) {
  let room = options.room ?? 0;
  const take = (bytes: number) => ((room -= bytes) < 0 ? new GatewayError('gateway_busy') : null);
  return new JsonCore(
    {
      usageFields: { usage: null },
      readUsage: ({ usage }) =>
        typeof usage === 'number' ? ({ outputTokens: usage } as unknown as TokenCounts) : null,
      rewritten,
      hold: options.room === undefined ? null : { take },
      readState: options.state === undefined ? null : () => options.state as AnswerState,
      readFailure: body => (body.includes('"failure"') ? new GatewayError('upstream_overloaded') : null),
      maxBytes,
      disconnectDrain: { withinMs, maxBytes: drainBytes },
    },
    { push: piece => Buffer.from(`<${piece.length}>`), end: () => Buffer.from('<end>') },
  );
}

const WHOLE = Buffer.from('{"usage":7}');
const PART = Buffer.from('{"usage":7');
/** The beginning of an answer that is too long to be held. */
const LARGE = Buffer.concat([Buffer.from('{"text":"'), Buffer.alloc(WHOLE_UP_TO_BYTES, 'a')]);

const STATES = {
  'nothing came': () => undefined,
  'a part is here': (core: JsonCore) => void core.data(PART),
  'all is here': (core: JsonCore) => void core.data(WHOLE),
  'all was asked for in the caller’s form': (core: JsonCore) => {
    core.data(WHOLE);
    core.end();
  },
  'a large one is sent': (core: JsonCore) => void core.data(LARGE),
  'all of a large one is sent': (core: JsonCore) => {
    core.data(LARGE);
    core.data(Buffer.from('","usage":7}'));
  },
  'all is here, the caller left': (core: JsonCore) => {
    core.data(WHOLE);
    core.left();
  },
  'the caller left a large one': (core: JsonCore) => {
    core.data(LARGE);
    core.left();
  },
  over: (core: JsonCore) => void core.failed(brokenBody),
  'over, with all of it here': (core: JsonCore) => {
    core.data(WHOLE);
    core.failed(brokenBody);
  },
} as const;

const EVENTS = {
  data: (core: JsonCore) => core.data(Buffer.from(' ')),
  end: (core: JsonCore) => core.end(),
  failed: (core: JsonCore) => core.failed(brokenBody),
  rewritten: (core: JsonCore) => core.rewritten(Buffer.from('made')),
  quiet: (core: JsonCore) => core.quiet(),
  left: (core: JsonCore) => core.left(),
  'cut off': (core: JsonCore) => core.cutOff(draining),
  'time up': (core: JsonCore) => core.timeUp(),
} as const;

type State = keyof typeof STATES;
type Event = keyof typeof EVENTS;
type Row = Partial<Record<Event, string>>;

/** What cannot come there is left out: a form that nobody asked for. */
const TABLE: Record<State, Row> = {
  'nothing came': {
    data: 'nothing',
    end: 'abort, upstream_error, error upstream_invalid_response',
    failed: 'abort, upstream_error, error upstream_invalid_response',
    quiet: 'nothing',
    left: 'abort, client_disconnected',
    'cut off': 'abort, truncated, error gateway_draining',
    'time up': 'abort, upstream_timeout, error upstream_timeout',
  },
  'a part is here': {
    data: 'nothing',
    end: 'abort, upstream_error, usage, error upstream_invalid_response',
    failed: 'abort, upstream_error, usage, error upstream_invalid_response',
    quiet: 'nothing',
    left: 'timer 750, resume',
    'cut off': 'abort, truncated, usage, error gateway_draining',
    'time up': 'abort, upstream_timeout, usage, error upstream_timeout',
  },
  'all is here': {
    data: 'nothing',
    end: 'rewrite "{\\"usage\\":7}"',
    failed: 'abort, upstream_error, usage, final, error upstream_invalid_response',
    quiet: 'nothing',
    left: 'timer 750, resume',
    'cut off': 'abort, truncated, usage, final, error gateway_draining',
    'time up': 'abort, upstream_timeout, usage, final, error upstream_timeout',
  },
  'all was asked for in the caller’s form': {
    rewritten: 'completed, end "made", usage, final, whole',
    failed: 'abort, upstream_error, usage, final, error upstream_invalid_response',
    quiet: 'nothing',
    left: 'timer 750, resume',
    'cut off': 'abort, truncated, usage, final, error gateway_draining',
    'time up': 'abort, upstream_timeout, usage, final, error upstream_timeout',
  },
  'a large one is sent': {
    data: 'send "<1>"',
    end: 'abort, truncated, destroy',
    failed: 'abort, truncated, destroy',
    quiet: 'nothing',
    left: 'timer 750, resume',
    'cut off': 'abort, truncated, destroy',
    'time up': 'abort, upstream_timeout, destroy',
  },
  'all of a large one is sent': {
    data: 'send "<1>"',
    end: 'completed, end "<end>", usage, final, whole',
    failed: 'abort, truncated, destroy, usage, final',
    quiet: 'nothing',
    left: 'timer 750, resume',
    'cut off': 'abort, truncated, destroy, usage, final',
    'time up': 'abort, upstream_timeout, destroy, usage, final',
  },
  'all is here, the caller left': {
    data: 'nothing',
    end: 'client_disconnected, end "{\\"usage\\":7}", usage, final, whole',
    failed: 'abort, client_disconnected, usage, final',
    quiet: 'nothing',
    left: 'nothing',
    'cut off': 'abort, client_disconnected, usage, final',
    'time up': 'abort, client_disconnected, usage, final',
  },
  'the caller left a large one': {
    data: 'nothing',
    end: 'abort, client_disconnected',
    failed: 'abort, client_disconnected',
    quiet: 'nothing',
    left: 'nothing',
    'cut off': 'abort, client_disconnected',
    'time up': 'abort, client_disconnected',
  },
  over: Object.fromEntries(Object.keys(EVENTS).map(event => [event, 'nothing'])),
  'over, with all of it here': Object.fromEntries(Object.keys(EVENTS).map(event => [event, 'nothing'])),
};

const CASES = Object.entries(TABLE).flatMap(([state, row]) =>
  Object.entries(row).map(([event, step]) => [state, event, step] as [State, Event, string]),
);

describe('a relayed JSON answer', () => {
  it.each(CASES)('%s: %s → %s', (state, event, step) => {
    const core = relay();
    STATES[state](core);
    expect(inWords(EVENTS[event](core))).toBe(step);
    const ended = /completed|truncated|timeout|disconnected|upstream_error/.test(step);
    expect([core.over, core.spoke]).toEqual([ended || state.startsWith('over'), false]);
  });

  it.each([
    ['pending', 'completed, end "made", usage'],
    ['failed', 'upstream_error, end "made", usage, final, whole'],
    ['ended', 'completed, end "made", usage, final, whole'],
  ] as const)('that says it is %s: %s', (state, step) => {
    const core = relay({ state });
    core.data(WHOLE);
    core.end();
    expect(inWords(core.rewritten(Buffer.from('made')))).toBe(step);
    expect(core.begun).toBe(state !== 'failed');
  });

  it.each([
    ['pending', 'completed, end "<end>", usage'],
    ['failed', 'upstream_error, end "<end>", usage, final, whole'],
  ] as const)('that is large and says it is %s: %s', (state, step) => {
    const core = relay({ state });
    STATES['all of a large one is sent'](core);
    expect(inWords(core.end())).toBe(step);
  });

  it.each([
    ['large', Buffer.concat([LARGE, Buffer.from('"}')]), 'completed, end "<end>"'],
    ['small', Buffer.from('{}'), 'completed, end "made", whole'],
  ])('that is %s and names no usage: %s', (_, body, step) => {
    const core = relay();
    core.data(body);
    const ended = core.end();
    expect(inWords(ended.rewrite === null ? ended : core.rewritten(Buffer.from('made')))).toBe(step);
  });

  it('of which the end waits for its form is told to a caller who left meanwhile as nothing', () => {
    const core = relay();
    core.data(WHOLE);
    core.end();
    core.left();
    const step = core.rewritten(Buffer.from('made'));
    expect(inWords(step)).toBe('client_disconnected, end "made", usage, final, whole');
  });

  it('that was pending when it broke said no last word', () => {
    const core = relay({ state: 'pending' });
    core.data(WHOLE);
    core.end();
    expect(inWords(core.failed(brokenBody))).toBe('abort, upstream_error, usage, error upstream_invalid_response');
  });

  it('is joined from its chunks', () => {
    const core = relay();
    for (const byte of WHOLE) core.data(Buffer.of(byte));
    const concat = jest.spyOn(Buffer, 'concat');
    expect(inWords(core.end())).toBe('rewrite "{\\"usage\\":7}"');
    core.text();
    expect(concat).toHaveBeenCalledTimes(1);
    concat.mockRestore();
  });

  it('is the chunk itself where there was one', () => {
    const core = relay();
    core.data(WHOLE);
    expect(core.end().rewrite).toBe(WHOLE);
  });

  it('that is over is sent no more, however much comes', () => {
    const core = relay();
    core.failed(brokenBody);
    expect(inWords(core.data(LARGE))).toBe('nothing');
  });

  it.each([0, 1])('is not drained where there is no time for it, after %i bytes', size => {
    const core = relay({ withinMs: 0 });
    core.data(Buffer.alloc(size, '{'));
    expect(inWords(core.left())).toBe('abort, client_disconnected');
  });
});

describe('the length of an answer', () => {
  it('up to which it is held until it is whole', () => {
    const core = relay();
    expect(inWords(core.data(Buffer.alloc(WHOLE_UP_TO_BYTES, '{')))).toBe('nothing');
    expect(core.begun).toBe(false);
    expect(inWords(core.data(Buffer.from(' ')))).toBe(`send "<${WHOLE_UP_TO_BYTES + 1}>"`);
    expect(core.begun).toBe(true);
  });

  it.each(['plain text', '  [1]', '"a"'])('which is large must be a JSON object, and not %s', begin => {
    const core = relay();
    const body = Buffer.concat([Buffer.from(begin), Buffer.alloc(WHOLE_UP_TO_BYTES)]);
    expect(inWords(core.data(body))).toBe('abort, upstream_error, error upstream_invalid_response');
  });

  it('which is large may begin with space', () => {
    expect(inWords(relay().data(Buffer.concat([Buffer.from(' \n'), LARGE])))).toBe(`send "<${LARGE.length + 2}>"`);
  });

  it('beyond which it is not passed on', () => {
    const core = relay({ maxBytes: 20 });
    expect(inWords(core.data(Buffer.alloc(20, '{')))).toBe('nothing');
    expect(inWords(core.data(Buffer.from(' ')))).toBe('abort, truncated, error upstream_truncated');
  });

  it('beyond which it is not drained: only what came since its caller left counts', () => {
    const core = relay({ drainBytes: 5 });
    core.data(WHOLE);
    core.left();
    expect(inWords(core.data(Buffer.alloc(5, ' ')))).toBe('nothing');
    expect(inWords(core.data(Buffer.from(' ')))).toBe('abort, client_disconnected, usage, final');
  });

  it('beyond which nothing is translated', () => {
    const core = relay({ rewritten: true });
    expect(inWords(core.data(Buffer.alloc(REWRITTEN_UP_TO_BYTES, '{')))).toBe('nothing');
    expect(core.begun).toBe(false);
    expect(inWords(core.data(Buffer.from(' ')))).toBe('abort, upstream_error, error upstream_invalid_response');
  });

  it('is counted, chunk by chunk, where it is translated, and refused where there is no room', () => {
    const core = relay({ rewritten: true, room: 5 });
    expect(inWords(core.data(Buffer.alloc(3, '{')))).toBe('nothing');
    expect(inWords(core.data(Buffer.alloc(2, '{')))).toBe('nothing');
    expect(inWords(core.data(Buffer.from(' ')))).toBe('abort, upstream_error, error gateway_busy');
  });

  it('is not counted where it is passed on as it is', () => {
    expect(inWords(relay({ room: 5 }).data(Buffer.alloc(6, '{')))).toBe('nothing');
  });
});

describe('the usage of a large answer', () => {
  const usageOf = (...bodies: string[]) => {
    const core = relay();
    core.data(LARGE);
    for (const body of bodies) core.data(Buffer.from(body));
    return core.end().ending?.usage ?? null;
  };

  it.each([
    ['stands at its top', ['","usage":7}'], { outputTokens: 7 }],
    ['stands there twice: the last one', ['","usage":3,"usage":7}'], { outputTokens: 7 }],
    ['is only quoted in its text', ['\\"usage\\":9 "}'], null],
    ['is quoted behind the true one', ['","usage":7,"said":"\\"usage\\":9"}'], { outputTokens: 7 }],
    ['stands deeper behind the true one', ['","usage":7,"deeper":{"usage":9}}'], { outputTokens: 7 }],
    ['stands deeper before the true one', ['","deeper":{"usage":9},"usage":7}'], { outputTokens: 7 }],
    ['is cut anywhere', [...'","usage":7}'], { outputTokens: 7 }],
  ])('%s', (_, bodies, usage) => {
    expect(usageOf(...bodies)).toEqual(usage);
  });
});

describe('the text of an answer', () => {
  it('is all that came of a small one', () => {
    const core = relay();
    core.data(Buffer.from('{"content":"one two"}'));
    expect(core.text()).toEqual({ text: 'one two', factor: 1, begun: true });
  });

  it('is the beginning of a large one, and what is behind it is taken for more of the same', () => {
    const core = relay();
    core.data(LARGE);
    const before = core.text();
    expect(before.text).toMatch(/^a+$/);
    expect(before.text.length * before.factor).toBeGreaterThan(WHOLE_UP_TO_BYTES / 2);
    expect(before.text.length * before.factor).toBeLessThan(WHOLE_UP_TO_BYTES * 2);
    core.data(Buffer.alloc(LARGE.length, 'a'));
    expect(core.text()).toEqual({ ...before, factor: 2 * before.factor });
  });
});
