import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const MAX_BYTES = 33_554_432;

interface Reply {
  readonly status: number;
  readonly body: { error: { message: string; code: string; type: string } };
}

describe('request bodies', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start(answerChat());
    gateway = await startTestGateway({
      DATABRICKS_HOST: provider.url,
      DATABRICKS_TOKEN: 'dapi-fake',
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  /** A body of exactly `size` bytes. */
  const bodyOf = (size: number): Buffer => {
    const head = '{"model":"claude-sonnet-4-6","messages":[{"role":"user","content":"';
    const tail = '"}]}';
    return Buffer.from(head + 'a'.repeat(size - head.length - tail.length) + tail);
  };

  const send = (body: Buffer | string, headers: Record<string, string> = {}, chunked = false): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const length = chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const request = httpRequest(
        `${gateway.baseUrl}/v1/chat/completions`,
        {
          method: 'POST',
          headers: {
            authorization: `Bearer ${gateway.token}`,
            'content-type': 'application/json',
            ...length,
            ...headers,
          },
        },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              body: JSON.parse(Buffer.concat(chunks).toString()) as Reply['body'],
            });
          });
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      if (chunked) request.write(body);
      request.end(chunked ? undefined : body);
    });

  it.each([
    ['with Content-Length', false],
    ['chunked', true],
  ])('of exactly 33,554,432 bytes pass %s, one byte more is 413', async (_, chunked) => {
    const exact = bodyOf(MAX_BYTES);
    expect((await send(exact, {}, chunked)).status).toBe(200);
    expect(provider.last.body.length).toBe(MAX_BYTES + 'databricks-'.length);
    const before = provider.seen.length;
    const refused = await send(bodyOf(MAX_BYTES + 1), {}, chunked);
    expect(refused.status).toBe(413);
    expect(refused.body.error).toMatchObject({ message: 'request body too large', code: 'request_too_large' });
    expect(provider.seen).toHaveLength(before);
    expect((await send(bodyOf(200))).status).toBe(200);
  });

  it('compressed are counted inflated', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    expect((await send(gzipSync(bodyOf(MAX_BYTES)), gzip)).status).toBe(200);
    expect((await send(gzipSync(bodyOf(MAX_BYTES + 1)), gzip)).status).toBe(413);
    expect(provider.last.headers['content-encoding']).toBeUndefined();
    const corrupt = await send('not gzip at all', gzip);
    expect(corrupt).toMatchObject({ status: 400, body: { error: { type: 'invalid_request_error' } } });
    expect((await send('{}', { 'content-encoding': 'compress' })).status).toBe(415);
    expect((await send(gzipSync(gzipSync('{}')), { 'content-encoding': 'gzip, gzip' })).status).toBe(415);
  });

  it.each([
    ['an empty body', '', /nothing was found/],
    ['white space', '  \n', /nothing was found/],
    ['a string', '"hi"', /object/i],
    ['a number', '12', /object/i],
    ['an array', '[{"model":"gpt-5"}]', /object/i],
    ['null', 'null', /object/i],
    ['a truncated object', '{"model":"gpt-5","messages":[', /end|truncated|unexpected/i],
    ['NaN', '{"model":"gpt-5","temperature":NaN}', /./],
    ['a trailing comma', '{"model":"gpt-5",}', /./],
    ['a comment', '{"model":"gpt-5" /* secret-words */}', /./],
    ['trailing text', '{"model":"gpt-5"} and more', /./],
    ['two models', '{"model":"gpt-5","model":"claude-opus-4-1"}', /model/],
    ['an escaped key', '{"mod\\u0065l":"gpt-5"}', /model/],
    ['another case of a key', '{"Model":"gpt-5","model":"gpt-5"}', /model/i],
  ])('that are %s are 400, say what is wrong, and echo nothing', async (_, body, message) => {
    const reply = await send(body);
    expect(reply.status).toBe(400);
    expect(reply.body.error.message).toMatch(message);
    expect(reply.body.error.message).not.toContain('secret-words');
    expect(reply.body.error.type).toBe('invalid_request_error');
  });

  it.each([
    ['missing', '{"messages":[]}'],
    ['a number', '{"model":5}'],
    ['null', '{"model":null}'],
    ['empty', '{"model":""}'],
    ['an object', '{"model":{"id":"gpt-5"}}'],
    ['ten kilobytes', JSON.stringify({ model: 'm'.repeat(10_240) })],
  ])('whose model is %s are 400 missing or invalid model', async (_, body) => {
    const reply = await send(body);
    expect(reply).toMatchObject({
      status: 400,
      body: { error: { message: 'missing or invalid model', code: 'invalid_model' } },
    });
  });

  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['application/json; charset=utf-16'],
  ])('sent as %s are 400 and name the header', async contentType => {
    const reply = await send('{"model":"gpt-5"}', { 'content-type': contentType });
    expect(reply.status).toBe(400);
    expect(reply.body.error.message).toMatch(/Content-Type/);
  });

  it('reach the provider byte for byte, but for the model', async () => {
    const body =
      '{ "messages" : [{"role":"user","content":"\\ud83d\\ude00 \\u0000 é"}],\n"n": 1 , "temperature":0.1000,"seed":9007199254740993,' +
      '"unknown":{"__proto__":{"polluted":true},"big":1e999,"neg":-0},"model":\t"glm-5-2" }';
    expect((await send(body)).status).toBe(200);
    expect(provider.last.body.toString()).toBe(body.replace('"glm-5-2"', '"databricks-glm-5-2"'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each(['api_base', 'base_url', 'api_key', 'custom_host', 'extra_headers', 'models', 'fallbacks'])(
    'that say where to go, or with what, are refused, and nobody is asked: %s',
    async field => {
      const before = provider.seen.length;
      const reply = await send(JSON.stringify({ model: 'gpt-5', messages: [], [field]: 'http://127.0.0.1:1' }));
      expect(reply).toMatchObject({ status: 400, body: { error: { type: 'invalid_request_error', param: field } } });
      expect(reply.body.error.message).toContain(`${field} is not supported: `);
      expect(provider.seen).toHaveLength(before);
    },
  );

  it('carry nothing of the caller’s to the provider beside them', async () => {
    const reply = await send(JSON.stringify({ model: 'gpt-5', messages: [] }), {
      cookie: 'a=b',
      'x-databricks-org-id': '7',
      'x-forwarded-for': '9.9.9.9',
    });
    expect(reply.status).toBe(200);
    expect(provider.last.headers['authorization']).toBe('Bearer dapi-fake');
    expect(provider.last.headers['cookie']).toBeUndefined();
    expect(provider.last.headers['x-databricks-org-id']).toBeUndefined();
    expect(JSON.stringify(provider.last.headers)).not.toContain(gateway.token);
  });

  it('are not asked for before the caller may send them', async () => {
    const socket = connect(gateway.port, '127.0.0.1');
    const received: string[] = [];
    socket.on('data', chunk => received.push(chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
        `Authorization: Bearer ${gateway.token}\r\nContent-Length: 34603008\r\nExpect: 100-continue\r\n\r\n`,
    );
    const answer = await eventually(() => received.join('') || null, 'an answer');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).not.toContain('100 Continue');
    socket.destroy();
  });

  it('with Expect: 100-continue are asked for when they are welcome', async () => {
    const reply = await new Promise<number>((resolve, reject) => {
      const body = bodyOf(500);
      const request = httpRequest(`${gateway.baseUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${gateway.token}`,
          'content-type': 'application/json',
          'content-length': body.length,
          expect: '100-continue',
        },
      });
      request.on('continue', () => request.end(body));
      request.on('response', response => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
    });
    expect(reply).toBe(200);
  });
});
