import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { FakeClock } from '../../test/support/fake-clock.js';
import { upstreamOf } from '../../test/support/provider-calls.js';
import type { AppConfig } from '../config/app-config.js';
import { KnownSecrets } from '../platform/known-secrets.js';
import { openAi } from '../providers/kinds/openai.js';
import { OpenAiCompatibleProvider } from '../providers/openai-provider.js';
import type { ConnectionPools } from './connection-pools.js';
import { AbortSource } from './abort-signal.js';
import type { Exchange } from './exchange.js';
import type { Upstream } from '../routing/target.types.js';
import { type TargetCall, type UpstreamRequest, UpstreamService } from './upstream.service.js';

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
  (status: number, body: unknown = null, headers: string[] = []): Turn =>
  exchange => {
    exchange.onRequestStart(controller());
    exchange.onResponseStart(controller(['content-type', 'application/json', ...headers]), status);
    if (body !== null) exchange.onResponseData(controller(), Buffer.from(JSON.stringify(body)));
    exchange.onResponseEnd();
  };
const leaves: Turn = (exchange, signal) => {
  exchange.onRequestStart(controller());
  signal.fire();
};

/** What undici is given. */
type Sent = Dispatcher.DispatchOptions & { readonly headers: string[]; readonly carriedBy: unknown };

const TOKEN = 'token-of-ours-0123';
const CALL = {
  ...({ dialect: 'chat_completions', native: true, hidesUsage: false, betaFlags: [] } as const),
  body: [Buffer.from('{"model":"m"}')],
};
const REQUEST = { secrets: KnownSecrets.NONE, operation: 'generate', callerHeaders: {}, stream: false } as const;

function start(...turns: Turn[]) {
  const sent: Sent[] = [];
  const signal = new AbortSource();
  const pool = {
    dispatch: (options: Sent, exchange: Exchange) => {
      sent.push(options);
      const turn = turns.shift();
      if (turn === undefined) throw new Error('one request too many');
      queueMicrotask(() => turn(exchange, signal));
    },
  };
  const pools = { get: jest.fn(() => pool) };
  const config = { timeouts: { firstByteMs: 1_000, idleMs: 2_000 }, production: false } as AppConfig;
  const service = new UpstreamService(config, pools as unknown as ConnectionPools, new FakeClock(0));
  const upstream = (kind: Upstream['kind'] = 'openai', fields: Partial<Upstream> = {}) =>
    upstreamOf(kind, 'https://provider.example', { authentication: { type: 'token', token: TOKEN }, ...fields });
  const ask = (to: Upstream = upstream(), call: Partial<TargetCall> = {}, request: Partial<UpstreamRequest> = {}) =>
    service.send({ upstream: to, model: 'm' }, { ...CALL, ...call }, { ...REQUEST, ...request }, signal);
  return { sent, signal, pools, service, upstream, ask };
}

const breaksAndLeaves: Turn = (exchange, signal) => {
  breaks()(exchange, signal);
  signal.fire();
};

async function send(...turns: Turn[]) {
  const { ask, sent } = start(...turns);
  const result = await ask();
  const error = result.kind === 'failure' ? result.error.code : null;
  return [sent.length, result.kind, error, result.kind === 'answer' ? null : result.reach];
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
    ['is left between two times', [breaksAndLeaves], [1, 'aborted', null, 'refused']],
  ])('that %s', async (_, turns, outcome) => {
    expect(await send(...turns)).toEqual(outcome);
  });
});

