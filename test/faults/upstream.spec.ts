import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { answerChat, answerError, answerStream, chatStream, FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

interface ErrorBody {
  error: { message: string; type: string; code: string };
  error_code: string;
  message: string;
}

const BODY = { model: 'gpt-5-4', messages: [{ role: 'user', content: 'hi' }] };

describe('upstreams that fail', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-canary-provider-key',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_FIRST_BYTE_TIMEOUT_MS: '500',
      BOUGH_CONNECT_TIMEOUT_MS: '500',
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const failure = async (body: object = BODY) => {
    const response = await gateway.chat(body);
    const text = await response.text();
    expect(text).not.toMatch(/sk-canary|127\.0\.0\.1|at .*\.js/);
    return { status: response.status, headers: response.headers, body: JSON.parse(text) as ErrorBody };
  };

  it.each([
    [401, 'upstream_auth_error', 'PERMISSION_DENIED'],
    [403, 'upstream_auth_error', 'PERMISSION_DENIED'],
    [404, 'upstream_model_unavailable', 'RESOURCE_DOES_NOT_EXIST'],
    [408, 'upstream_timeout', 'DEADLINE_EXCEEDED'],
    [500, 'upstream_error', 'INTERNAL_ERROR'],
    [503, 'upstream_overloaded', 'TEMPORARILY_UNAVAILABLE'],
    [504, 'upstream_timeout', 'DEADLINE_EXCEEDED'],
    [529, 'upstream_overloaded', 'TEMPORARILY_UNAVAILABLE'],
  ])('%i becomes 502 %s, and the provider’s own words stay here', async (status, code, flat) => {
    provider.script = answerError(status, {
      error: { message: 'Incorrect API key sk-canary-provider-key at http://127.0.0.1' },
    });
    const reply = await failure();
    expect(reply).toMatchObject({ status: 502, body: { error: { code }, error_code: flat } });
    expect(reply.body.message).toBe(reply.body.error.message);
  });

  it('503 keeps its Retry-After', async () => {
    provider.script = answerError(503, {}, { 'Retry-After': '7' });
    expect((await failure()).headers.get('retry-after')).toBe('7');
  });

  it.each([
    ['OpenAI’s', { error: { message: "'max_tokens' is too large: 900000", type: 'invalid_request_error' } }],
    ['Databricks’', { error_code: 'BAD_REQUEST', message: "'max_tokens' is too large: 900000" }],
    [
      'a JSON string in',
      { error_code: 'X', message: JSON.stringify({ error: { message: "'max_tokens' is too large: 900000" } }) },
    ],
    ['FastAPI’s', { detail: "'max_tokens' is too large: 900000" }],
  ])('400 keeps its status and %s message', async (_, body) => {
    provider.script = answerError(400, body);
    expect(await failure()).toMatchObject({
      status: 400,
      body: {
        error: {
          message: "ai gateway upstream model rejected the request: 'max_tokens' is too large: 900000",
          type: 'invalid_request_error',
          code: 'upstream_rejected',
        },
        error_code: 'BAD_REQUEST',
      },
    });
  });

  it('400 keeps all of its message but keys and our own address', async () => {
    const key = 'sk-canary-provider-key';
    const message =
      `A request with ${key}; Bearer abc.def-ghi~jkl; token: qwertyuiop; dapi0123456789abcdef; ` +
      `asked ${provider.url}/v1/chat/completions. See https://platform.openai.com/docs for details.`;
    provider.script = answerError(400, { error: { message } });
    expect((await failure()).body.message).toBe(
      'ai gateway upstream model rejected the request: A request with [redacted]; [redacted]; [redacted]; [redacted]; ' +
        'asked [redacted]/v1/chat/completions. See https://platform.openai.com/docs for details.',
    );
  });

  it('400 with a very long message is cut at the end of a character', async () => {
    provider.script = answerError(400, { error: { message: `${'z'.repeat(16_383)}🌿${'b'.repeat(100)}` } });
    const { message } = (await failure()).body;
    expect(message.endsWith('z…')).toBe(true);
    expect(message.length).toBeGreaterThan(16_383);
  });

  it('400 with a page for a message says only that', async () => {
    provider.script = answerError(400, { error: { message: '<html><body>nginx</body></html>' } });
    expect((await failure()).body.message).toBe('ai gateway upstream model rejected the request as invalid');
  });

  it('413 stays 413', async () => {
    provider.script = answerError(413, {});
    expect(await failure()).toMatchObject({
      status: 413,
      body: { message: 'ai gateway upstream rejected the request: body too large' },
    });
  });

  it('429 with Google’s retryDelay gets a Retry-After, rounded up', async () => {
    provider.script = answerError(429, { error: { details: [{ retryDelay: '34.4s' }] } });
    expect((await failure()).headers.get('retry-after')).toBe('35');
  });

  it('a redirect is 502, and its target is never asked', async () => {
    const other = await FakeProvider.start(answerChat());
    for (const status of [301, 302, 307, 308]) {
      provider.script = answerError(status, '', { location: `${other.url}/v1/chat/completions` });
      expect((await failure()).status).toBe(502);
    }
    expect(other.seen).toHaveLength(0);
    await other.stop();
  });

  it('headers too large, a broken status line, or none at all are 502', async () => {
    provider.script = answerError(200, '{}', { 'x-large': 'a'.repeat(20_000) });
    expect(await failure()).toMatchObject({ status: 502, body: { error: { code: 'upstream_invalid_response' } } });
    provider.script = (_, response) => {
      response.socket?.end('NOT HTTP AT ALL\r\n\r\n');
    };
    expect((await failure()).status).toBe(502);
    provider.script = (_, response) => {
      response.socket?.end();
    };
    expect((await failure()).status).toBe(502);
  });

  it.each([
    ['truncated JSON', 'application/json', '{"choices":[', { 'content-length': '500' }],
    ['half an object', 'application/json', '{"choices":[', {}],
    ['HTML', 'text/html', '<html>secret</html>', {}],
    ['an array', 'application/json', '[]', {}],
    ['nothing', 'application/json', '', {}],
  ])('a 200 with %s is 502', async (_, type, text, headers) => {
    provider.script = (_seen, response) => {
      response.writeHead(200, { 'content-type': type, ...headers });
      response.write(text, () => ('content-length' in headers ? response.socket?.end() : response.end()));
    };
    const reply = await failure();
    expect(reply.status).toBe(502);
    expect(JSON.stringify(reply.body)).not.toContain('secret');
  });

  it('cookies, hop-by-hop and unknown headers of the provider stay here', async () => {
    provider.script = answerChat('hi', {
      'Set-Cookie': 'a=b',
      Server: 'secret-server',
      'Access-Control-Allow-Origin': '*',
      'x-databricks-workspace': '7',
      'x-ratelimit-limit-requests': '9',
      'x-request-id': 'provider-request-7',
    });
    const response = await gateway.chat(BODY);
    expect(response.status).toBe(200);
    expect([...response.headers.keys()].toSorted()).toEqual([
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
      'x-bough-cost-usd',
      'x-bough-model',
      'x-bough-upstream',
      'x-bough-upstream-request-id',
      'x-ratelimit-limit-requests',
      'x-request-id',
    ]);
    expect(response.headers.get('x-bough-upstream-request-id')).toBe('provider-request-7');
  });

  it('a compressed answer is decoded, streamed or not; a corrupt one is 502', async () => {
    const plain = JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync(plain));
    };
    const response = await gateway.chat(BODY);
    expect(await response.text()).toBe(plain);
    expect(response.headers.get('content-encoding')).toBeNull();

    const stream = chatStream(['a', 'b']);
    provider.script = (_, answer) => {
      answer.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      answer.end(gzipSync(stream));
    };
    const asked = { ...BODY, stream: true, stream_options: { include_usage: true } };
    expect(await (await gateway.chat(asked)).text()).toBe(stream.toString());

    provider.script = (_, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      answer.end('not gzip');
    };
    expect((await failure()).status).toBe(502);
  });

  it('an answer of 8 MiB passes byte for byte and is metered', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    const text = JSON.stringify({ choices: [{ message: { content: 'z'.repeat(8_388_608) } }], usage });
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(text);
    };
    const response = await gateway.chat(BODY);
    expect(await response.text()).toBe(text);
    const rows = await eventually(async () => {
      const found = await gateway.sql('SELECT * FROM usage_records WHERE request_id = $1', [
        response.headers.get('x-request-id'),
      ]);
      return found.length > 0 && found;
    }, 'the record');
    expect(rows[0]).toMatchObject({ input_tokens: '3', output_tokens: '4', estimated: false });
  });

  it('an answer of 8 MiB that speaks of an error tells no key', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    const choices = [{ message: { content: 'z'.repeat(8_388_608) } }];
    const text = JSON.stringify({ choices, error: 'of KEY here', usage });
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(text.replace('KEY', 'sk-canary-provider-key'));
    };
    expect(await (await gateway.chat(BODY)).text()).toBe(text.replace('KEY', '[redacted]'));
  });

  it('an idle connection that the provider closed is replaced without the caller’s noticing', async () => {
    provider.script = answerChat();
    for (let round = 0; round < 3; round += 1) {
      expect((await gateway.chat(BODY)).status).toBe(200);
      for (const socket of provider.sockets) socket.destroy();
    }
  });

  it('usage that the provider does not tell is estimated and marked so', async () => {
    provider.script = answerStream([chatStream(['some words of ', 'an answer that was ', 'not counted'], null)]);
    const response = await gateway.chat({ ...BODY, stream: true });
    await response.text();
    const rows = await eventually(async () => {
      const found = await gateway.sql('SELECT * FROM usage_records WHERE request_id = $1', [
        response.headers.get('x-request-id'),
      ]);
      return found.length > 0 && found;
    }, 'the record');
    expect(rows[0]?.['estimated']).toBe(true);
    expect(Number(rows[0]?.['output_tokens'])).toBeGreaterThanOrEqual(5);
    expect(Number(rows[0]?.['output_tokens'])).toBeLessThan(30);
  });

  describe('of another address', () => {
    const stored = async (baseUrl: string, model: string, name: string, priority = 1) => {
      const reply = await gateway.manage<{ id: string }>('POST', '/admin/upstreams', {
        name,
        kind: 'openai-compatible',
        base_url: baseUrl,
        secret: 'sk-canary-stored-key',
        routes: [{ model, upstream_model: 'their-name', priority }],
      });
      expect(reply.status).toBe(201);
      return reply.body.id;
    };
    const ask = (model: string) => failure({ ...BODY, model });

    it('refused connections are upstream_unreachable', async () => {
      await stored('http://127.0.0.1:9/v1', 'kimi-k3', 'closed');
      expect(await ask('kimi-k3')).toMatchObject({
        status: 502,
        body: { error: { code: 'upstream_unreachable', message: 'upstream request failed' } },
      });
    });

    it('unknown hosts are upstream_unreachable', async () => {
      await stored('https://does-not-exist.invalid/v1', 'glm-5-2', 'nowhere');
      expect((await ask('glm-5-2')).body.error.code).toBe('upstream_unreachable');
    });

    it('plain bytes where TLS is expected are a 502, and the key is never sent', async () => {
      let received = '';
      const server = createTcpServer(socket => {
        socket.on('data', chunk => {
          received += chunk.toString('latin1');
          socket.end('HTTP/1.1 200 OK\r\n\r\n');
        });
        socket.on('error', () => undefined);
      });
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      await stored(`https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, 'gemma-3-12b', 'no-tls');
      expect((await ask('gemma-3-12b')).body.error.code).toBe('upstream_tls_error');
      expect(received).not.toContain('sk-canary');
      server.close();
    });

    it('a TLS server without a certificate is upstream_tls_error', async () => {
      const server = createTlsServer({}, (_, response) => response.end());
      server.on('tlsClientError', () => undefined);
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      await stored(`https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, 'inkling', 'bare-tls');
      expect((await ask('inkling')).body.error.code).toBe('upstream_tls_error');
      server.close();
    });

    it('the next target answers when the first is away, under its own name for the model', async () => {
      const second = await FakeProvider.start(answerChat('from the second'));
      await stored('http://127.0.0.1:9/v1', 'llama-4-maverick', 'first', 1);
      await stored(`${second.url}/v1`, 'llama-4-maverick', 'second', 2);
      const response = await gateway.chat({ ...BODY, model: 'llama-4-maverick' });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-bough-upstream')).toBe('second');
      expect(response.headers.get('x-bough-model')).toBe('llama-4-maverick');
      expect(JSON.parse(second.last.body.toString())).toMatchObject({ model: 'their-name' });
      expect(second.last.headers['authorization']).toBe('Bearer sk-canary-stored-key');
      await second.stop();
    });

    it('the sandbox serves only what nothing real serves', async () => {
      const sandbox = await gateway.chat({ ...BODY, model: 'claude-haiku-4-5' });
      expect(sandbox.headers.get('x-bough-upstream')).toBe('sandbox');
      const down = await FakeProvider.start(answerError(500, {}));
      await stored(`${down.url}/v1`, 'claude-haiku-4-5', 'real');
      expect((await ask('claude-haiku-4-5')).status).toBe(502);
      await down.stop();
    });
  });
});
