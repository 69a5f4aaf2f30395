import { Circuit, type CircuitFailure, MAX_OPEN_MS, MIN_REQUESTS, SKIPPED, WINDOW_MS } from './circuit.js';

const OPEN_MS = 5_000;
const PLAIN: CircuitFailure = { silent: false, retryAfterMs: 0 };
const SILENT: CircuitFailure = { silent: true, retryAfterMs: 0 };
const waits = (seconds: number): CircuitFailure => ({ silent: false, retryAfterMs: seconds * 1_000 });
/** Some time after the process began. */
const T = 1_000_000;

const make = (failureShare = 0.5) => new Circuit({ failureShare, openMs: OPEN_MS });

/** A request that is answered, or fails, as soon as it is sent. */
function ask(circuit: Circuit, now: number, failure: CircuitFailure | null) {
  const ticket = circuit.enter(now);
  if (ticket === SKIPPED) throw new Error('skipped');
  if (failure === null) circuit.succeeded(ticket, now, now);
  else circuit.failed(ticket, failure, now, now);
}

function asked(failures: readonly (CircuitFailure | null)[], circuit = make(), everyMs = 100) {
  failures.forEach((failure, index) => ask(circuit, T + index * everyMs, failure));
  return circuit;
}

/** Opened at T by a target that hung, for `OPEN_MS`. */
const opened = () => asked([SILENT]);

/** Half open from T + OPEN_MS on, with the ticket of its probe. */
function probed() {
  const circuit = opened();
  return { circuit, ticket: circuit.enter(T + OPEN_MS) };
}

const seen = ({ state, since, until, cause }: Circuit) => [state, since - T, until - T, cause];

