/** The inference routes answered past Express, as the server does, and through it, as Nest declares them: the same answers. */
import type { GatewayExpressAdapter } from '../../src/platform/http/express.adapter.js';
import type { DirectRoutes } from '../../src/platform/http/direct-routes.js';
import { askRaw, DIALECT_CALLS, type DialectCall, type RawReply, type RawRequest } from '../support/dialect-calls.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const VOLATILE = /^(?:date|x-request-id|request-id|x-bough-upstream-request-id|x-ratelimit-(?:remaining|reset)-.*)$/;
const MODELS = ['gpt-5-4', 'claude-haiku-4-5', 'gemini-3-5-flash'];
const FAULTS = ['status=500', 'status=429; retry-after=3', 'status=529', 'status=401', 'reset', 'html', 'gzip=corrupt'];
const STREAM_FAULTS = ['cut=1', 'end=1', 'error-event=1', 'garbage=1', 'json-when-stream'];

/** Without what differs between any two answers: ids, times, and what is left of a limit. */
function comparable({ status, headers, text, complete }: RawReply) {
  const id = String(headers['x-request-id'] ?? '-');
  const kept = Object.entries(headers).map(([name, value]) => [name, VOLATILE.test(name) ? '*' : value]);
  const body = text
    .replaceAll(id, '<request>')
    .replace(/"(id|responseId|item_id|response_id|call_id|obfuscation)":\s*"[^"]*"/g, '"$1":"*"')
    .replace(/"(created|created_at|completed_at)":\s*[\d.]+/g, '"$1":0')
    .replace(/\b(?:msg|resp|chatcmpl|rs|fc|call|toolu)_?-?[\w-]{8,}/g, '*');
  return { status, headers: Object.fromEntries(kept), body, complete };
}

function withHeaders(request: RawRequest, headers: Record<string, string>): RawRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}

const manyHeaders = () => Object.fromEntries(Array.from({ length: 260 }, (_, index) => [`x-many-${index}`, '1']));

