import { FakeClock } from '../../test/support/fake-clock.js';
import { AppConfig } from '../config/app-config.js';
import { Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { CircuitsService, type Passage } from './circuits.service.js';
import type { Target, Upstream } from './target.types.js';

const SILENT = { silent: true, retryAfterMs: 0 };
const PLAIN = { silent: false, retryAfterMs: 0 };
const upstream = (id: string) => ({ id, name: `name-of-${id}` }) as Upstream;
const [A, B, E] = [upstream('a'), upstream('b'), upstream('env-e')] as const;
const target = (to: Upstream, model = 'm'): Target => ({ upstream: to, model });

function start(environment: Record<string, string> = {}) {
  const clock = new FakeClock(1_000_000);
  const metrics = new Metrics();
  const log = Log.create('silent');
  const warned = jest.spyOn(log, 'warn');
  const informed = jest.spyOn(log, 'info');
  const circuits = new CircuitsService(AppConfig.fromEnvironment(environment), clock, metrics, log);
  const passage = (to: Target): Passage => ({ target: to, startedAt: clock.time, circuit: null, ticket: 0 });
  const enter = (to: Target) => {
    const entering = passage(to);
    return circuits.admits(entering) ? entering : null;
  };
  const fail = (to: Target, failure = SILENT) => {
    const entered = enter(to);
    if (entered !== null) circuits.failed(entered, failure, 'upstream_error');
    return entered;
  };
  const states = async () => {
    const { values } = await metrics.circuitState.get();
    return Object.fromEntries(values.map(({ labels, value }) => [`${labels.upstream} ${labels.model}`, value]));
  };
  circuits.keep([E], [target(A), target(A, 'n'), target(B)]);
  return { circuits, clock, metrics, passage, enter, fail, states, warned, informed };
}

describe('the circuits of a process', () => {
  it('are one for each upstream and model', () => {
    const { enter, fail } = start();
    fail(target(A));
    expect([A, B, E].map(to => enter(target(to)) === null)).toEqual([true, false, false]);
    expect(enter(target(A, 'n'))).not.toBeNull();
  });

  it('are none for what routing does not name', () => {
    const { circuits, enter, fail } = start();
    const stranger = target(upstream('stranger'));
    fail(stranger);
    const answered = enter(stranger);
    if (answered !== null) circuits.succeeded(answered);
    if (answered !== null) circuits.takenBack(answered, SILENT, 'upstream_error');
    expect(enter(stranger)?.circuit).toBeNull();
  });

  it('are none where they are switched off', () => {
    const { enter, fail, circuits } = start({ BOUGH_CIRCUIT_FAILURE_PERCENT: '0' });
    fail(target(A));
    expect([enter(target(A))?.circuit, circuits.notClosed('a')]).toEqual([null, []]);
  });

  it('open at the share and for the time of the configuration', () => {
    const { fail, enter, circuits, clock } = start({
      BOUGH_CIRCUIT_FAILURE_PERCENT: '100',
      BOUGH_CIRCUIT_OPEN_MS: '200',
    });
    const answered = enter(target(A));
    if (answered !== null) circuits.succeeded(answered);
    for (let index = 0; index < 20; index += 1) fail(target(A), PLAIN);
    for (let index = 0; index < 5; index += 1) fail(target(B), PLAIN);
    expect([circuits.notClosed('a').length, circuits.notClosed('b').length]).toEqual([0, 1]);
    clock.time += 200;
    expect(enter(target(B))).not.toBeNull();
  });

  it('of what is changed or gone are forgotten, the others stay', async () => {
    const { circuits, fail, enter, states } = start();
    [target(A), target(A, 'n'), target(B), target(E)].forEach(to => fail(to));
    circuits.keep([E], [target(A), target(E), target(A, 'n'), target(B)]);
    expect([target(A), target(A, 'n'), target(B), target(E)].map(enter)).toEqual([null, null, null, null]);
    const changed = { ...B };
    circuits.keep([E], [target(A), target(changed)]);
    expect([enter(target(A)), enter(target(E))]).toEqual([null, null]);
    expect([enter(target(changed))?.circuit?.state, enter(target(B))?.circuit]).toEqual(['closed', null]);
    expect(await states()).toEqual({ 'name-of-a m': 2, 'name-of-env-e m': 2, 'name-of-b m': 0 });
    circuits.keep([E], [target(A), target(A, 'n')]);
    expect(enter(target(A, 'n'))?.circuit?.state).toBe('closed');
    circuits.keep([], []);
    expect(await states()).toEqual({});
  });

  it('tell nothing of a request that ends when its upstream is gone', async () => {
    const { circuits, enter, states, warned, informed, clock, fail } = start();
    const running = enter(target(A));
    fail(target(B));
    clock.time += 5_000;
    const probe = enter(target(B));
    circuits.keep([], []);
    if (running !== null) circuits.failed(running, SILENT, 'upstream_error');
    warned.mockClear();
    if (probe !== null) circuits.succeeded(probe);
    expect([await states(), warned.mock.calls, informed.mock.calls]).toEqual([{}, [], []]);
  });

  it('show and log each change of their state', async () => {
    const { circuits, enter, fail, states, warned, informed, clock } = start();
    const name = { upstream: 'name-of-a', model: 'm' };
    enter(target(A));
    expect(await states()).toEqual({ 'name-of-a m': 0 });
    fail(target(A));
    expect(await states()).toEqual({ 'name-of-a m': 2 });
    expect(warned.mock.calls).toEqual([
      [
        'an upstream that keeps failing is skipped for a while',
        { ...name, why: 'no_first_byte', code: 'upstream_error', seconds: 5 },
      ],
    ]);
    clock.time += 5_000;
    const probe = enter(target(A));
    expect([await states(), enter(target(A))]).toEqual([{ 'name-of-a m': 1 }, null]);
    clock.time += 10;
    if (probe !== null) circuits.succeeded(probe);
    expect([await states(), probe?.circuit?.since]).toEqual([{ 'name-of-a m': 0 }, clock.time]);
    expect(informed.mock.calls).toEqual([['an upstream that was skipped answers again', name]]);
    if (probe !== null) circuits.takenBack(probe, PLAIN, 'upstream_overloaded');
    expect(await states()).toEqual({ 'name-of-a m': 2 });
    expect(warned.mock.calls[1]?.[1]).toEqual({
      ...name,
      why: 'probe_failed',
      code: 'upstream_overloaded',
      seconds: 10,
    });
    expect([warned.mock.calls.length, informed.mock.calls.length]).toEqual([2, 1]);
  });

  it('cost a request that is answered as usual neither a look at the clock nor one at the metrics', () => {
    const { circuits, clock, enter, metrics } = start();
    enter(target(A));
    const looked = jest.spyOn(clock, 'monotonicMs');
    const shown = jest.spyOn(metrics.circuitState, 'set');
    const entered = enter(target(A));
    if (entered !== null) circuits.succeeded(entered);
    expect([entered?.circuit?.state, looked.mock.calls, shown.mock.calls]).toEqual(['closed', [], []]);
  });

  it('say nothing where nothing changes', () => {
    const { circuits, clock, enter, fail, passage, warned, informed } = start();
    const [one, other] = [enter(target(A)), enter(target(A))];
    if (one !== null) circuits.succeeded(one);
    if (one !== null) circuits.takenBack(one, PLAIN, 'upstream_error');
    clock.time += 1;
    fail(target(A), PLAIN);
    expect(warned).not.toHaveBeenCalled();
    fail(target(A));
    warned.mockClear();
    if (other !== null) circuits.failed(other, SILENT, 'upstream_error');
    const insisting = passage(target(A));
    circuits.admits(insisting, true);
    circuits.failed(insisting, PLAIN, 'upstream_error');
    circuits.admits(insisting, true);
    circuits.failed(insisting, { silent: false, retryAfterMs: 60_000 }, 'upstream_rate_limited');
    expect(circuits.notClosed('a')[0]?.retryAt).toBe(clock.time + 60_000);
    expect([warned.mock.calls, informed.mock.calls]).toEqual([[], []]);
  });

  it('tell who asks for something else whether they are closed', () => {
    const { circuits, fail, enter, clock } = start();
    const tell = () => [A, B, upstream('stranger')].map(to => circuits.isClosed(target(to)));
    expect(tell()).toEqual([true, true, true]);
    fail(target(A));
    expect(tell()).toEqual([false, true, true]);
    clock.time += 5_000;
    enter(target(A));
    expect(tell()).toEqual([false, true, true]);
  });

  it('let another find out where who tried left', () => {
    const { circuits, enter, fail, clock } = start();
    fail(target(A));
    clock.time += 5_000;
    const probe = enter(target(A));
    expect(enter(target(A))).toBeNull();
    if (probe !== null) circuits.released(probe);
    expect(enter(target(A))).not.toBeNull();
  });

  it('are told to operators with the time of the day, while they are not closed', () => {
    const { circuits, fail, enter, clock } = start();
    // The wall clock of this test is ahead of its monotonic one.
    jest.spyOn(clock, 'now').mockImplementation(() => clock.time + 7_000_000);
    clock.time += 0.6;
    fail(target(A, 'n'));
    fail(target(B));
    enter(target(A));
    clock.time = 1_000_001;
    const open = { model: 'n', state: 'open', since: 8_000_000, retryAt: 8_005_000, cause: 'no_first_byte' };
    expect(circuits.notClosed('a')).toEqual([open]);
    clock.time += 6_000;
    enter(target(A, 'n'));
    expect(circuits.notClosed('a')).toEqual([{ ...open, state: 'half_open', since: 8_006_001 }]);
    expect([circuits.notClosed('b').length, circuits.notClosed('c')]).toEqual([1, []]);
  });
});
