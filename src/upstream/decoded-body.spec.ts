import { gzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { chunkFrame } from '../../test/support/event-stream-frames.js';
import { eventually } from '../../test/support/gateway.js';
import { readAnswerHeaders } from './answer-headers.js';
import { answerBody } from './decoded-body.js';
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
