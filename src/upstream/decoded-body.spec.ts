import { randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { chunkFrame } from '../../test/support/event-stream-frames.js';
import { eventually } from '../../test/support/gateway.js';
import { readAnswerHeaders } from './answer-headers.js';
import { answerBody, decodedBody } from './decoded-body.js';
import { Exchange } from './exchange.js';
import type { Answer } from './upstream.service.js';

const PING = { type: 'ping' };
const EVENT = 'event: ping\ndata: {"type":"ping"}\n\n';

/** An upstream's side of an exchange, and what a sink sees of it. */
function start(headers: readonly string[] = []) {
  const told: string[] = [];
  const controller = {
    rawHeaders: [...headers],
    abort: () => told.push('abort'),
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
  } as unknown as Dispatcher.DispatchController;
  const exchange = new Exchange();
  exchange.onRequestStart(controller);
  exchange.onResponseStart(controller, 200);
  const answer = { exchange, headers: readAnswerHeaders(headers), framing: 'aws-event-stream' } as unknown as Answer;
  const seen = { text: '', ends: 0, failures: [] as Error[] };
  const body = answerBody(answer);
  body.attach({
    data: chunk => void (seen.text += chunk.toString()),
    end: () => void (seen.ends += 1),
    fail: error => void seen.failures.push(error),
  });
  return {
    body,
    told,
    seen,
    send: (bytes: Buffer) => exchange.onResponseData(controller, bytes),
    exchange,
    controller,
  };
}

describe('the body of an answer in Amazon’s frames', () => {
  it('is server-sent events, what came at once included', async () => {
    const { send, seen, exchange } = start();
    send(chunkFrame(PING));
    send(chunkFrame(PING).subarray(0, 20));
    await eventually(() => seen.text === EVENT, 'the first event');
    send(chunkFrame(PING).subarray(20));
    exchange.onResponseEnd();
    expect(seen).toEqual({ text: EVENT + EVENT, ends: 1, failures: [] });
  });

  it('is unpacked first where it was compressed', async () => {
    const { send, seen, exchange } = start(['content-encoding', 'gzip']);
    send(gzipSync(chunkFrame(PING)));
    exchange.onResponseEnd();
    await eventually(() => seen.ends === 1, 'the end');
    expect(seen.text).toBe(EVENT);
  });

  it('fails once where it is broken, and lets the upstream go', async () => {
    const { send, seen, told, controller, exchange } = start();
    send(Buffer.concat([chunkFrame(PING), Buffer.alloc(12)]));
    await eventually(() => seen.failures.length > 0, 'the failure');
    send(chunkFrame(PING));
    exchange.onResponseError(controller, new Error('aborted'));
    expect(seen).toMatchObject({ text: EVENT, ends: 0, failures: [{ code: 'BOUGH_BROKEN_EVENT_STREAM' }] });
    expect([seen.failures.length, told]).toEqual([1, ['abort']]);
  });

  it('fails where the upstream ends it within a frame', async () => {
    const { send, seen, exchange } = start();
    send(chunkFrame(PING).subarray(0, 20));
    exchange.onResponseEnd();
    await eventually(() => seen.failures.length > 0, 'the failure');
    expect([seen.ends, seen.failures.length]).toEqual([0, 1]);
  });

  it('hands on a failure of the connection', async () => {
    const { seen, exchange, controller } = start();
    const reset = new Error('reset');
    exchange.onResponseError(controller, reset);
    await eventually(() => seen.failures.length > 0, 'the failure');
    expect(seen.failures).toEqual([reset]);
  });

  it('waits when its reader does', () => {
    const { body, told } = start();
    body.pause();
    body.resume();
    expect(told).toEqual(['pause', 'resume']);
  });
});

/** An upstream's side of an answer that is encoded so, and what a sink sees of it. */
function encoded(encoding: string, maxBytes?: number) {
  const told: string[] = [];
  const controller = {
    rawHeaders: [],
    abort: () => told.push('abort'),
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
  } as unknown as Dispatcher.DispatchController;
  const exchange = new Exchange();
  exchange.onRequestStart(controller);
  exchange.onResponseStart(controller, 200);
  const seen = { bytes: 0, text: '', ends: 0, failures: [] as Error[] };
  const body = decodedBody(exchange, encoding, maxBytes);
  body.attach({
    data: chunk => {
      seen.bytes += chunk.length;
      if (seen.bytes < 1_000) seen.text += chunk.toString();
    },
    end: () => void (seen.ends += 1),
    fail: error => void seen.failures.push(error),
  });
  return {
    body,
    told,
    seen,
    send: (bytes: Buffer) => exchange.onResponseData(controller, bytes),
    end: () => exchange.onResponseEnd(),
    breaks: () => exchange.onResponseError(controller, new Error('reset')),
    over: () => eventually(() => seen.ends + seen.failures.length > 0, 'the end'),
  };
}

const TEXT = '{"a":"some words"}';
const UNDECODABLE = [{ code: 'BOUGH_UNDECODABLE' }];

describe('the body of an answer that is compressed', () => {
  it.each<[string, (text: string) => Buffer]>([
    ['', text => Buffer.from(text)],
    ['identity', text => Buffer.from(text)],
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('as %j is plain bytes', async (encoding, compress) => {
    const { send, end, over, seen, told } = encoded(encoding);
    const bytes = compress(TEXT);
    send(bytes.subarray(0, 7));
    send(bytes.subarray(7));
    end();
    await over();
    expect([seen, told]).toEqual([{ bytes: TEXT.length, text: TEXT, ends: 1, failures: [] }, []]);
  });

  it.each<[string, string, Buffer]>([
    ['in a way that nobody asked for', 'zstd', Buffer.from(TEXT)],
    ['otherwise than it says', 'gzip', Buffer.from(TEXT)],
    ['otherwise than it says', 'deflate', gzipSync(TEXT)],
    ['otherwise than it says', 'br', gzipSync(TEXT)],
  ])('%s, %s, fails once, and lets the upstream go', async (_, encoding, bytes) => {
    const { send, end, over, seen, told } = encoded(encoding);
    send(bytes);
    await over();
    send(bytes);
    end();
    expect([seen, told]).toMatchObject([{ ends: 0, failures: UNDECODABLE }, ['abort']]);
  });

  it('fails where it ends too soon, and where its connection breaks', async () => {
    const short = encoded('gzip');
    short.send(gzipSync(TEXT).subarray(0, 20));
    short.end();
    await short.over();
    expect([short.seen.ends, short.seen.failures]).toMatchObject([0, UNDECODABLE]);
    const broken = encoded('gzip');
    broken.send(gzipSync(TEXT));
    broken.breaks();
    await broken.over();
    expect(broken.seen.failures).toEqual([new Error('reset')]);
  });

  it.each([
    [1_000_000, 1],
    [1_000_001, 0],
  ])('may inflate to a million bytes, and no more: of %i it ends %i times', async (size, ends) => {
    const { send, end, over, seen, told } = encoded('gzip', 1_000_000);
    send(gzipSync(Buffer.alloc(size)));
    end();
    await over();
    expect([seen.ends, told]).toEqual([ends, []]);
    expect(seen.failures).toMatchObject(ends === 1 ? [] : UNDECODABLE);
    expect(seen.bytes).toBeLessThanOrEqual(1_000_000);
  });

  it('waits when its reader does, and its upstream waits when it is full, but not for each other', async () => {
    const { body, send, end, over, seen, told } = encoded('gzip');
    body.pause();
    for (let part = 0; part < 10; part += 1) send(gzipSync(randomBytes(100_000)));
    await eventually(() => told.includes('pause'), 'the upstream waits');
    expect(seen.bytes).toBe(0);
    body.resume();
    await eventually(() => told.includes('resume'), 'the upstream goes on');
    end();
    await over();
    expect([seen.bytes, seen.ends]).toEqual([1_000_000, 1]);
  });
});
