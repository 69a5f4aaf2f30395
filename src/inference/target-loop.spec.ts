import type { ErrorCode } from '../errors/error-table.js';
import { GatewayError } from '../errors/gateway-error.js';
import { KnownSecrets } from '../platform/known-secrets.js';
import { Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import type { RoutingService } from '../routing/routing.service.js';
import type { Target } from '../routing/target.types.js';
import { AbortSource } from '../upstream/abort-signal.js';
import type { Answer, Reach, SendResult, UpstreamService } from '../upstream/upstream.service.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import { AppConfig } from '../config/app-config.js';
import type { Circuit } from '../routing/circuit.js';
import { CircuitsService } from '../routing/circuits.service.js';
import { Attempt, lastSent, type PreparedCall } from './attempt.js';
import type { InferenceRequest } from './inference-request.js';
import { type Question, TargetLoop } from './target-loop.js';

const REQUEST = { headers: { accept: 'x' }, wire: { stream: true } } as unknown as InferenceRequest;
const target = (name: string) => ({ upstream: { name }, model: `${name}-model` }) as unknown as Target;
const answer = (name: string): SendResult => ({ kind: 'answer', answer: { target: target(name) } as Answer });
const failure = (code: ErrorCode, reach: Reach = 'refused'): SendResult => ({
  kind: 'failure',
  error: new GatewayError(code),
  reach,
});
const aborted: SendResult = { kind: 'aborted', reach: 'taken' };
const prepared = (name: string): PreparedCall => ({ call: { name } as unknown as PreparedCall['call'], losses: [] });

/** A loop over upstreams that answer in turn as a test says. */
function loopOver(...results: SendResult[]) {
  const sent: unknown[][] = [];
  const upstreams = {
    send: (...call: unknown[]) => {
      sent.push(call);
      const result = results.shift();
      return result === undefined ? Promise.reject(new Error('one call too many')) : Promise.resolve(result);
    },
  };
  const log = Log.create('silent');
  const warned = jest.spyOn(log, 'warn');
  const metrics = new Metrics();
  const noted = jest.spyOn(metrics.upstreamErrors, 'inc');
  const clock = new FakeClock(0);
  const config = AppConfig.fromEnvironment({});
  const circuits = new CircuitsService(config, clock, metrics, log);
  const routing = { knownSecrets: KnownSecrets.NONE } as RoutingService;
  const loop = new TargetLoop(routing, upstreams as unknown as UpstreamService, circuits, clock, metrics, log);
  const attempts: Attempt[] = [];
  const signal = new AbortSource();
  const known = new Map<string, Target>();
  const targetOf = (name: string) => {
    const made = known.get(name) ?? target(name);
    known.set(name, made);
    circuits.keep([], [...known.values()]);
    return made;
  };
  const ask = (names: readonly string[], question: Partial<Question> = {}) =>
    loop.firstAnswer(
      {
        request: REQUEST,
        operation: 'generate',
        targets: names.map(targetOf),
        prepare: ({ upstream }) => prepared(upstream.name),
        ...question,
      },
      signal,
      attempts,
    );
  const asked = () => sent.map(([to]) => (to as Target).upstream.name);
  /** What the circuit of a target says, of one that was kept. */
  const circuit = (name: string) => {
    const passage = new Attempt(targetOf(name), 0);
    circuits.admits(passage, true);
    return passage.circuit as Circuit;
  };
  /** The target did not answer in time. */
  const open = (name: string) => {
    const passage = new Attempt(targetOf(name), 0);
    circuits.admits(passage);
    circuits.failed(passage, { silent: true, retryAfterMs: 0 }, 'upstream_timeout');
  };
  return { loop, ask, asked, sent, attempts, signal, noted, warned, circuit, open, clock, results };
}

describe('the loop over targets', () => {
  it('asks the first one, and no other where that one answers', async () => {
    const { ask, asked, attempts, sent, signal } = loopOver(answer('a'));
    const answered = await ask(['a', 'b']);
    expect(asked()).toEqual(['a']);
    expect(answered?.answer.target.upstream.name).toBe('a');
    expect(answered?.attempt).toBe(attempts[0]);
    expect(attempts.map(({ outcome }) => outcome)).toEqual([{ kind: 'answer', reach: 'taken', error: null }]);
    const common = { operation: 'generate', secrets: KnownSecrets.NONE, callerHeaders: REQUEST.headers, stream: true };
    expect(sent[0]?.slice(1)).toEqual([prepared('a').call, common, signal]);
  });

  it.each<[ErrorCode, Reach, boolean]>([
    ['upstream_unreachable', 'unsent', true],
    ['upstream_unreachable', 'refused', true],
    ['upstream_unreachable', 'taken', false],
    ['upstream_error', 'refused', true],
    ['upstream_error', 'taken', false],
    ['upstream_timeout', 'unsent', true],
    ['upstream_timeout', 'taken', false],
    ['upstream_rate_limited', 'refused', true],
    ['upstream_overloaded', 'refused', true],
    ['upstream_auth_error', 'refused', true],
    ['upstream_model_unavailable', 'refused', true],
    ['upstream_rejected', 'refused', false],
    ['upstream_too_large', 'refused', false],
    ['invalid_request', 'unsent', false],
  ])('behind %s of a request that was %s goes on: %p', async (code, reach, goesOn) => {
    const first = failure(code, reach);
    const { ask, asked, attempts } = loopOver(first, answer('b'));
    if (goesOn) expect((await ask(['a', 'b']))?.attempt).toBe(attempts[1]);
    else await expect(ask(['a', 'b'])).rejects.toMatchObject({ code });
    expect(asked()).toEqual(goesOn ? ['a', 'b'] : ['a']);
    expect(attempts[0]?.outcome).toEqual({ ...first });
  });

  it('tells the last failure where all of them fail', async () => {
    const { ask, asked } = loopOver(failure('upstream_unreachable'), failure('upstream_overloaded'));
    await expect(ask(['a', 'b'])).rejects.toMatchObject({ code: 'upstream_overloaded' });
    expect(asked()).toEqual(['a', 'b']);
  });

  it('tells that nothing serves the model where there is no target', async () => {
    await expect(loopOver().ask([])).rejects.toMatchObject({ code: 'upstream_model_unavailable' });
  });

  it('asks nobody else where the caller left', async () => {
    const { ask, asked, attempts } = loopOver(failure('upstream_unreachable'), aborted, answer('c'));
    expect(await ask(['a', 'b', 'c'])).toBeNull();
    expect(asked()).toEqual(['a', 'b']);
    expect(attempts[1]?.outcome).toEqual({ kind: 'aborted', reach: 'taken', error: null });
  });

  it.each([true, false])('prepares the request for each target, later: %p', async later => {
    const { ask, attempts } = loopOver(failure('upstream_unreachable'), answer('b'));
    const prepare = ({ upstream }: Target) =>
      later ? Promise.resolve(prepared(upstream.name)) : prepared(upstream.name);
    await ask(['a', 'b'], { prepare });
    expect(attempts.map(attempt => attempt.prepared)).toEqual([prepared('a'), prepared('b')]);
  });

  it.each<[ErrorCode, boolean]>([
    ['upstream_unreachable', true],
    ['invalid_request', false],
  ])('where it cannot be prepared, for %s, sends nothing, and goes on: %p', async (code, goesOn) => {
    const { ask, asked, attempts, noted } = loopOver(answer('b'));
    const prepare = ({ upstream }: Target) => {
      if (upstream.name === 'a') throw new GatewayError(code);
      return prepared(upstream.name);
    };
    if (goesOn) await ask(['a', 'b'], { prepare });
    else await expect(ask(['a', 'b'], { prepare })).rejects.toMatchObject({ code });
    expect(asked()).toEqual(goesOn ? ['b'] : []);
    expect(attempts[0]?.outcome).toMatchObject({ kind: 'failure', reach: 'unsent', error: { code } });
    expect(noted.mock.calls).toEqual(goesOn ? [[{ upstream: 'a', code }]] : []);
    expect([attempts[0]?.wasSent, attempts[0]?.mayHaveWorked, attempts[0]?.prepared]).toEqual([false, false, null]);
  });

  it('hands a fault of ours on as it is, and asks nobody else', async () => {
    const fault = new Error('a fault');
    const { ask, asked } = loopOver(answer('b'));
    const prepare = () => Promise.reject(fault);
    await expect(ask(['a', 'b'], { prepare })).rejects.toBe(fault);
    expect(asked()).toEqual([]);
  });

  it('takes back an answer that was a failure for all its status of 200, and counts it', async () => {
    const { loop, ask, attempts, noted } = loopOver(answer('a'));
    const answered = await ask(['a']);
    if (answered === null) throw new Error('an answer');
    const error = new GatewayError('upstream_overloaded');
    loop.failedAfterAll({ requestId: 'req_1' }, answered, error);
    expect(attempts.map(({ outcome }) => outcome)).toEqual([{ kind: 'failure', reach: 'refused', error }]);
    expect(noted.mock.calls).toEqual([[{ upstream: 'a', code: 'upstream_overloaded' }]]);
  });

  it('has nothing to tell where the caller left while the request was prepared, whatever broke', async () => {
    const { ask, asked, attempts, signal, noted } = loopOver(answer('b'));
    const prepare = () => {
      signal.fire();
      throw new Error('stopped');
    };
    expect(await ask(['a', 'b'], { prepare })).toBeNull();
    expect([asked(), noted.mock.calls]).toEqual([[], []]);
    expect(attempts.map(({ outcome }) => outcome)).toEqual([{ kind: 'aborted', reach: 'unsent', error: null }]);
  });

  it('counts what an upstream is to blame for, and nothing that its caller is', async () => {
    const { ask, noted, warned } = loopOver(failure('upstream_overloaded'), failure('invalid_request'));
    await expect(ask(['a', 'b'])).rejects.toMatchObject({ code: 'invalid_request' });
    expect(noted.mock.calls).toEqual([[{ upstream: 'a', code: 'upstream_overloaded' }]]);
    expect(warned).toHaveBeenCalledWith(
      expect.any(String),
      expect.objectContaining({ upstream: 'a', model: 'a-model' }),
    );
  });
});

describe('the loop and the circuits of its targets', () => {
  const FAILED = failure('upstream_error');
  const times = (count: number, result: SendResult) => Array<SendResult>(count).fill(result);

  it('skips a target that keeps failing', async () => {
    const { ask, asked, circuit } = loopOver(...times(5, FAILED).flatMap(failed => [failed, answer('b')]), answer('b'));
    for (let index = 0; index < 6; index += 1) await ask(['a', 'b']);
    expect(asked()).toEqual([...times(5, FAILED).flatMap(() => ['a', 'b']), 'b']);
    expect([circuit('a').state, circuit('a').cause, circuit('b').state]).toEqual(['open', 'failure_share', 'closed']);
  });

  it('skips it at once where it wants to be left alone, and for so long', async () => {
    const error = new GatewayError('upstream_rate_limited', { headers: [['Retry-After', '7']] });
    const { ask, asked, circuit } = loopOver({ kind: 'failure', error, reach: 'refused' }, answer('b'), answer('b'));
    await ask(['a', 'b']);
    await ask(['a', 'b']);
    expect([asked(), circuit('a').until]).toEqual([['a', 'b', 'b'], 7_000]);
  });

  it.each<[string, SendResult]>([
    ['the request was refused', failure('upstream_rejected')],
    ['it was never sent', failure('upstream_error', 'unsent')],
    ['the caller left', aborted],
    ['it was answered', answer('a')],
  ])('skips nobody where %s', async (_, result) => {
    const { ask, circuit } = loopOver(...times(9, result));
    for (let index = 0; index < 9; index += 1) await ask(['a']).catch(() => undefined);
    expect(circuit('a').state).toBe('closed');
  });

  it('asks those that are skipped behind all others, in their order', async () => {
    const { ask, asked, open } = loopOver(...times(3, FAILED), answer('c'));
    open('a');
    open('c');
    expect((await ask(['a', 'b', 'c', 'd']))?.answer.target.upstream.name).toBe('c');
    expect(asked()).toEqual(['b', 'd', 'a', 'c']);
  });

  it('asks all of them in their order where all are skipped, and believes the one that answers', async () => {
    const { ask, asked, open, circuit } = loopOver(FAILED, answer('b'));
    open('a');
    open('b');
    await ask(['a', 'b']);
    expect([asked(), circuit('a').state, circuit('b').state]).toEqual([['a', 'b'], 'open', 'closed']);
  });

  it.each([
    ['the usual order', [], ['a', 'b', 'c'], [false, false, true]],
    ['one that is skipped', ['c'], ['a', 'b', 'c'], [false, false, true]],
    ['the first one that is skipped', ['a'], ['b', 'c', 'a'], [false, false, true]],
    ['all that are skipped', ['a', 'b', 'c'], ['a', 'b', 'c'], [false, false, true]],
  ])('says which one is the last: %s', async (_, opened, order, lasts) => {
    const { ask, open } = loopOver(...times(3, FAILED));
    opened.forEach(open);
    const told: [string, boolean][] = [];
    const prepare = ({ upstream }: Target, isLast: boolean) => {
      told.push([upstream.name, isLast]);
      return prepared(upstream.name);
    };
    await expect(ask(['a', 'b', 'c'], { prepare })).rejects.toThrow();
    expect(told).toEqual(order.map((name, index) => [name, lasts[index]]));
  });

  it('lets one request find out whether it answers again, and asks it as before when it does', async () => {
    const { ask, asked, open, circuit, results } = loopOver(answer('b'));
    open('a');
    await ask(['a', 'b']);
    circuit('a').until = 0;
    results.push(answer('a'), answer('a'));
    await ask(['a', 'b']);
    expect(circuit('a').state).toBe('closed');
    await ask(['a', 'b']);
    expect(asked()).toEqual(['b', 'a', 'a']);
  });

  it.each<[string, SendResult | null]>([
    ['its caller left', aborted],
    ['it was refused', failure('upstream_rejected')],
    ['it could not be prepared', null],
  ])('lets another request find out where %s', async (_, result) => {
    const { ask, asked, open, circuit } = loopOver(...(result === null ? [] : [result]), answer('a'));
    open('a');
    circuit('a').until = 0;
    const fault = () => Promise.reject(new Error('a fault'));
    await ask(['a'], result === null ? { prepare: fault } : {}).catch(() => undefined);
    expect(circuit('a').state).toBe('half_open');
    await ask(['a', 'b']);
    expect([asked().at(-1), circuit('a').state]).toEqual(['a', 'closed']);
  });

  it.each([
    ['the first one had', 0, true, 'open'],
    ['another one had a part of', 1, true, 'closed'],
    ['the caller cut', 0, false, 'closed'],
  ])('takes a target for one that hangs in the time that %s', async (_, before, ranOut, state) => {
    const { ask, circuit } = loopOver(...times(before, FAILED), aborted);
    expect(await ask(['a', 'b'].slice(1 - before), { ranOut: () => ranOut })).toBeNull();
    expect(circuit('b').state).toBe(state);
  });

  it('does not blame a target for a time that ran out before it had the request', async () => {
    const { ask, circuit } = loopOver({ kind: 'aborted', reach: 'refused' });
    expect(await ask(['a'], { ranOut: () => true })).toBeNull();
    expect(circuit('a').state).toBe('closed');
  });

  it('asks who is skipped for no count of tokens either, and goes by none of what comes of that', async () => {
    const operation = 'count-tokens';
    const { ask, asked, open, circuit, results } = loopOver(...times(9, FAILED));
    for (let index = 0; index < 9; index += 1) await ask(['a'], { operation }).catch(() => undefined);
    expect(circuit('a').state).toBe('closed');
    open('a');
    circuit('a').until = 0;
    results.push(answer('b'), FAILED, answer('a'));
    await ask(['a', 'b'], { operation });
    await ask(['a', 'b'], { operation });
    expect([asked().slice(9), circuit('a').state]).toEqual([['b', 'b', 'a'], 'open']);
  });

  it('counts an answer that was a failure for all its status of 200', async () => {
    const { loop, ask, circuit } = loopOver(...times(5, answer('a')));
    for (let index = 0; index < 5; index += 1) {
      const answered = await ask(['a']);
      if (answered !== null)
        loop.failedAfterAll({ requestId: 'req_1' }, answered, new GatewayError('upstream_overloaded'));
    }
    expect([circuit('a').state, circuit('a').cause]).toEqual(['open', 'failure_share']);
  });

  it('does not count one that blames the request', async () => {
    const { loop, ask, circuit } = loopOver(...times(5, answer('a')));
    for (let index = 0; index < 5; index += 1) {
      const answered = await ask(['a']);
      if (answered !== null)
        loop.failedAfterAll({ requestId: 'req_1' }, answered, new GatewayError('upstream_rejected'));
    }
    expect(circuit('a').state).toBe('closed');
  });
});

describe('an attempt', () => {
  it.each<[string, PreparedCall | null, Attempt['outcome'], boolean, boolean]>([
    ['is being prepared', null, null, false, false],
    ['runs', prepared('a'), null, true, true],
    ['was not sent', prepared('a'), { kind: 'aborted', reach: 'unsent', error: null }, false, false],
    ['was refused', prepared('a'), { kind: 'aborted', reach: 'refused', error: null }, true, false],
    ['was taken', prepared('a'), { kind: 'aborted', reach: 'taken', error: null }, true, true],
  ])('that %s', (_, call, outcome, wasSent, mayHaveWorked) => {
    const attempt = new Attempt(target('a'), 0);
    Object.assign(attempt, { prepared: call, outcome });
    expect([attempt.wasSent, attempt.mayHaveWorked]).toEqual([wasSent, mayHaveWorked]);
  });

  it.each<[string, (boolean | null)[], number | null]>([
    ['none', [], null],
    ['none that was sent', [false, false], null],
    ['one that runs', [null], null],
    ['one', [true], 0],
    ['the later of two', [true, true], 1],
    ['the one before one that was not sent', [true, false], 0],
    ['the one behind one that was not sent', [false, true], 1],
  ])('that was sent last, of %s', (_, sent, last) => {
    const attempts = sent.map(was => {
      const attempt = new Attempt(target('a'), 0);
      if (was !== null) attempt.outcome = { kind: 'failure', reach: was ? 'refused' : 'unsent', error: null };
      return attempt;
    });
    expect(lastSent(attempts)).toBe(last === null ? null : attempts[last]);
  });
});
