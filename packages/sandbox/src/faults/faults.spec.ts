import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FAULT_HEADER } from './fault-directives.js';
import { type SandboxServer, startSandboxServer } from '../server.js';

const API_KEY = 'sandbox-test-key';
const ASK = { model: 'any', messages: [{ role: 'user', content: 'What is Neon?' }] };
const STREAM = { ...ASK, stream: true };

let server: SandboxServer;
const open = new Set<Socket>();

beforeAll(async () => {
  const model = { id: 'any', maxOutputTokens: null };
  server = await startSandboxServer({ apiKey: API_KEY, models: () => model });
});

afterEach(() => {
  for (const socket of open) socket.destroy();
  open.clear();
});

afterAll(() => server.close());

function ask(faults: string, body: object = ASK): Promise<Response> {
  return fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    redirect: 'manual',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', [FAULT_HEADER]: faults },
    body: JSON.stringify(body),
  });
}

async function dataOf(faults: string, body: object = STREAM): Promise<string[]> {
  const text = await (await ask(faults, body)).text();
  return text.match(/(?<=^data: ).*$/gm) ?? [];
}

interface RawExchange {
  socket: Socket;
  /** Everything received, headers and chunk marks included. */
  received: () => string;
  /** How the connection ended: `end`, or the code of the error. */
  ended: Promise<string>;
}

