/**
 * A provider that answers 200 and tells a failure in the answer: in the place of it, or before its first word in a stream.
 * It is what the same words beside a status would be: another target is asked, and the last one's failure is the caller's.
 */
import { answerChat, answerStream, chatStream, FakeProvider, type Script } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'gpt-5-4';
const json =
  (body: object | string, headers: Record<string, string> = {}): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
const stream = (...events: string[]): Script => answerStream([Buffer.from(events.join(''))]);
const frame = (data: object, name?: string) =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
const choice = (delta: object, finish: string | null = null) =>
  frame({ id: 'c', choices: [{ index: 0, delta, finish_reason: finish }] });

interface Ledger {
  status: string;
  http_status: number;
  upstream: string;
  output_tokens: string;
}

describe('a failure that is told in an answer of 200', () => {
  let gateway: TestGateway;
  let first: FakeProvider;
  let second: FakeProvider;

  beforeAll(async () => {
    [first, second] = await Promise.all([FakeProvider.start(), FakeProvider.start()]);
    // The first one fails in every test, and is to be asked in each.
    gateway = await startTestGateway({ BOUGH_CIRCUIT_FAILURE_PERCENT: '0' });
    for (const [name, provider, priority] of [
      ['first', first, 1],
      ['second', second, 2],
    ] as const) {
      const { status } = await gateway.manage('POST', '/admin/upstreams', {
        ...{ name, kind: 'openai-compatible', base_url: `${provider.url}/v1`, secret: 'sk-fake' },
        routes: [{ model: MODEL, priority }],
      });
      expect(status).toBe(201);
    }
  });

  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([first?.stop(), second?.stop()]);
  });

  const PATHS = { chat: '/v1/chat/completions', messages: '/anthropic/v1/messages', responses: '/openai/v1/responses' };
  const bodyOf = (caller: keyof typeof PATHS, streamed: boolean) => ({
    model: MODEL,
    ...(streamed && { stream: true }),
    ...(caller === 'responses' ? { input: 'Hi' } : { max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  const ask = (caller: keyof typeof PATHS, streamed: boolean) =>
    fetch(`${gateway.baseUrl}${PATHS[caller]}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(caller, streamed)),
    });
  const openAll = async () => {
    const dialects = ['chat_completions', 'anthropic_messages', 'openai_responses'];
    expect((await gateway.manage('PATCH', `/admin/models/${MODEL}`, { dialects })).status).toBe(200);
  };

  const overloaded = { error: { message: 'Provider returned error', code: 503 } };
  const TOLD: readonly (readonly [string, boolean, Script])[] = [
    ['an error with a numeric code', false, json({ error: { message: 'Provider returned error', code: 429 } })],
    ['an error with a word', false, json({ error: { message: 'Busy', type: 'overloaded_error', code: null } })],
    ['the flat form', false, json({ error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'Busy' })],
    ['an error of a great many words', false, json({ error: { message: 'y'.repeat(400_000), code: 429 } })],
    ['an error before much else', false, json({ error: { message: 'Busy', code: 429 }, more: 'y'.repeat(400_000) })],
    ['choices that are null', false, json({ id: 'c', object: 'chat.completion', choices: null })],
    ['no choices', false, json({ id: 'c', object: 'chat.completion', choices: [] })],
    ['an error frame at once', true, stream(frame(overloaded))],
    ['an error frame behind a role', true, stream(choice({ role: 'assistant', content: '' }), frame(overloaded))],
    ['JSON in the place of a stream', true, json(overloaded)],
    ['a named error event', true, stream(frame({ message: 'Busy', code: 'rate_limit_exceeded' }, 'error'))],
  ];

  describe.each(['chat', 'messages', 'responses'] as const)('asked through %s', caller => {
    beforeAll(openAll);

    it.each(TOLD)('%s (stream: %s): the next target answers', async (_, streamed, script) => {
      first.script = script;
      second.script = streamed ? answerStream([chatStream(['Well.'])]) : answerChat('Well.');
      const [before, after] = [first.seen.length, second.seen.length];

      const reply = await ask(caller, streamed);

      expect(reply.status).toBe(200);
      expect(await reply.text()).toContain('Well.');
      expect(reply.headers.get('x-bough-upstream')).toBe('second');
      expect([first.seen.length - before, second.seen.length - after]).toEqual([1, 1]);
      const requestId = reply.headers.get('x-request-id');
      const rows = await gateway.sql<Ledger>(
        'SELECT status, http_status, upstream, output_tokens FROM usage_records WHERE request_id = $1',
        [requestId],
      );
      // Written behind the answer: there may be none yet, and never two.
      expect(rows.length).toBeLessThanOrEqual(1);
      for (const row of rows) expect(row).toMatchObject({ status: 'completed', upstream: 'second' });
    });

    it.each([
      ['rate limits', { message: 'Busy', code: 429 }, 429, /over capacity/],
      ['overload', { message: 'Busy', type: 'overloaded_error' }, caller === 'messages' ? 529 : 502, /over capacity/],
      ['what nobody knows', { message: 'It broke', code: 'strange_thing' }, 502, /model error/],
      ['the request', { message: 'prompt is too long', code: 'context_length_exceeded' }, 400, /prompt is too long/],
    ] as const)('tells the last target’s failure by its meaning: %s', async (_, error, status, words) => {
      for (const streamed of [false, true]) {
        first.script = second.script = streamed ? stream(frame({ error })) : json({ error });
        const reply = await ask(caller, streamed);
        const text = await reply.text();
        expect({ streamed, status: reply.status, text }).toMatchObject({ streamed, status });
        expect(text).toMatch(words);
        if (status !== 400) continue;
        // The request is to blame, so nobody else is asked, and agents find the provider's own code.
        expect(reply.headers.get('x-bough-upstream')).toBe('first');
        expect(JSON.parse(text)).toMatchObject({ error: { code: 'context_length_exceeded' } });
        expect(reply.headers.get('x-bough-error-code')).toBe('upstream_rejected');
      }
    });

    it('stays an event of the stream once a word was sent, with its meaning', async () => {
      first.script = stream(choice({ role: 'assistant', content: 'Half' }), frame(overloaded));
      const reply = await ask(caller, true);
      expect(reply.status).toBe(200);
      const text = await reply.text().catch((error: Error) => `broken: ${error.message}`);
      if (!text.startsWith('broken')) expect(text).not.toMatch(/\[DONE\]|message_stop|response\.completed/);
    });
  });

  it('is one where vectors are missing: an answer has as many as there are texts', async () => {
    const routes = [{ model: 'gte-large-en', priority: 1 }];
    const sent = {
      ...{ name: 'vectors', kind: 'openai-compatible' },
      base_url: `${second.url}/v1`,
      secret: 'sk-fake',
      routes,
    };
    expect((await gateway.manage('POST', '/admin/upstreams', sent)).status).toBe(201);
    const embed = (input: unknown) =>
      fetch(`${gateway.baseUrl}/v1/embeddings`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gte-large-en', input }),
      });
    const vector = (index: number) => ({ object: 'embedding', index, embedding: [0.5] });
    const usage = { prompt_tokens: 2, total_tokens: 2 };
    second.script = json({ object: 'list', model: 'm', data: [vector(0)], usage });
    expect((await embed(['"embedding": 1'])).status).toBe(200);
    const short = await embed(['a', 'b']);
    expect([short.status, short.headers.get('x-bough-error-code') ?? '']).toEqual([502, expect.any(String)]);
    second.script = json({ object: 'list', model: 'm', data: [vector(0), vector(1)], usage });
    expect((await embed(['a', 'b'])).status).toBe(200);
  });

  it('reads the words of a compressed error', async () => {
    const { gzipSync, brotliCompressSync, deflateSync } = await import('node:zlib');
    const body = JSON.stringify({ error: { message: 'prompt is too long', code: 'context_length_exceeded' } });
    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['br', brotliCompressSync],
      ['deflate', deflateSync],
    ] as const) {
      first.script = (_, response) => {
        response.writeHead(400, { 'content-type': 'application/json', 'content-encoding': encoding });
        response.end(compress(body));
      };
      const reply = await ask('chat', false);
      expect({ encoding, status: reply.status }).toEqual({ encoding, status: 400 });
      expect(await reply.text()).toContain('prompt is too long');
    }
  });
});