describe('what goes out to a target', () => {
  const headersOf = ({ headers = [] }: Partial<Sent> = {}) =>
    Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : [])));
  const goesOut = async (...asked: Parameters<ReturnType<typeof start>['ask']>) => {
    const { ask, sent } = start(answers(200));
    await ask(...asked);
    return sent[0];
  };

  it('is its request, with its authentication and our bounds', async () => {
    const { ask, sent, pools, upstream } = start(answers(200));
    await ask(upstream('openai', { trusted: false }));
    const [out] = sent;
    expect(out).toMatchObject({ path: '/chat/completions', method: 'POST', headersTimeout: 1_000, bodyTimeout: 2_000 });
    expect(out?.body).toBe(CALL.body[0]);
    expect(out?.carriedBy).toBeInstanceOf(Function);
    expect(headersOf(out)).toEqual({
      ...{ 'accept-encoding': 'identity', 'content-type': 'application/json', accept: 'application/json' },
      authorization: `Bearer ${TOKEN}`,
    });
    expect(pools.get.mock.calls).toEqual([['https://provider.example', false]]);
  });

  it('has the caller’s headers, but for those that the target says itself', async () => {
    const callerHeaders = { accept: 'text/plain', 'user-agent': 'agent/1' };
    const { upstream } = start();
    const out = await goesOut(upstream('bedrock'), { dialect: 'anthropic_messages' }, { callerHeaders });
    const names = out?.headers.filter((_, at) => at % 2 === 0) ?? [];
    expect(names).toHaveLength(new Set(names).size);
    expect(headersOf(out)).toMatchObject({ accept: 'application/json', 'user-agent': 'agent/1' });
  });

  it.each([
    ['anthropic', 'a-1,b-2'],
    ['bedrock', undefined],
  ] as const)('has the flags where the target reads them: %s in its headers %p', async (kind, flags) => {
    const { upstream } = start();
    const out = await goesOut(upstream(kind), { dialect: 'anthropic_messages', betaFlags: ['a-1', 'b-2'] });
    expect(headersOf(out)['anthropic-beta']).toBe(flags);
  });

  it('says how long a body is that is sent in steps', async () => {
    const large = Buffer.alloc(300_000, 'x');
    const out = await goesOut(undefined, { body: [large] });
    (out?.body as Readable | undefined)?.destroy();
    expect(headersOf(out)['content-length']).toBe('300000');
    expect(headersOf(await goesOut())['content-length']).toBeUndefined();
  });

  it('asks of a stream for events, and of the sandbox for its fault', async () => {
    const { upstream } = start();
    const callerHeaders = { 'x-bough-sandbox-fault': 'slow' };
    const out = await goesOut(upstream('openai', { builtIn: true }), {}, { stream: true, callerHeaders });
    expect(headersOf(out)).toMatchObject({ accept: 'text/event-stream', 'x-bough-sandbox-fault': 'slow' });
    expect(headersOf(await goesOut(undefined, {}, { callerHeaders }))['x-bough-sandbox-fault']).toBeUndefined();
  });
});

describe('what comes back from a target', () => {
  it('is its answer, with all that it was asked', async () => {
    const { ask, upstream } = start(answers(201, {}, ['retry-after', '7', 'x-request-id', `id-${TOKEN}`]));
    const [target, secrets] = [upstream(), new KnownSecrets(['of-another-one'])];
    const result = await ask(target, {}, { secrets });
    expect(result).toMatchObject({
      kind: 'answer',
      answer: {
        ...{ target: { upstream: target, model: 'm' }, call: CALL, framing: undefined, status: 201, secrets },
        // An id in which our token stands is nobody's to read.
        headers: { contentType: 'application/json', forwarded: [['retry-after', '7']], requestId: null },
      },
    });
  });

  it('tells how a stream of Amazon’s comes', async () => {
    const { ask, upstream } = start(answers(200));
    const body = [Buffer.from('{"model":"m","stream":true}')];
    const result = await ask(upstream('bedrock'), { dialect: 'anthropic_messages', body }, { stream: true });
    expect(result).toMatchObject({ answer: { framing: 'aws-event-stream' } });
  });

  it('is nobody’s to cut off any more', async () => {
    let abort = 0;
    const counting = () => ({ ...controller(), abort: () => (abort += 1) }) as unknown as Dispatcher.DispatchController;
    const { ask, signal } = start(exchange => {
      exchange.onRequestStart(counting());
      exchange.onResponseStart(counting(), 200);
    });
    expect(await ask()).toMatchObject({ kind: 'answer' });
    signal.fire();
    expect(abort).toBe(0);
  });

  it('is a refusal in its words, without what it was asked with and what is ours', async () => {
    const other = 'of-another-one';
    const { ask } = start(answers(400, { message: `${TOKEN}, ${other} at https://provider.example/v1` }));
    const result = await ask(undefined, {}, { secrets: new KnownSecrets([other]) });
    expect(result).toMatchObject({
      error: { publicMessage: expect.stringMatching(/: \[redacted\], \[redacted\] at \[redacted\]\/v1$/) },
    });
  });

  it.each([
    [400, 0],
    [401, 1],
    [403, 1],
    [402, 0],
  ])('of %i tells its adapter %i times that our authentication was refused', async (status, times) => {
    const refused = jest.spyOn(OpenAiCompatibleProvider.prototype, 'authenticationRefused');
    await start(answers(status)).ask();
    expect(refused).toHaveBeenCalledTimes(times);
    refused.mockRestore();
  });

  it('comes from one adapter an upstream', async () => {
    const create = jest.spyOn(openAi, 'create');
    const { ask, upstream } = start(answers(200), answers(200), answers(200));
    const [one, other] = [upstream(), upstream()];
    for (const to of [one, one, other]) await ask(to);
    expect(create).toHaveBeenCalledTimes(2);
    create.mockRestore();
  });
});

