import type { Dispatcher } from 'undici';
import { FakeClock } from '../../test/support/fake-clock.js';
import { upstreamOf } from '../../test/support/provider-calls.js';
import type { AppConfig } from '../config/app-config.js';
import { KnownSecrets } from '../platform/known-secrets.js';
import type { ConnectionPools } from './connection-pools.js';
import { AbortSource } from './abort-signal.js';
import type { Exchange } from './exchange.js';
import { UpstreamService } from './upstream.service.js';

type Turn = (exchange: Exchange, signal: AbortSource) => void;

const CONTROLLER = { abort: () => undefined, pause: () => undefined, resume: () => undefined };
const broken = (code: string) => Object.assign(new Error('broken'), { code });
const controller = (headers: string[] = []) =>
  ({
    ...CONTROLLER,
    rawHeaders: headers.map(header => Buffer.from(header)),
  }) as unknown as Dispatcher.DispatchController;

/** The connection breaks before anything of the request was written. */
const breaks =
  (code = 'ECONNRESET'): Turn =>
  exchange =>
    exchange.onResponseError(null, broken(code));
/** It breaks when the request is written, so that the upstream may be at work on it. */
const breaksLate: Turn = exchange => {
  exchange.onRequestStart(controller());
  exchange.onResponseError(null, broken('ECONNRESET'));
};
const answers =
  (status: number): Turn =>
  exchange => {
    exchange.onRequestStart(controller());
    exchange.onResponseStart(controller(['content-type', 'application/json']), status);
    exchange.onResponseEnd();
  };
const leaves: Turn = (exchange, signal) => {
  exchange.onRequestStart(controller());
  signal.fire();
};

async function send(...turns: Turn[]) {
  let sent = 0;
  const signal = new AbortSource();
  const pool = {
    dispatch: (_options: unknown, exchange: Exchange) => {
      sent += 1;
      const turn = turns.shift();
      if (turn === undefined) throw new Error('one request too many');
      queueMicrotask(() => turn(exchange, signal));
    },
  };
  const pools = { get: () => pool } as unknown as ConnectionPools;
  const config = { timeouts: { firstByteMs: 1_000, idleMs: 1_000 }, production: false } as AppConfig;
  const service = new UpstreamService(config, pools, new FakeClock(0));
  const target = { upstream: upstreamOf('openai', 'https://provider.example'), model: 'm' };
  const body = [Buffer.from('{"model":"m"}')];
  const call = { dialect: 'chat_completions', native: true, hidesUsage: false, betaFlags: [], body } as const;
  const request = { secrets: KnownSecrets.NONE, operation: 'generate', callerHeaders: {}, stream: false } as const;
  const result = await service.send(target, call, request, signal);
  const error = result.kind === 'failure' ? result.error.code : null;
  return [sent, result.kind, error, result.kind === 'answer' ? null : result.reach];
}

describe('a request to one target', () => {
  it.each<[string, Turn[], unknown[]]>([
    ['answers', [answers(200)], [1, 'answer', null, null]],
    ['answers 299', [answers(299)], [1, 'answer', null, null]],
    ['refuses', [answers(400)], [1, 'failure', 'upstream_rejected', 'refused']],
    ['redirects', [answers(300)], [1, 'failure', 'upstream_invalid_response', 'refused']],
    ['is too busy', [answers(503)], [1, 'failure', 'upstream_overloaded', 'refused']],
    ['breaks its connection once', [breaks(), answers(200)], [2, 'answer', null, null]],
    ['breaks it twice', [breaks(), breaks(), answers(200)], [2, 'failure', 'upstream_unreachable', 'refused']],
    ['breaks it twice, late', [breaks(), breaksLate, answers(200)], [2, 'failure', 'upstream_unreachable', 'taken']],
    ['breaks it late', [breaksLate, answers(200)], [1, 'failure', 'upstream_unreachable', 'taken']],
    ['cannot be reached', [breaks('ECONNREFUSED'), answers(200)], [1, 'failure', 'upstream_unreachable', 'refused']],
    ['is left meanwhile', [leaves], [1, 'aborted', null, 'taken']],
    ['is left for the second time', [breaks(), leaves], [2, 'aborted', null, 'taken']],
  ])('that %s', async (_, turns, outcome) => {
    expect(await send(...turns)).toEqual(outcome);
  });
});
