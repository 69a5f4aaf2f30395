import { connect, type Socket } from 'node:net';
import { BodyBudget } from '../../src/inference/body/body-budget.js';
import { answerChat, chatStream, FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

/** A stream without its end: the provider goes on until somebody stops it. */
const endless: Script = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chatStream(['first ']).toString().split('data: [DONE]')[0]);
};

const bigAnswer: Script = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ choices: [{ message: { content: 'q'.repeat(4_000_000) } }] }));
};

describe('connections', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  const open: Socket[] = [];
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
      BOUGH_UPSTREAM_CONNECTIONS: '2',
      BOUGH_TOTAL_TIMEOUT_MS: '2500',
      BOUGH_WRITE_STALL_TIMEOUT_MS: '600',
      BOUGH_BODY_BUDGET_BYTES: '33554432',
    });
  });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const chat = (extra: object = {}) =>
    gateway.chat({ model: 'gpt-5-4', messages: [{ role: 'user', content: 'hi' }], ...extra });

  const rawRequest = (body: object, length?: number): string => {
    const text = JSON.stringify({ model: 'gpt-5-4', messages: [{ role: 'user', content: 'hi' }], ...body });
    return (
      `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${gateway.token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${length ?? Buffer.byteLength(text)}\r\n\r\n` +
      (length === undefined ? text : '')
    );
  };

  const dial = async (): Promise<Socket> => {
    const socket = connect(gateway.port, '127.0.0.1');
    socket.on('error', () => undefined);
    open.push(socket);
    await new Promise(resolve => socket.once('connect', resolve));
    return socket;
  };

  const bytesInUse = () => gateway.bough.app.get(BodyBudget, { strict: false }).bytesInUse;

  it('to an upstream that talks on behind its last event are free again for the next requests', async () => {
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chatStream(['whole']));
    };
    const before = provider.aborted;
    for (let round = 0; round < 5; round += 1) {
      const answer = await chat({ stream: true });
      expect(await answer.text()).toContain('data: [DONE]');
    }
    await eventually(() => provider.aborted === before + 5, 'the connections are closed', 3_000);
  });

  it('that are waited for count into the total time', async () => {
    // The streams give their connections free when their own time is over, a little earlier than the third's.
    provider.script = (seen, response, raw) => {
      if (seen.body.includes('"stream":true')) void endless(seen, response, raw);
    };
    const before = provider.seen.length;
    const aborted = provider.aborted;
    const running = [chat({ stream: true }), chat({ stream: true })];
    await eventually(() => provider.seen.length === before + 2, 'both connections are taken');
    const waiting = await chat();
    expect([waiting.status, ((await waiting.json()) as { error: { code: string } }).error.code]).toEqual([
      502,
      'upstream_timeout',
    ]);
    for (const answer of await Promise.all(running)) await answer.body?.cancel().catch(() => undefined);
    await eventually(() => provider.aborted >= aborted + 2, 'the provider is stopped');
  });

  it('that die give back what the requests pipelined on them hold, and stop their upstreams', async () => {
    provider.script = endless;
    const before = provider.seen.length;
    const aborted = provider.aborted;
    const socket = await dial();
    socket.write(rawRequest({ stream: true }) + rawRequest({ pad: 'x'.repeat(100_000), stream: true }));
    await eventually(() => provider.seen.length >= before + 2, 'both requests are with the provider');
    expect(bytesInUse()).toBeGreaterThan(100_000);
    socket.destroy();
    await eventually(() => bytesInUse() === 0, 'the body budget is whole again', 3_000);
    await eventually(() => provider.aborted >= aborted + 2, 'the provider is stopped', 3_000);
  });

  it('over which nothing comes hold no memory: other uploads go on', async () => {
    provider.script = answerChat();
    for (let upload = 0; upload < 16; upload += 1) (await dial()).write(rawRequest({}, 33_554_432));
    const answer = await chat({ pad: 'x'.repeat(20_000_000) });
    expect(answer.status).toBe(200);
    await answer.body?.cancel();
    await eventually(() => bytesInUse() === 0, 'what was read is given back');
  });

  it('of callers who do not take a whole answer are closed after the stall timeout', async () => {
    provider.script = bigAnswer;
    const socket = await dial();
    socket.pause();
    // The second answer cannot fit into the system's buffers beside the first.
    socket.write(rawRequest({}) + rawRequest({}) + rawRequest({}) + rawRequest({}));
    await eventually(() => bytesInUse() > 0, 'the requests run');
    await eventually(() => bytesInUse() === 0, 'the caller was let go', 6_000);
  }, 15_000);

  it('of callers who read slowly but steadily are served to the end', async () => {
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ message: { content: 'q'.repeat(12_000_000) } }] }));
    };
    const socket = await dial();
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), chunk.length / 6_000);
    });
    const began = performance.now();
    socket.write(rawRequest({}));
    await eventually(() => received > 12_000_000, 'the whole answer', 14_000);
    expect(performance.now() - began).toBeGreaterThan(1_200);
  }, 20_000);

  it('with garbage behind a request whose answer runs are broken, and no second answer stands in the first', async () => {
    provider.script = endless;
    const before = provider.aborted;
    const socket = await dial();
    let received = '';
    socket.on('data', chunk => (received += chunk.toString()));
    const closed = new Promise(resolve => socket.once('close', resolve));
    socket.write(rawRequest({ stream: true }));
    await eventually(() => received.includes('first'), 'the stream runs');
    socket.write('\0garbage\r\n\r\n');
    await closed;
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
    await eventually(() => provider.aborted === before + 1, 'the provider is stopped', 3_000);
  });

  it('that break behind [DONE] and before its blank line end a whole answer', async () => {
    const whole = chatStream(['all of it']).toString();
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(whole.slice(0, whole.lastIndexOf('[DONE]') + '[DONE]\n'.length), () =>
        setTimeout(() => response.destroy(), 20),
      );
    };
    const answer = await chat({ stream: true });
    const text = await answer.text();
    expect(text).toContain('data: [DONE]');
    expect(text).not.toContain('"error"');
  });

  it.each<[string, Script]>([
    [
      'an answer that is cut off',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
        response.write('{"choices":[', () => response.destroy());
      },
    ],
    [
      'broken JSON between braces',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('{"choices":[{"message":{"content":"a" "b"}}],}');
      },
    ],
    [
      'a switch of protocols',
      (_, response) => {
        response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
      },
    ],
  ])('%s is 502 upstream_invalid_response', async (_, script) => {
    provider.script = script;
    const answer = await chat();
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
      502,
      'upstream_invalid_response',
    ]);
  });
});