describe('a target that is not asked', () => {
  it.each<[string, Partial<Upstream>, Partial<TargetCall>, object]>([
    [
      'since it does not speak so',
      {},
      { dialect: 'anthropic_messages' },
      { kind: 'failure', error: { code: 'upstream_model_unavailable' }, reach: 'unsent' },
    ],
    ['since the caller left before', {}, {}, { kind: 'aborted', reach: 'refused' }],
    [
      'since the caller left while it was signed',
      { kind: 'bedrock', authentication: { type: 'client', clientId: 'AKIATEST', clientSecret: 'test-secret' } },
      {},
      { kind: 'aborted', reach: 'unsent' },
    ],
  ])('%s', async (_, fields, call, result) => {
    const { ask, upstream, signal, sent } = start();
    if (result['kind' as never] === 'aborted') signal.fire();
    expect(await ask(upstream('openai', fields), call)).toMatchObject(result);
    expect(sent).toEqual([]);
  });

  it('since its address may not be called', async () => {
    const { ask, pools } = start();
    pools.get.mockImplementation(() => {
      throw Object.assign(new Error('forbidden'), { code: 'BOUGH_FORBIDDEN_ADDRESS' });
    });
    expect(await ask()).toMatchObject({ kind: 'failure', error: { code: 'upstream_unreachable' }, reach: 'refused' });
  });

  it('for a fault of ours is no result', async () => {
    await expect(start().ask()).rejects.toThrow('one request too many');
  });
});

describe('a probe', () => {
  const model = { name: 'm', provider: 'anthropic' };
  const probe = async (turns: Turn[], kind: Upstream['kind'] = 'openai', of: typeof model | null = null) => {
    const { service, upstream, signal, sent } = start(...turns);
    const answer = await service.probe(upstream(kind), of, signal).catch((error: unknown) => error);
    return { answer, sent };
  };

  it('asks for a list, with our authentication', async () => {
    const { answer, sent } = await probe([answers(200, { message: 'a list, and no sentence' })]);
    expect(answer).toEqual({ status: 200, detail: null });
    expect(sent).toMatchObject([{ path: '/models', method: 'GET', body: null }]);
    expect(sent[0]?.headers).toEqual([
      ...['accept-encoding', 'identity', 'content-type', 'application/json', 'accept', 'application/json'],
      ...['authorization', `Bearer ${TOKEN}`],
    ]);
  });

  it.each([
    [200, 1],
    [299, 1],
    [300, 0],
  ])('reads no list: of %i, which is longer than is read, it closes the connection %i times', async (status, times) => {
    let aborts = 0;
    const counting = { ...controller(), abort: () => (aborts += 1) } as unknown as Dispatcher.DispatchController;
    await probe([
      exchange => {
        exchange.onRequestStart(counting);
        exchange.onResponseStart(counting, status);
        if (status === 300) exchange.onResponseEnd();
      },
    ]);
    expect(aborts).toBe(times);
  });

  it.each<[string, unknown, string | null]>([
    ['its sentence', { message: `no ${TOKEN} at https://provider.example` }, 'no [redacted] at [redacted]'],
    ['none where it has none', {}, null],
  ])('tells of a refusal %s', async (_, body, detail) => {
    expect((await probe([answers(401, body)])).answer).toEqual({ status: 401, detail });
  });

  it.each<[string, Turn[], number, unknown]>([
    ['once', [breaks(), answers(200)], 2, { status: 200 }],
    ['once, whenever', [breaksLate, answers(200)], 2, { status: 200 }],
    ['twice', [breaks(), breaks()], 2, { code: 'upstream_unreachable' }],
  ])('that breaks %s is repeated, since it changes nothing', async (_, turns, times, outcome) => {
    const { answer, sent } = await probe(turns);
    expect(answer).toMatchObject(outcome as object);
    expect(sent).toHaveLength(times);
  });

  it('that asks for an answer is not repeated where it may have been given', async () => {
    const { answer, sent } = await probe([breaksLate, answers(200)], 'bedrock', model);
    expect(answer).toMatchObject({ code: 'upstream_unreachable' });
    expect(sent).toHaveLength(1);
  });

  it('goes nowhere without a model where it needs one', async () => {
    const { answer, sent } = await probe([], 'bedrock');
    expect(answer).toMatchObject({ code: 'upstream_model_unavailable' });
    expect(sent).toEqual([]);
    const { service, upstream } = start();
    expect([service.needsModel(upstream('bedrock')), service.needsModel(upstream())]).toEqual([true, false]);
  });

  it('remembers nothing: each makes an adapter of its own', async () => {
    const create = jest.spyOn(openAi, 'create');
    const { service, upstream, signal } = start(answers(200), answers(200));
    const to = upstream();
    for (let time = 0; time < 2; time += 1) await service.probe(to, null, signal);
    expect(create).toHaveBeenCalledTimes(2);
    create.mockRestore();
  });
});