/** The same request over a bare socket, to see what no HTTP client shows. */
function askRaw(faults: string, body: object = STREAM): RawExchange {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  open.add(socket);
  const json = JSON.stringify(body);
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer ${API_KEY}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\nconnection: close\r\n` +
      `${FAULT_HEADER}: ${faults}\r\n\r\n${json}`,
  );
  const chunks: Buffer[] = [];
  socket.on('data', chunk => chunks.push(chunk));
  const ended = new Promise<string>(resolve => {
    socket.once('end', () => resolve('end'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
  });
  return { socket, received: () => Buffer.concat(chunks).toString('latin1'), ended };
}

const eventsIn = (received: string): number => received.match(/^data: \{/gm)?.length ?? 0;

/** What was received once the text has come; fails when the connection ends before. */
async function receivedUntil(exchange: RawExchange, text: string): Promise<string> {
  while (!exchange.received().includes(text)) await once(exchange.socket, 'data');
  return exchange.received();
}

describe('instead of an answer', () => {
  it.each([
    [400, 'invalid_request_error', null],
    [401, 'authentication_error', 'invalid_api_key'],
    [404, 'invalid_request_error', 'model_not_found'],
    [429, 'rate_limit_error', 'rate_limit_exceeded'],
    [503, 'server_error', null],
    [529, 'server_error', null],
  ])('status=%i answers an OpenAI error of type %s', async (status, type, code) => {
    const response = await ask(`status=${status}; message="as you wish, sir"`);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: { message: 'as you wish, sir', type, param: null, code } });
  });

  it('times=1 fails only the first request of its key', async () => {
    const faults = 'status=500, times=1, key=once-and-never-again';
    const statuses = [await ask(faults), await ask(faults), await ask(faults)].map(response => response.status);
    expect(statuses).toEqual([500, 200, 200]);
  });

  it('retry-info adds what Google says where others send Retry-After', async () => {
    const body = (await (await ask('status=429; retry-info=34.4s')).json()) as { error: { details: unknown } };
    expect(body.error.details).toMatchObject([{ retryDelay: '34.4s' }]);
  });

  it('html answers a page with status 200', async () => {
    const response = await ask('html');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('<h1>');
  });

  it('reset breaks the connection off before any byte', async () => {
    const exchange = askRaw('reset');
    expect(await exchange.ended).toBe('ECONNRESET');
    expect(exchange.received()).toBe('');
  });

  it.each(['hang', 'hang-after-headers'])('%s leaves the client waiting while others are served', async fault => {
    const exchange = askRaw(fault);
    if (fault === 'hang-after-headers') await receivedUntil(exchange, '\r\n\r\n');
    expect((await ask('')).status).toBe(200);
    expect(eventsIn(exchange.received())).toBe(0);
    expect(exchange.socket.destroyed).toBe(false);
    expect(exchange.received().startsWith('HTTP/1.1 200')).toBe(fault === 'hang-after-headers');
  });

  it('delay holds the headers back for that long', async () => {
    const start = performance.now();
    await ask('delay=60');
    expect(performance.now() - start).toBeGreaterThanOrEqual(59);
  });
});

describe('headers', () => {
  it('sends retry-after and the rate limit headers as given, dates with commas included', async () => {
    const response = await ask(
      'status=429; retry-after="Wed, 21 Oct 2026 07:28:00 GMT"; x-ratelimit-remaining-tokens=0; anthropic-ratelimit-tokens-reset=soon',
    );
    expect(response.headers.get('retry-after')).toBe('Wed, 21 Oct 2026 07:28:00 GMT');
    expect(response.headers.get('x-ratelimit-remaining-tokens')).toBe('0');
    expect(response.headers.get('anthropic-ratelimit-tokens-reset')).toBe('soon');
  });

  it('ratelimit sends all six of them with a good answer', async () => {
    const response = await ask('ratelimit');
    const names = [...response.headers.keys()].filter(name => name.startsWith('x-ratelimit-'));
    expect(response.status).toBe(200);
    expect(names).toHaveLength(6);
  });

  it('header sends any other header, repeatedly', async () => {
    const response = await ask('header="set-cookie: a=1"; header="server: somebody"');
    expect(response.headers.get('set-cookie')).toBe('a=1');
    expect(response.headers.get('server')).toBe('somebody');
  });
});

describe('in the stream', () => {
  it.each([0, 1, 5])('cut=%i resets the connection after exactly that many events', async count => {
    const exchange = askRaw(`cut=${count}`);
    expect(await exchange.ended).toBe('ECONNRESET');
    expect(eventsIn(exchange.received())).toBe(count);
  });

  it('cut beyond the end resets before the end mark', async () => {
    const exchange = askRaw('cut=1000000');
    expect(await exchange.ended).toBe('ECONNRESET');
    expect(exchange.received()).toContain('"finish_reason":"stop"');
    expect(exchange.received()).not.toContain('[DONE]');
  });

  it.each([0, 3])('end=%i ends cleanly after that many events, without an end mark', async count => {
    const data = await dataOf(`end=${count}`);
    expect(data).toHaveLength(count);
  });

  it('no-finish sends the end mark without a finish_reason', async () => {
    const data = await dataOf('no-finish');
    expect(data.at(-1)).toBe('[DONE]');
    expect(data.slice(0, -1).every(json => JSON.parse(json).choices[0].finish_reason === null)).toBe(true);
  });

  it('error-event sends an error in place of the next event, and ends', async () => {
    const data = await dataOf('error-event=2; message=overloaded');
    expect(data).toHaveLength(3);
    expect(JSON.parse(data[2])).toMatchObject({ error: { message: 'overloaded', type: 'server_error' } });
  });

  it('garbage puts broken JSON between good events', async () => {
    const data = await dataOf('garbage=2');
    expect(() => JSON.parse(data[2])).toThrow(SyntaxError);
    expect(data.at(-1)).toBe('[DONE]');
  });

  it('silence pauses after that many events and then goes on', async () => {
    const exchange = askRaw('silence=80@2');
    await receivedUntil(exchange, '"content":"Ne');
    const start = performance.now();
    const before = eventsIn(exchange.received());
    await exchange.ended;
    expect(before).toBe(2);
    expect(performance.now() - start).toBeGreaterThan(60);
    expect(exchange.received()).toContain('[DONE]');
  });

  it('endless never ends, and stops when the client leaves', async () => {
    const exchange = askRaw('endless');
    while (eventsIn(exchange.received()) < 1000) await once(exchange.socket, 'data');
    expect(exchange.received()).not.toContain('finish_reason":"stop');
    exchange.socket.destroy();
    expect((await ask('')).status).toBe(200);
  });

  it('json-when-stream answers JSON although a stream was asked for', async () => {
    const response = await ask('json-when-stream', { ...STREAM });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({ object: 'chat.completion' });
  });

  it('drip writes slowly, and the answer is whole in the end', async () => {
    const start = performance.now();
    const response = await ask('drip=100/5');
    expect(await response.json()).toMatchObject({ object: 'chat.completion' });
    expect(performance.now() - start).toBeGreaterThan(25);
  });
});

describe('bodies', () => {
  it('truncate announces the cut JSON as if it were whole', async () => {
    const response = await ask('truncate');
    const text = await response.text();
    expect(response.headers.get('content-length')).toBe(String(text.length));
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it('truncate=body closes before the announced length is reached', async () => {
    const exchange = askRaw('truncate=body', ASK);
    expect(await exchange.ended).toBe('end');
    const [head, body] = exchange.received().split('\r\n\r\n');
    expect(Number(/content-length: (\d+)/i.exec(head)?.[1])).toBeGreaterThan(body.length);
  });

  it('gzip=corrupt cannot be inflated', async () => {
    const response = await ask('gzip=corrupt');
    await expect(response.text()).rejects.toThrow('terminated');
  });
});

describe('usage and speed', () => {
  const usageChunks = async (faults: string): Promise<Array<[index: number, usage: Record<string, number>]>> => {
    const data = await dataOf(faults, { ...STREAM, stream_options: { include_usage: true } });
    return data.flatMap((json, index) => {
      const chunk = json === '[DONE]' ? {} : JSON.parse(json);
      return chunk.usage ? [[index, chunk.usage] as [number, Record<string, number>]] : [];
    });
  };

  it('usage=missing leaves it out, streamed or not', async () => {
    expect(await usageChunks('usage=missing')).toHaveLength(0);
    expect(await (await ask('usage=missing')).json()).not.toHaveProperty('usage');
  });

  it('usage=always sends it unasked', async () => {
    expect((await dataOf('usage=always')).at(-2)).toContain('"prompt_tokens"');
    expect((await dataOf('')).at(-2)).not.toContain('"prompt_tokens"');
  });

  it.each([
    ['zero', 0],
    ['negative', -12],
    ['huge', 2 ** 61],
  ])('usage=%s says so', async (fault, total) => {
    const [[, usage]] = await usageChunks(`usage=${fault}`);
    const whole = (await (await ask(`usage=${fault}`)).json()) as { usage: Record<string, number> };
    expect([usage['total_tokens'], whole.usage['total_tokens']]).toEqual([total, total]);
  });

  it.each([
    ['first', [0]],
    ['middle', [2]],
    ['duplicate', [2, -2]],
    ['everywhere', [0, 3, -2]],
  ])('usage=%s sends the usage chunk there', async (fault, places) => {
    const length = (await dataOf(`usage=${fault}`, { ...STREAM, stream_options: { include_usage: true } })).length;
    const found = (await usageChunks(`usage=${fault}`)).map(([index]) => index);
    expect(found).toEqual(places.map(place => (place < 0 ? length + place : place)));
  });

  it('tokens makes the answer exactly that long', async () => {
    const body = (await (await ask('tokens=500')).json()) as { usage: Record<string, number> };
    expect(body.usage['completion_tokens']).toBe(500);
  });

  it('rate and first-token pace one request, streamed or not', async () => {
    const start = performance.now();
    await Promise.all([dataOf('tokens=20; rate=200; first-token=50'), (await ask('tokens=20; rate=200')).json()]);
    expect(performance.now() - start).toBeGreaterThan(130);
  });
});

it('answers 400 to a fault it does not know and names it', async () => {
  const response = await ask('status=500; explode');
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringContaining("'explode'"), code: 'invalid_fault', param: FAULT_HEADER },
  });
});