describe('a closed circuit', () => {
  it('lets everybody pass', () => {
    const circuit = make();
    const tickets = [circuit.enter(0), circuit.enter(0), circuit.insist(), circuit.enter(T)];
    expect([new Set(tickets).size, tickets[0] !== SKIPPED, circuit.state]).toEqual([1, true, 'closed']);
  });

  it.each<[string, (CircuitFailure | null)[], number, string]>([
    ['five failures', Array<CircuitFailure>(MIN_REQUESTS).fill(PLAIN), 0.5, 'open'],
    ['four, which say nothing', Array<CircuitFailure>(MIN_REQUESTS - 1).fill(PLAIN), 0.5, 'closed'],
    ['half of six', [null, null, null, PLAIN, PLAIN, PLAIN], 0.5, 'open'],
    ['less than half', [null, null, null, null, PLAIN, PLAIN, PLAIN], 0.5, 'closed'],
    ['a smaller share, where that is enough', [null, null, null, null, PLAIN], 0.2, 'open'],
    ['less than all, where it must be all', [null, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN], 1, 'closed'],
    ['no failure', [null, null, null, null, null, null], 0.01, 'closed'],
  ])('opens by the share of failures: %s', (_, failures, share, state) => {
    const circuit = asked(failures, make(share));
    expect(circuit.state).toBe(state);
    if (state === 'open') {
      const at = (failures.length - 1) * 100;
      expect(seen(circuit)).toEqual(['open', at, at + OPEN_MS, 'failure_share']);
    }
  });

  it.each([
    ['still counts what is younger', WINDOW_MS - 1, 'open'],
    ['has forgotten what is older', WINDOW_MS, 'closed'],
    ['has forgotten what is much older', 100 * WINDOW_MS, 'closed'],
  ])('looks at half a minute: it %s', (_, laterMs, state) => {
    const circuit = make();
    const start = WINDOW_MS * 30;
    for (let index = 1; index < MIN_REQUESTS; index += 1) ask(circuit, start, PLAIN);
    ask(circuit, start + laterMs, PLAIN);
    expect(circuit.state).toBe(state);
  });

  it('forgets little by little, requests and failures alike', () => {
    const circuit = make();
    const start = WINDOW_MS * 30;
    const fail = (at: number, count: number) => {
      for (let index = 0; index < count; index += 1) ask(circuit, start + at, PLAIN);
    };
    for (let index = 0; index < 4; index += 1) ask(circuit, start, null);
    fail(10_000, 3);
    // The four that were answered are forgotten, the failures are not.
    fail(31_000, 1);
    expect(circuit.state).toBe('closed');
    fail(32_000, 1);
    expect(circuit.state).toBe('open');
  });

  it('forgets failures as it forgets requests', () => {
    const circuit = make();
    const start = WINDOW_MS * 30;
    for (let index = 0; index < 4; index += 1) ask(circuit, start, PLAIN);
    for (let index = 0; index < 5; index += 1) ask(circuit, start + 10_000, null);
    for (let index = 0; index < 3; index += 1) ask(circuit, start + 31_000, PLAIN);
    expect(circuit.state).toBe('closed');
  });

  it('forgets each but once', () => {
    const circuit = make();
    for (const round of [30, 31, 32]) {
      for (let index = 0; index < 4; index += 1) ask(circuit, WINDOW_MS * round, PLAIN);
      expect(circuit.state).toBe('closed');
    }
    ask(circuit, WINDOW_MS * 32, PLAIN);
    expect(circuit.state).toBe('open');
  });

  it('counts what began long ago and is answered now, as of now', () => {
    const circuit = asked([PLAIN, PLAIN, PLAIN, PLAIN]);
    for (let index = 0; index < 5; index += 1) circuit.succeeded(circuit.enter(T), T - WINDOW_MS, T - WINDOW_MS);
    ask(circuit, T + 500, PLAIN);
    expect(circuit.state).toBe('open');
    const other = asked([PLAIN, PLAIN, PLAIN, PLAIN]);
    for (let index = 0; index < 6; index += 1) other.succeeded(other.enter(T), T - WINDOW_MS, T - WINDOW_MS);
    ask(other, T + 500, PLAIN);
    expect(other.state).toBe('closed');
  });

  it.each([
    ['for as long as it says', waits(7), 7_000],
    ['however short', waits(1), 1_000],
    ['but no longer than five minutes', waits(86_400), MAX_OPEN_MS],
  ])('opens at once for a target that wants to be left alone, %s', (_, failure, ms) => {
    expect(seen(asked([null, null, null, failure]))).toEqual(['open', 300, 300 + ms, 'retry_after']);
  });

  it('opens at once for a target that gives no sign', () => {
    expect(seen(asked([null, null, SILENT]))).toEqual(['open', 200, 200 + OPEN_MS, 'no_first_byte']);
  });

  it.each([
    ['a request that began later was answered meanwhile', 1, 'closed'],
    ['one was that began at the same time', 0, 'closed'],
    ['only one was that began before', -1, 'open'],
  ])('where %s, it takes one that is slow for no target that hangs', (_, laterMs, state) => {
    const circuit = make();
    const slow = circuit.enter(T);
    circuit.succeeded(circuit.enter(T + laterMs), T + laterMs, T + 10);
    circuit.failed(slow, SILENT, T, T + 1_000);
    expect(circuit.state).toBe(state);
  });

  it('knows the latest that was answered, in whichever order the answers come', () => {
    const circuit = make();
    const slow = circuit.enter(T);
    circuit.succeeded(circuit.enter(T + 5), T + 5, T + 10);
    circuit.succeeded(circuit.enter(T - 5), T - 5, T + 20);
    circuit.failed(slow, SILENT, T, T + 1_000);
    expect(circuit.state).toBe('closed');
  });

  it('counts nothing of what says nothing', () => {
    const circuit = asked([PLAIN, PLAIN, PLAIN, PLAIN]);
    for (let index = 0; index < 10; index += 1) circuit.released(circuit.enter(T + 400));
    expect(circuit.state).toBe('closed');
    ask(circuit, T + 500, PLAIN);
    expect(circuit.state).toBe('open');
  });

  it.each([
    ['opens where too many were failures after all', 5, 'open'],
    ['stays as it is where few were', 4, 'closed'],
  ])('takes an answer back that was a failure, and %s', (_, count, state) => {
    const circuit = make();
    for (let index = 0; index < count; index += 1) {
      const ticket = circuit.enter(T);
      circuit.succeeded(ticket, T, T);
      circuit.takenBack(ticket, PLAIN, T, T);
    }
    expect(circuit.state).toBe(state);
  });
});

