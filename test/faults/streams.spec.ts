import { once } from 'node:events';
import { connect } from 'node:net';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { answerStream, chatStream, FakeProvider, USAGE } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

interface Relayed {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** false when the connection broke before the end */
  readonly whole: boolean;
}

describe('streams', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
      BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '0',
      BOUGH_IDLE_TIMEOUT_MS: '700',
      BOUGH_FIRST_BYTE_TIMEOUT_MS: '700',
      BOUGH_KEEP_ALIVE_COMMENT_MS: '150',
      BOUGH_WRITE_STALL_TIMEOUT_MS: '600',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const body = JSON.stringify({
    model: 'gpt-5-4',
    messages: [{ role: 'user', content: 'hi' }],
    stream: true,
    stream_options: { include_usage: true },
  });

  const stream = (onResponse?: (response: IncomingMessage) => void): Promise<Relayed> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(`${gateway.baseUrl}/v1/chat/completions`, {
        method: 'POST',
        agent: false,
        headers: {
          authorization: `Bearer ${gateway.token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      });
      request.on('error', reject);
      request.on('response', response => {
        onResponse?.(response);
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        const done = (whole: boolean) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), whole });
        response.on('end', () => done(response.complete));
        response.on('error', () => done(false));
      });
      request.end(body);
    });

  const recorded = chatStream(['Bran', 'ches ', '🌿 grow', ' über', ' "quotes" \n data: [DONE]']);

  it('cut at every byte offset are relayed identically', async () => {
    for (let offset = 1; offset < recorded.length; offset += 1) {
      provider.script = answerStream([recorded.subarray(0, offset), recorded.subarray(offset)]);
      const relayed = await stream();
      if (!relayed.body.equals(recorded) || !relayed.whole) throw new Error(`differs when cut at ${offset}`);
    }
  }, 60_000);

  it('that arrive byte by byte are relayed identically', async () => {
    provider.script = answerStream([...recorded].map(byte => Buffer.of(byte)));
    const relayed = await stream();
    expect(relayed.body.equals(recorded)).toBe(true);
    expect(relayed.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
  });

  it('deliver each event as it comes', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    const cut = recorded.indexOf('\n\n') + 2;
    provider.script = async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(recorded.subarray(0, cut));
      await gate;
      response.end(recorded.subarray(cut));
    };
    let seen = 0;
    const relayed = stream(response => {
      response.on('data', (chunk: Buffer) => {
        seen += chunk.length;
        if (seen >= cut) release();
      });
    });
    expect((await relayed).body.equals(recorded)).toBe(true);
  });

  const lastEvent = (text: string) =>
    JSON.parse(
      text
        .trimEnd()
        .split('\n\n')
        .at(-1)
        ?.replace(/^data: /, '') ?? '',
    );

  it('whose upstream dies after any event end with the in-band error and a broken connection', async () => {
    const events = recorded.toString().split(/(?<=\n\n)/);
    for (let count = 1; count < events.length; count += 1) {
      const sent = Buffer.from(events.slice(0, count).join(''));
      provider.script = (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sent, () => response.socket?.resetAndDestroy());
      };
      const relayed = await stream();
      expect(relayed.whole).toBe(false);
      expect(relayed.body.subarray(0, sent.length).equals(sent)).toBe(true);
      expect(lastEvent(relayed.body.toString())).toMatchObject({
        error: { code: expect.stringMatching(/^upstream_/) },
      });
      expect(relayed.body.subarray(sent.length).toString()).not.toContain('[DONE]');
    }
  });

  it.each([
    ['without [DONE]', recorded.subarray(0, recorded.indexOf('data: [DONE]'))],
    [
      'with [DONE] but no finish_reason',
      Buffer.from(recorded.toString().replace('"finish_reason":"stop"', '"finish_reason":null')),
    ],
    ['in the middle of an event', recorded.subarray(0, 300)],
  ])('that end cleanly %s are no success', async (_, bytes) => {
    provider.script = answerStream([bytes]);
    const relayed = await stream();
    expect(relayed.whole).toBe(false);
    expect(relayed.body.toString()).not.toMatch(/^data: \[DONE\]/m);
    expect(lastEvent(relayed.body.toString())).toMatchObject({ error: { code: 'upstream_truncated' } });
  });

  it('that are silent for longer than the idle timeout end with upstream_timeout, after keep-alives', async () => {
    const cut = recorded.indexOf('\n\n') + 2;
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(recorded.subarray(0, cut));
    };
    const relayed = await stream();
    expect(relayed.whole).toBe(false);
    expect(relayed.body.toString()).toContain(': keep-alive\n\n');
    expect(lastEvent(relayed.body.toString())).toMatchObject({ error: { code: 'upstream_timeout' } });
  });

  it('that pause for less are completed, with comments in the pause only', async () => {
    const cut = recorded.indexOf('\n\n') + 2;
    provider.script = async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(recorded.subarray(0, cut));
      await new Promise(resolve => setTimeout(resolve, 400));
      response.end(recorded.subarray(cut));
    };
    const relayed = await stream();
    expect(relayed.whole).toBe(true);
    expect(relayed.body.toString().replaceAll(': keep-alive\n\n', '')).toBe(recorded.toString());
    expect(relayed.body.toString()).toContain(': keep-alive\n\n');
  });

  it.each([
    ['answers JSON instead', 'application/json', '{"choices":[]}'],
    ['answers HTML', 'text/html', '<html>secret</html>'],
  ])('whose upstream %s are 502', async (_, type, text) => {
    provider.script = (_seen, response) => {
      response.writeHead(200, { 'content-type': type });
      response.end(text);
    };
    const relayed = await stream();
    expect(relayed.status).toBe(502);
    expect(relayed.body.toString()).not.toContain('secret');
    expect(JSON.parse(relayed.body.toString())).toMatchObject({ error: { code: 'upstream_invalid_response' } });
  });

  it('whose upstream never answers are 502 upstream_timeout, and its connection is closed', async () => {
    provider.script = () => undefined;
    const relayed = await stream();
    expect(relayed.status).toBe(502);
    expect(JSON.parse(relayed.body.toString())).toMatchObject({
      error: { code: 'upstream_timeout' },
      error_code: 'DEADLINE_EXCEEDED',
    });
    await eventually(() => provider.sockets.size === 0, 'the upstream connection is closed');
  });

  it('stop the upstream at once when the caller leaves, streamed or not', async () => {
    for (const streaming of [true, false]) {
      provider.script = (_, response) => {
        if (!streaming) return;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(recorded.subarray(0, recorded.indexOf('\n\n') + 2));
      };
      const before = { aborted: provider.aborted, seen: provider.seen.length };
      const socket = connect(gateway.port, '127.0.0.1');
      const text = body.replace('"stream":true', `"stream":${streaming}`);
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${gateway.token}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      );
      await eventually(() => provider.seen.length > before.seen, 'the provider is asked');
      if (streaming) await new Promise(resolve => socket.once('data', resolve));
      socket.destroy();
      // Before any of the timeouts could have ended it.
      await eventually(() => provider.aborted > before.aborted, 'the provider sees the end', 600);
    }
  });

  it('do not pile up for a caller who does not read, who is let go after the stall timeout', async () => {
    const event = Buffer.from(`data: ${JSON.stringify({ choices: [{ delta: { content: 'x'.repeat(60_000) } }] })}\n\n`);
    let written = 0;
    provider.script = async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const gone = once(response, 'close');
      while (!response.destroyed && written < 200_000_000) {
        written += event.length;
        if (!response.write(event)) {
          await Promise.race([once(response, 'drain'), gone]);
        }
      }
    };
    const before = provider.aborted;
    const socket = connect(gateway.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${gateway.token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    await eventually(() => provider.aborted > before, 'the upstream is let go', 8_000);
    expect(written).toBeLessThan(40_000_000);
    socket.destroy();
  });

  it('leave one usage record each, with the provider’s own figures', async () => {
    provider.script = answerStream([chatStream(['one ', 'two'])]);
    const response = await gateway.chat({ model: 'gpt-5-4', messages: [], stream: true });
    const requestId = response.headers.get('x-request-id');
    expect(await response.text()).toContain('[DONE]');
    const rows = await eventually(async () => {
      const found = await gateway.sql('SELECT * FROM usage_records WHERE request_id = $1', [requestId]);
      return found.length > 0 && found;
    }, 'the usage record');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      status: 'completed',
      http_status: 200,
      input_tokens: String(USAGE.prompt_tokens),
      output_tokens: String(USAGE.completion_tokens),
      estimated: false,
      upstream: 'openai',
      upstream_model: 'gpt-5.4',
      // 12 × 2,500 + 5 × 15,000 nano-dollars
      cost_nano_usd: '105000',
    });
  });
});