describe('an inference request', () => {
  let gateway: TestGateway;
  let adapter: GatewayExpressAdapter;
  let direct: DirectRoutes | null;
  beforeAll(async () => {
    gateway = await startTestGateway({
      BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '100000',
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '1000000000',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '1000000000',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '1000000',
    });
    adapter = gateway.bough.app.getHttpAdapter() as unknown as GatewayExpressAdapter;
    direct = adapter.direct;
  });
  afterAll(() => gateway.stop());

  async function expectTheSame(request: RawRequest, mustBeDirect = true): Promise<RawReply> {
    if (direct === null) throw new Error('no direct routes');
    const answer = jest.spyOn(direct, 'answer');
    adapter.direct = direct;
    const past = await askRaw(gateway.port, request);
    expect(answer.mock.results.map(({ value }) => value as boolean)).toEqual([mustBeDirect]);
    answer.mockRestore();
    adapter.direct = null;
    const through = await askRaw(gateway.port, request);
    expect(comparable(past)).toEqual(comparable(through));
    return past;
  }

  const call = ({ path, streamPath, body }: DialectCall, model: string, stream: boolean): RawRequest => {
    const inPath = path.includes('%');
    return {
      method: 'POST',
      path: (stream ? streamPath : path).replace('%', model),
      headers: { authorization: `Bearer ${gateway.token}` },
      body: { ...body(model), ...(stream && !inPath ? { stream } : {}) },
    };
  };

  for (const each of DIALECT_CALLS) {
    const models = each.dialect === 'embeddings' ? [each.model] : MODELS;
    for (const stream of each.dialect === 'embeddings' ? [false] : [false, true]) {
      for (const model of models) {
        it(`of ${each.dialect}${stream ? ', streamed,' : ''} to ${model} is answered the same`, async () => {
          const { status } = await expectTheSame(call(each, model, stream));
          // Chat Completions asks every model; the others those of their maker.
          const served = each.dialect === 'chat_completions' || model === each.model;
          expect(status).toBe(served ? 200 : 400);
        });
      }
      it.each(stream ? [...FAULTS, ...STREAM_FAULTS] : FAULTS)(
        `of ${each.dialect}${stream ? ', streamed,' : ''} fails the same with '%s'`,
        async fault => {
          const request = withHeaders(call(each, each.model, stream), { 'x-bough-sandbox-fault': fault });
          const { status, complete } = await expectTheSame({ ...request, mayBreak: true });
          expect(status >= 429 || !complete).toBe(true);
        },
      );
    }

    const broken: [string, (request: RawRequest) => RawRequest][] = [
      ['without a credential', request => ({ ...request, headers: {} })],
      ['with a wrong credential', request => ({ ...request, headers: { authorization: 'Bearer nt_live_fake' } })],
      ['with two credentials', request => withHeaders(request, { 'x-api-key': 'nt_live_other' })],
      ['with a host that is no branch', request => withHeaders(request, { host: 'a.b.c.d.example' })],
      [
        'on a branch by its path',
        request => ({ ...request, path: `/branches/${gateway.mainBranchId}${request.path}` }),
      ],
      ['on an unknown branch', request => ({ ...request, path: `/branches/nowhere${request.path}` })],
      ['that is no JSON', request => ({ ...request, body: '{"model":' })],
      ['that is no object', request => ({ ...request, body: '[]' })],
      ['of another content type', request => withHeaders(request, { 'content-type': 'text/plain' })],
      ['packed in an unknown way', request => withHeaders(request, { 'content-encoding': 'compress' })],
      ['to an unknown model', () => call(each, 'no-such-model', false)],
      ['that is strict', request => withHeaders(request, { 'x-bough-strict': 'perhaps' })],
      ['that is empty', request => ({ ...request, body: '' })],
      ['that says it is too large', request => withHeaders(request, { 'content-length': '99999999' })],
      ['that is not what its coding says', request => withHeaders(request, { 'content-encoding': 'gzip' })],
      ['in chunks', request => withHeaders(request, { 'transfer-encoding': 'chunked' })],
      ['with too many headers', request => withHeaders(request, manyHeaders())],
      ['whose model is asked for twice', request => ({ ...request, body: '{"model":"a","model":"b"}' })],
      ['that waits to be asked for its body', request => withHeaders(request, { expect: '100-continue' })],
      [
        'with a query',
        request => ({ ...request, path: `${request.path}${request.path.includes('?') ? '&' : '?'}x=%41` }),
      ],
      ['with an unmet expectation', request => withHeaders(request, { expect: 'miracle' })],
    ];
    it.each(broken)(`of ${each.dialect} %s is answered the same`, async (_, change) => {
      await expectTheSame(change(call(each, each.model, false)));
    });
  }

  it.each([
    ['a count of Claude’s tokens', '/anthropic/v1/messages/count_tokens', { model: 'claude-haiku-4-5', messages: [] }],
    ['a count of Gemini’s tokens', '/gemini/v1beta/models/gemini-3-5-flash:countTokens', { contents: [] }],
    [
      'a Gemini stream as one list',
      '/gemini/v1/models/gemini-3-5-flash:streamGenerateContent',
      { contents: [{ parts: [{ text: 'hi' }] }] },
    ],
    ['an action that Gemini has not', '/gemini/v1/models/gemini-3-5-flash:think', {}],
    ['a path that is no model of Gemini’s', '/gemini/v1/models/gemini-3-5-flash', {}],
    ['a model of Gemini’s with a sign', '/gemini/v1/models/gemini%2D3-5-flash:generateContent', { contents: [] }],
  ])('%s is answered the same', async (_, path, body) => {
    await expectTheSame({ method: 'POST', path, headers: { authorization: `Bearer ${gateway.token}` }, body });
  });

  it.each([
    ['GET', '/v1/chat/completions'],
    ['POST', '/v1/chat/completions/'],
    ['POST', '/V1/chat/completions'],
    ['POST', '/v1/chat%2Fcompletions'],
    ['POST', '/gemini/v1/models/a/b:generateContent'],
    ['POST', '/api/v2/projects'],
  ])('%s %s is left to Express', async (method, path) => {
    await expectTheSame({ method, path, headers: { authorization: `Bearer ${gateway.token}` } }, false);
  });
});
