import { answerChat, answerError, FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const BODY = { model: 'gpt-5-4', messages: [{ role: 'user', content: 'hi' }] };
const FIRST_BYTE_MS = 400;
const OPEN_MS = 700;
/** Far longer than any of these tests takes. */
const LONG_MS = '300000';

interface Upstream {
  readonly id: string;
  readonly circuits: readonly {
    readonly upstream_model: string;
    readonly state: string;
    readonly since: string;
    readonly retry_at: string;
    readonly why: string;
  }[];
}

const never: Script = () => undefined;

describe('a target that keeps failing', () => {
  let gateway: TestGateway;
  let first: FakeProvider;
  let second: FakeProvider;
  let firstId: string;

  async function start(environment: Record<string, string> = {}) {
    first = await FakeProvider.start();
    second = await FakeProvider.start();
    gateway = await startTestGateway({
      BOUGH_FIRST_BYTE_TIMEOUT_MS: String(FIRST_BYTE_MS),
      BOUGH_CIRCUIT_OPEN_MS: LONG_MS,
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
      BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '0',
      ...environment,
    });
    firstId = await add('first', first, 1);
    await add('second', second, 2);
  }

  const add = async (name: string, { url }: FakeProvider, priority: number) => {
    const { status, body } = await gateway.manage<Upstream>('POST', '/admin/upstreams', {
      ...{ name, kind: 'openai-compatible', base_url: `${url}/v1`, secret: 'sk-fake' },
      routes: [{ model: BODY.model, upstream_model: `${name}-model`, priority }],
    });
    expect([status, body.circuits]).toEqual([201, []]);
    return body.id;
  };

  afterEach(async () => {
    await gateway.stop();
    await first.stop();
    await second.stop();
  });

  const ask = async () => {
    const response = await gateway.chat(BODY);
    await response.arrayBuffer();
    return { status: response.status, by: response.headers.get('x-bough-upstream') };
  };
  const circuits = async (id = firstId) =>
    (await gateway.manage<Upstream>('GET', `/admin/upstreams/${id}`)).body.circuits;
  const untilHalfOpen = () =>
    eventually(async () => {
      const [circuit] = await circuits();
      return circuit !== undefined && Date.parse(circuit.retry_at) + 50 < Date.now();
    }, 'the open time is over');

  it('gets at most one of a hundred requests, and every caller is answered', async () => {
    await start();
    first.script = answerError(500, {});
    for (let round = 0; round < 50; round += 1) {
      const answers = await Promise.all(Array.from({ length: round === 0 ? 1 : 20 }, ask));
      expect(answers).toEqual(answers.map(() => ({ status: 200, by: 'second' })));
      // They come one by one until it is known.
      if (round === 0) for (let index = 1; index < 20; index += 1) await ask();
    }
    expect([first.seen.length, second.seen.length]).toEqual([5, 1_000]);
    const [circuit] = await circuits();
    expect(circuit).toMatchObject({ upstream_model: 'first-model', state: 'open', why: 'failure_share' });
    expect(Date.parse(circuit?.retry_at ?? '') - Date.parse(circuit?.since ?? '')).toBeCloseTo(Number(LONG_MS), -1);
    const list = await gateway.manage<{ upstreams: Upstream[] }>('GET', '/admin/upstreams');
    expect(list.body.upstreams.map(upstream => upstream.circuits.length)).toEqual([1, 0]);
  });

  it('and hangs costs one caller a first byte’s time for each opening', async () => {
    await start({ BOUGH_CIRCUIT_OPEN_MS: String(OPEN_MS) });
    first.script = never;
    expect((await ask()).status).toBe(502);
    expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array(20).fill({ status: 200, by: 'second' }));
    expect([first.seen.length, (await circuits())[0]?.why]).toEqual([1, 'no_first_byte']);
    await untilHalfOpen();
    const statuses = (await Promise.all(Array.from({ length: 20 }, ask))).map(({ status }) => status);
    expect([statuses.filter(status => status !== 200), first.seen.length]).toEqual([[502], 2]);
    expect((await circuits())[0]?.why).toBe('probe_failed');
    await untilHalfOpen();
    first.script = answerChat();
    expect([(await ask()).by, (await ask()).by, await circuits()]).toEqual(['first', 'first', []]);
  });

  it('and hangs is noticed in the total time where that is shorter', async () => {
    await start({ BOUGH_FIRST_BYTE_TIMEOUT_MS: '60000', BOUGH_TOTAL_TIMEOUT_MS: String(FIRST_BYTE_MS) });
    first.script = never;
    expect((await ask()).status).toBe(502);
    expect([(await ask()).by, first.seen.length]).toEqual(['second', 1]);
  });

  it('and asks to be left alone is, for as long as it says', async () => {
    await start();
    first.script = answerError(429, {}, { 'Retry-After': '2' });
    expect((await ask()).by).toBe('second');
    const [circuit] = await circuits();
    expect(circuit).toMatchObject({ state: 'open', why: 'retry_after' });
    expect(Date.parse(circuit?.retry_at ?? '') - Date.parse(circuit?.since ?? '')).toBeCloseTo(2_000, -1);
    first.script = answerChat();
    if (Date.parse(circuit?.retry_at ?? '') - 500 > Date.now()) {
      expect([(await ask()).by, first.seen.length]).toEqual(['second', 1]);
    }
    await untilHalfOpen();
    expect([(await ask()).by, await circuits()]).toEqual(['first', []]);
  });

  it('is none where the callers are to blame', async () => {
    await start();
    first.script = answerError(400, { error: { message: 'no such parameter' } });
    for (let index = 0; index < 20; index += 1) expect((await ask()).status).toBe(400);
    expect([await circuits(), first.seen.length, second.seen.length]).toEqual([[], 20, 0]);
  });

  it('is asked where all others fail as well, the usual one first', async () => {
    await start();
    first.script = second.script = answerError(503, {});
    for (let index = 0; index < 6; index += 1) expect((await ask()).status).toBe(502);
    expect([first.seen.length, second.seen.length]).toEqual([6, 6]);
    first.script = answerChat();
    expect([(await ask()).by, await circuits()]).toEqual(['first', []]);
  });

  it('is asked behind the others where those fail', async () => {
    await start();
    first.script = never;
    expect((await ask()).status).toBe(502);
    first.script = answerChat();
    second.script = answerError(500, {});
    expect((await ask()).by).toBe('first');
    expect([first.seen.length, second.seen.length]).toEqual([2, 1]);
  });

  it('is tried by another where the caller leaves who tried it', async () => {
    await start({ BOUGH_CIRCUIT_OPEN_MS: '100', BOUGH_FIRST_BYTE_TIMEOUT_MS: '60000' });
    first.script = answerError(429, {}, { 'Retry-After': '1' });
    await ask();
    await untilHalfOpen();
    first.script = never;
    const leaving = new AbortController();
    const left = fetch(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(BODY),
      signal: leaving.signal,
    }).catch(() => 'left');
    await eventually(() => first.seen.length === 2, 'the probe');
    expect([(await ask()).by, (await circuits())[0]?.state]).toEqual(['second', 'half_open']);
    leaving.abort();
    expect(await left).toBe('left');
    first.script = answerChat();
    await eventually(async () => (await ask()).by === 'first', 'another probe');
    expect(await circuits()).toEqual([]);
  });

  it('tells its failure in an answer of 200, and is skipped all the same', async () => {
    await start();
    first.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: 'overloaded', code: 'server_overloaded' } }));
    };
    for (let index = 0; index < 10; index += 1) expect((await ask()).by).toBe('second');
    expect([first.seen.length, (await circuits())[0]?.why]).toEqual([5, 'failure_share']);
  });

  it('is asked as before when somebody has changed it', async () => {
    await start();
    first.script = never;
    await ask();
    expect(await circuits()).toHaveLength(1);
    first.script = answerChat();
    const other = await gateway.manage<{ upstreams: Upstream[] }>('GET', '/admin/upstreams?search=second');
    await gateway.manage('PATCH', `/admin/upstreams/${other.body.upstreams[0]?.id}`, { secret: 'sk-other' });
    expect(await circuits()).toHaveLength(1);
    const changed = await gateway.manage<Upstream>('PATCH', `/admin/upstreams/${firstId}`, { enabled: true });
    expect([changed.status, changed.body.circuits, (await ask()).by]).toEqual([200, [], 'first']);
  });

  it('is asked every time where that is switched off', async () => {
    await start({ BOUGH_CIRCUIT_FAILURE_PERCENT: '0' });
    first.script = answerError(500, {});
    for (let index = 0; index < 10; index += 1) expect((await ask()).by).toBe('second');
    expect([first.seen.length, await circuits()]).toEqual([10, []]);
  });
});