describe('an open circuit', () => {
  it('lets nobody pass before its time is over, and then one', () => {
    const circuit = opened();
    expect([circuit.enter(T), circuit.enter(T + OPEN_MS - 1)]).toEqual([SKIPPED, SKIPPED]);
    expect(circuit.enter(T + OPEN_MS)).not.toBe(SKIPPED);
    expect(seen(circuit).slice(0, 2)).toEqual(['half_open', OPEN_MS]);
    expect([circuit.enter(T + OPEN_MS), circuit.enter(T + 100 * OPEN_MS)]).toEqual([SKIPPED, SKIPPED]);
  });

  it.each<[string, (circuit: Circuit, ticket: number) => void]>([
    ['is answered', (circuit, ticket) => circuit.succeeded(ticket, T - 1, T + 1)],
    ['fails', (circuit, ticket) => circuit.failed(ticket, waits(60), T - 1, T + 1)],
    ['says nothing', (circuit, ticket) => circuit.released(ticket)],
    ['is taken back', (circuit, ticket) => circuit.takenBack(ticket, PLAIN, T - 1, T + 1)],
  ])('does not heed what began before it opened and %s', (_, end) => {
    const circuit = make();
    const early = circuit.enter(T - 1);
    ask(circuit, T, SILENT);
    const before = seen(circuit);
    end(circuit, early);
    expect(seen(circuit)).toEqual(before);
    const probe = circuit.enter(T + OPEN_MS);
    end(circuit, early);
    expect([circuit.state, circuit.enter(T + OPEN_MS)]).toEqual(['half_open', SKIPPED]);
    circuit.succeeded(probe, T + OPEN_MS, T + OPEN_MS);
    for (let index = 0; index < 5; index += 1) ask(circuit, T + OPEN_MS, null);
    for (let index = 0; index < 20; index += 1) end(circuit, early);
    expect(circuit.state).toBe('closed');
  });

  it('closes where somebody is answered who had no other choice', () => {
    const circuit = opened();
    circuit.succeeded(circuit.insist(), T + 1, T + 2);
    expect(seen(circuit).slice(0, 2)).toEqual(['closed', 2]);
  });

  it.each<[string, CircuitFailure, number]>([
    ['is open no longer where that fails', PLAIN, OPEN_MS],
    ['nor where it hangs', SILENT, OPEN_MS],
    ['but where the target says for how long', waits(60), 60_001],
    ['which shortens nothing', waits(1), OPEN_MS],
    ['up to five minutes', waits(86_400), MAX_OPEN_MS + 1],
  ])('%s', (_, failure, until) => {
    const circuit = opened();
    circuit.failed(circuit.insist(), failure, T, T + 1);
    expect(seen(circuit)).toEqual(['open', 0, until, 'no_first_byte']);
  });
});

