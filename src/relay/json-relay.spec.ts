import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { TokenCounts } from '../dialects/token-counts.js';
import { KnownSecrets } from '../platform/known-secrets.js';
import type { AnswerHeaders } from '../upstream/answer-headers.js';
import type { BodySink, Exchange } from '../upstream/exchange.js';
import type { Answer } from '../upstream/upstream.service.js';
import { ClientConnection } from './client-connection.js';
import { WHOLE_UP_TO_BYTES } from './json-core.js';
import type { JsonRelayRules } from './json-relay-rules.js';
import { relayJson } from './json-relay.js';

const HEADERS = { contentType: 'application/json', contentEncoding: '', contentLength: null } as AnswerHeaders;

/** Relays an answer of these chunks; what its caller gets, and what came of it. */
async function relay(
  chunks: readonly string[],
  rules: Partial<JsonRelayRules> = {},
  headers: Partial<AnswerHeaders> = {},
) {
  const told: string[] = [];
  const response = Object.assign(new EventEmitter(), {
    ...{ destroyed: false, writableFinished: true, socket: null, req: { socket: new EventEmitter() } },
    ...{ getHeaderNames: () => ['x-request-id'], getHeader: () => 7 },
    writeHead: (status: number, list: string[]) => void told.push(`${status} ${list.join(' ')}`),
    write: (bytes: Buffer) => (told.push(`write ${bytes.length}`), true),
    end: (bytes: Buffer) => void told.push(`end ${bytes.toString()}`),
  });
  const exchange = {
    attach: (sink: BodySink) => {
      for (const chunk of chunks) sink.data(Buffer.from(chunk));
      sink.end();
    },
    ...{ abort: () => undefined, leave: () => undefined, pause: () => undefined, resume: () => undefined },
  } as unknown as Exchange;
  const all: JsonRelayRules = {
    usageFields: { usage: null },
    readUsage: ({ usage }) => (usage === undefined ? null : ({ output: usage } as TokenCounts)),
    ...{ rewrite: null, hold: null, readState: null, maxBytes: 1e9 },
    readFailure: () => null,
    scrub: bytes => Buffer.from(bytes.toString().replace('secret', 'hidden')),
    headers: () => [['x-own', '1']],
    settle: () => Promise.resolve(),
    ...rules,
  };
  const outcome = relayJson(
    { exchange, headers: { ...HEADERS, ...headers }, secrets: KnownSecrets.NONE } as Answer,
    new ClientConnection(response as unknown as ServerResponse, 60_000),
    all,
    { totalMs: 60_000, disconnectDrain: { withinMs: 0, maxBytes: 0 } },
  );
  const [settled] = await Promise.allSettled([outcome]);
  return { told, settled };
}

const head = (length: string) => `200 content-type application/json${length} x-own 1 x-request-id 7`;

describe('an answer that is not streamed', () => {
  it('goes on whole, with its length, without what its caller must not see', async () => {
    const { told, settled } = await relay(['{"usage":7,', '"a":"secret"}']);
    expect(told).toEqual([head(' content-length 24'), 'end {"usage":7,"a":"hidden"}']);
    expect(settled).toMatchObject({ value: { status: 'completed', usage: { output: 7 }, silentMs: 0 } });
  });

  it.each<[string, (body: Buffer) => Buffer | Promise<Buffer>]>([
    ['at once', body => Buffer.from(`made of ${body.length}, secret`)],
    ['later', async body => Promise.resolve(Buffer.from(`made of ${body.length}, secret`))],
  ])('is rewritten %s, and then looked through', async (_, rewrite) => {
    const { told } = await relay(['{}'], { rewrite });
    expect(told).toEqual([head(' content-length 17'), 'end made of 2, hidden']);
  });

  it('goes on as it comes where it is large, unless it is rewritten', async () => {
    const large = JSON.stringify({ a: 'x'.repeat(WHOLE_UP_TO_BYTES) });
    expect((await relay([large])).told).toEqual([head(''), `write ${large.length}`, 'end ']);
    const rewrite = () => Buffer.from('made');
    expect((await relay([large], { rewrite })).told).toEqual([head(' content-length 4'), 'end made']);
  });

  it.each([true, false])('gives back the memory that was held for it, where that is counted: %p', async counted => {
    const hold = { take: jest.fn(() => null), release: jest.fn() };
    const rewrite = () => Buffer.from('made');
    await relay(['{"a":', '1}'], { rewrite, hold: counted ? hold : null });
    expect(hold.take.mock.calls).toEqual(counted ? [[5], [2]] : []);
    expect(hold.release).toHaveBeenCalledTimes(counted ? 1 : 0);
  });

  it.each([
    ['application/json', true],
    ['application/problem+json', true],
    ['text/html', false],
    ['+json-seq', false],
    ['application/json-seq', false],
  ])('of the type %s is read: %p', async (contentType, isRead) => {
    const { settled } = await relay(['{}'], {}, { contentType });
    expect(settled.status).toBe(isRead ? 'fulfilled' : 'rejected');
  });
});
