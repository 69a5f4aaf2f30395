import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type BodyWriter, createBodyWriter } from './body-writer.js';
import { type ClientPresence, ClientLeft } from './client-presence.js';
import type { ErrorEncoder } from './error-envelopes.js';
import { type FaultPlan, type RawAnswer } from './fault-plan.js';
import type { WireError } from './request-refusal.js';

const JSON_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** Bytes of answers that are not proper HTTP, or not the HTTP anybody asked for. */
const RAW_BYTES: Record<RawAnswer, string | Buffer> = {
  empty: '',
  'cl-te': `${JSON_HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  'dup-cl': `${JSON_HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
  'bad-status': 'HTTP/1.1 abc Strange\r\ncontent-length: 0\r\n\r\n',
  'bad-chunk': `${JSON_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  'crlf-header': `${JSON_HEAD}x-broken: one\r\n two\rthree\r\ncontent-length: 2\r\n\r\n{}`,
  'nul-header': `${JSON_HEAD}x-broken: one\0two\r\ncontent-length: 2\r\n\r\n{}`,
  switch: 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  tls: Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]),
};

const HUGE_HEADER_LINE = 8 * 1024;
const BOMB_MEMBER_BYTES = 1_048_576;
const BOMB_MEMBERS = 1024;

/**
 * Plays the faults that come instead of an answer, or before it. True when the request has been dealt with.
 * Throws `ClientLeft` when the client gave up waiting.
 */
export async function playHeadFaults(
  request: IncomingMessage,
  response: ServerResponse,
  plan: FaultPlan,
  client: ClientPresence,
  encodeError: ErrorEncoder,
): Promise<boolean> {
  setHeaders(response, plan);
  await client.wait(plan.delayMs ?? 0);
  if (plan.hang) return client.untilLeft();
  if (plan.reset) {
    request.socket.resetAndDestroy();
    throw new ClientLeft();
  }
  if (plan.raw !== undefined) {
    request.socket.end(RAW_BYTES[plan.raw]);
    return true;
  }
  if (plan.hangAfterHeaders) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    return client.untilLeft();
  }
  const body = instead(plan, error => encodeError(error, String(response.getHeader('x-request-id'))));
  if (body !== null) {
    response.writeHead(body.status, { ...body.headers, 'content-length': Buffer.byteLength(body.text) });
    const writer = createBodyWriter(response, { ...plan, gzip: undefined }, client);
    await writer.write(body.text);
    await writer.end();
    return true;
  }
  if (plan.gzip === 'corrupt' || plan.gzip === 'bomb') {
    await sendBadGzip(response, plan, client);
    return true;
  }
  return false;
}

function setHeaders(response: ServerResponse, plan: FaultPlan): void {
  for (const [name, value] of plan.headers) response.appendHeader(name, value);
  const filler = plan.hugeHeadersBytes ?? 0;
  for (let left = filler, index = 0; left > 0; left -= HUGE_HEADER_LINE, index++) {
    response.setHeader(`x-filler-${index}`, 'x'.repeat(Math.min(left, HUGE_HEADER_LINE)));
  }
}

interface Instead {
  status: number;
  headers: Record<string, string>;
  text: string;
}

function instead(plan: FaultPlan, encodeError: (error: WireError) => object): Instead | null {
  if (plan.redirect !== undefined) {
    return { status: plan.status ?? 307, headers: { location: plan.redirect }, text: '' };
  }
  if (plan.html) {
    const text = `<!doctype html><title>Gateway</title><h1>${plan.message ?? 'Something is in the way'}</h1>`;
    return { status: plan.status ?? 200, headers: { 'content-type': 'text/html; charset=utf-8' }, text };
  }
  if (plan.status === undefined) return null;
  const text = JSON.stringify(encodeError(errorOf(plan.status, plan)));
  return { status: plan.status, headers: { 'content-type': 'application/json' }, text };
}

function errorOf(status: number, plan: FaultPlan): WireError {
  return {
    status,
    message: plan.message ?? `The sandbox answers ${status}, as it was asked to.`,
    param: null,
    code: plan.code ?? null,
    ...(plan.retryInfo === undefined
      ? {}
      : { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: plan.retryInfo }] }),
  };
}

async function sendBadGzip(response: ServerResponse, plan: FaultPlan, client: ClientPresence): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  const writer: BodyWriter = createBodyWriter(response, plan, client);
  if (plan.gzip === 'corrupt') {
    await writer.write(Buffer.concat([gzipSync('{"id":').subarray(0, 10), Buffer.alloc(64, 0xff)]));
    return writer.end();
  }
  // A gzip file may have many members, so one small one, sent again and again, inflates to a gigabyte of blanks.
  const member = gzipSync(Buffer.alloc(BOMB_MEMBER_BYTES, ' '));
  for (let count = 0; count < BOMB_MEMBERS; count++) await writer.write(member);
  await writer.end();
}
