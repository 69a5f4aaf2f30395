import type { ErrorCode } from '../errors/error-table.js';
import { GatewayError } from '../errors/gateway-error.js';
import { KnownSecrets } from '../platform/known-secrets.js';
import { Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import type { RoutingService } from '../routing/routing.service.js';
import type { Target } from '../routing/target.types.js';
import { AbortSource } from '../upstream/abort-signal.js';
import type { Answer, Reach, SendResult, UpstreamService } from '../upstream/upstream.service.js';
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
  const routing = { knownSecrets: KnownSecrets.NONE } as RoutingService;
  const loop = new TargetLoop(routing, upstreams as unknown as UpstreamService, metrics, log);
  const attempts: Attempt[] = [];
  const signal = new AbortSource();
  const ask = (names: readonly string[], question: Partial<Question> = {}) =>
    loop.firstAnswer(
      {
        request: REQUEST,
        operation: 'generate',
        targets: names.map(target),
        prepare: ({ upstream }) => prepared(upstream.name),
        ...question,
      },
      signal,
      attempts,
    );
  const asked = () => sent.map(([to]) => (to as Target).upstream.name);
  return { loop, ask, asked, sent, attempts, signal, noted, warned };
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
    loop.failedAfterAll(answered, error);
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
