import { GatewayError } from '../errors/gateway-error.js';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { StreamTap } from '../dialects/stream-tap.js';
import { chunkFrame } from '../../test/support/event-stream-frames.js';
import type { AnswerHeaders } from '../upstream/answer-headers.js';
import type { BodySink, Exchange } from '../upstream/exchange.js';
import type { Answer } from '../upstream/upstream.service.js';
import { ActiveStreams } from './active-streams.js';
import { ClientConnection } from './client-connection.js';
import { relayStream } from './stream-relay.js';

const TAP = {
  ...{
    usage: null,
    usageFinal: false,
    spoke: true,
    ending: false,
    done: false,
    stopped: false,
    failed: false,
    failure: null,
  },
  ...{ malformed: false, atLineStart: true, atEventBoundary: true },
  push: (chunk: Buffer) => chunk,
  end: () => ({ complete: true, tail: Buffer.alloc(0) }),
  streamedText: () => ({ text: '', factor: 1, begun: true }),
} as unknown as StreamTap;

/** Relays one chunk of such a type; what its caller gets, and what came of it. */
async function relay(contentType: string, chunk: Buffer, framing?: 'aws-event-stream') {
  const told: string[] = [];
  const response = Object.assign(new EventEmitter(), {
    ...{ destroyed: false, writableFinished: true, socket: null, req: { socket: new EventEmitter() } },
    ...{ getHeaderNames: () => ['x-request-id'], getHeader: () => 7 },
    writeHead: (status: number, list: string[]) => void told.push(`${status} ${list.join(' ')}`),
    write: (bytes: Buffer) => (told.push(bytes.toString()), true),
    end: () => void told.push('end'),
  });
  const exchange = {
    attach: (sink: BodySink) => {
      sink.data(chunk);
      sink.end();
    },
    ...{ abort: () => undefined, leave: () => undefined, pause: () => undefined, resume: () => undefined },
  } as unknown as Exchange;
  const headers = { contentType, contentEncoding: '', contentLength: null } as AnswerHeaders;
  const active = new ActiveStreams();
  const outcome = relayStream(
    { exchange, headers, framing } as Answer,
    new ClientConnection(response as unknown as ServerResponse, 60_000),
    {
      ...{ contentType: 'text/event-stream', comment: ': here', maxBytes: 1e9 },
      createTap: () => TAP,
      failureError: () => new GatewayError('upstream_overloaded'),
      encodeError: error => Buffer.from(error.code),
      headers: () => [['x-own', '1']],
      settle: () => Promise.resolve(),
    },
    {
      ...{ totalMs: 60_000, keepAliveCommentMs: 30_000, askedAt: performance.now() },
      disconnectDrain: { withinMs: 0, maxBytes: 0 },
    },
    active,
  );
  const running = active.count;
  const [settled] = await Promise.allSettled([outcome]);
  return { told, settled, counts: [running, active.count] };
}

const HEAD = '200 content-type text/event-stream cache-control no-cache x-accel-buffering no x-own 1 x-request-id 7';
const EVENT = 'event: ping\ndata: {"type":"ping"}\n\n';

describe('a stream', () => {
  it.each([
    ['text/event-stream', undefined, Buffer.from(EVENT)],
    ['application/vnd.amazon.eventstream', 'aws-event-stream', chunkFrame({ type: 'ping' })],
  ] as const)('of the type %s, framed as %p, goes on as server-sent events', async (type, framing, chunk) => {
    const { told, settled, counts } = await relay(type, chunk, framing);
    expect(told).toEqual([HEAD, EVENT, 'end']);
    expect(settled).toMatchObject({ value: { status: 'completed' } });
    // A shutdown knows of it while it runs.
    expect(counts).toEqual([1, 0]);
  });

  it.each([
    ['application/json', undefined],
    ['application/vnd.amazon.eventstream', undefined],
    ['text/event-stream', 'aws-event-stream'],
  ] as const)('of the type %s, framed as %p, is none', async (type, framing) => {
    const { told, settled } = await relay(type, Buffer.from(EVENT), framing);
    expect([told, settled]).toMatchObject([[], { reason: { code: 'upstream_invalid_response' } }]);
  });
});