describe('a circuit that is half open', () => {
  it('closes when the probe is answered, and has forgotten what failed', () => {
    const { circuit, ticket } = probed();
    circuit.succeeded(ticket, T + OPEN_MS, T + OPEN_MS + 10);
    expect(seen(circuit).slice(0, 2)).toEqual(['closed', OPEN_MS + 10]);
    const now = T + OPEN_MS + 10;
    for (const failure of [null, null, null, PLAIN, PLAIN]) ask(circuit, now, failure);
    expect(circuit.state).toBe('closed');
  });

  it('counts anew when it has closed', () => {
    const { circuit, ticket } = probed();
    circuit.succeeded(ticket, T + OPEN_MS, T + OPEN_MS);
    for (let index = 1; index < MIN_REQUESTS; index += 1) ask(circuit, T + OPEN_MS, PLAIN);
    expect(circuit.state).toBe('closed');
  });

  it('forgets what failed before it closed no second time', () => {
    const { circuit, ticket } = probed();
    circuit.succeeded(ticket, T + OPEN_MS, T + OPEN_MS);
    for (const failure of [null, null, PLAIN, PLAIN, PLAIN]) ask(circuit, T + OPEN_MS + WINDOW_MS, failure);
    expect(circuit.state).toBe('open');
  });

  it.each<[string, CircuitFailure, number]>([
    ['twice as long', PLAIN, 2 * OPEN_MS],
    ['also where it hung', SILENT, 2 * OPEN_MS],
    ['no shorter where the target asks for less', waits(1), 2 * OPEN_MS],
    ['longer where it asks for more', waits(60), 60_000],
    ['but no longer than five minutes', waits(86_400), MAX_OPEN_MS],
  ])('opens again when the probe fails, %s', (_, failure, ms) => {
    const { circuit, ticket } = probed();
    circuit.failed(ticket, failure, T + OPEN_MS, T + OPEN_MS);
    expect(seen(circuit)).toEqual(['open', OPEN_MS, OPEN_MS + ms, 'probe_failed']);
  });

  it('doubles with each probe that fails, up to five minutes', () => {
    const circuit = opened();
    const lasted: number[] = [];
    for (let index = 0; index < 12; index += 1) {
      const { until } = circuit;
      circuit.failed(circuit.enter(until), PLAIN, until, until);
      lasted.push((circuit.until - until) / 1_000);
    }
    expect(lasted).toEqual([10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300, 300]);
  });

  it('gives the probe’s place to the next where it says nothing', () => {
    const { circuit, ticket } = probed();
    circuit.released(ticket);
    expect(circuit.state).toBe('half_open');
    const next = circuit.enter(T + OPEN_MS + 1);
    expect([next === SKIPPED, circuit.enter(T + OPEN_MS + 1)]).toEqual([false, SKIPPED]);
    circuit.succeeded(next, T + OPEN_MS, T + OPEN_MS + 2);
    expect(circuit.state).toBe('closed');
  });

  it('goes by who had no other choice only where he is answered', () => {
    const { circuit } = probed();
    const forced = circuit.insist();
    circuit.released(forced);
    circuit.failed(forced, waits(60), T + OPEN_MS, T + OPEN_MS + 1);
    expect([circuit.state, circuit.until, circuit.enter(T + OPEN_MS)]).toEqual(['half_open', T + OPEN_MS, SKIPPED]);
    circuit.succeeded(forced, T + OPEN_MS, T + OPEN_MS + 2);
    expect(circuit.state).toBe('closed');
  });

  it.each([
    ['longer than before', (circuit: Circuit) => circuit.enter(T + OPEN_MS)],
    ['by whomever it was closed', (circuit: Circuit) => (circuit.enter(T + OPEN_MS), circuit.insist())],
  ])('opens again where the answer that closed it is taken back, %s', (_, enter) => {
    const circuit = opened();
    const ticket = enter(circuit);
    circuit.succeeded(ticket, T + OPEN_MS, T + OPEN_MS);
    circuit.takenBack(ticket, PLAIN, T + OPEN_MS, T + OPEN_MS + 1);
    expect(seen(circuit)).toEqual(['open', OPEN_MS + 1, 3 * OPEN_MS + 1, 'probe_failed']);
    circuit.takenBack(ticket, waits(60), T + OPEN_MS, T + OPEN_MS + 2);
    expect(circuit.until).toBe(T + 3 * OPEN_MS + 1);
  });

  it.each([
    ['soon after it closed, for longer', WINDOW_MS, 2 * OPEN_MS],
    ['after a quiet time, as if for the first time', WINDOW_MS + 1, OPEN_MS],
  ])('opens %s', (_, laterMs, ms) => {
    const { circuit, ticket } = probed();
    circuit.succeeded(ticket, T + OPEN_MS, T + OPEN_MS);
    const at = T + OPEN_MS + laterMs;
    ask(circuit, at, SILENT);
    expect(circuit.until - at).toBe(ms);
  });
});
