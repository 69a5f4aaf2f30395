import { createHash, randomBytes } from 'node:crypto';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as zlib from 'node:zlib';
import { eventually } from '../../../test/support/gateway.js';
import { AppConfig } from '../../config/app-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { EdgeRequest } from '../../platform/http/gateway-request.js';
import type { ArrivalRules } from './arrival-watch.js';
import { LOOP_PACE } from '../../platform/loop-pace.js';
import { BodyBudget } from './body-budget.js';
import { ByteHold } from './byte-budget.js';
import { readBody } from './request-body.js';

const { brotliCompressSync, deflateSync, gzipSync } = zlib;
/** From Node.js 22.15 and 24 on. */
const { zstdCompressSync: zstdSync } = zlib as { readonly zstdCompressSync?: (body: Buffer) => Buffer };
type Packing = [encoding: string, pack: (body: Buffer) => Buffer];
const ZSTD: Packing[] = zstdSync === undefined ? [] : [['zstd', zstdSync]];
/** An empty block in a window of 128 MiB. */
const WIDE_ZSTD = Buffer.from('28b52ffd0088010000', 'hex');

const LIMIT = 100_000;
const BUDGET = 350_000;
const OWNER = { credentialId: 'nak_1', organizationId: 'org-1' };
const PATIENT: ArrivalRules = { graceMs: 60_000, minBytesPerSecond: 1, totalMs: 120_000 };
const budgetOf = (bytes: number) =>
  new BodyBudget(
    AppConfig.fromEnvironment({
      BOUGH_BODY_BUDGET_BYTES: String(bytes),
      BOUGH_MAX_BODY_BYTES: String(LIMIT),
      BOUGH_BODY_BUDGET_CREDENTIAL_PERCENT: '100',
      BOUGH_BODY_BUDGET_ORGANIZATION_PERCENT: '100',
    }),
  );
const JSON_HEADERS = { 'content-type': 'application/json' };

interface Reading {
  readonly code: string;
  readonly length: number;
  readonly digest: string;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is alive in this process, in bytes; the resident size says what a busy machine has not got round to. */
function memoryHeld(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('reading a request’s body', () => {
  let server: Server;
  let budget: BodyBudget;
  let readings: Reading[];
  /** what stands before the body is read, such as a guard that asks the database */
  let before: (request: IncomingMessage) => Promise<void>;
  /** what was read stays in memory until the answer is over */
  let release: Promise<void>;
  const unhandled = jest.fn();

  const limits = { maxBytes: LIMIT, arrival: PATIENT };
  const read = async (request: IncomingMessage, response: ServerResponse) => {
    await before(request);
    let reading: Reading;
    const hold = budget.hold(OWNER);
    try {
      const body = await readBody(request as EdgeRequest, response, { ...limits, hold });
      reading = { code: 'ok', length: body.length, digest: digestOf(body) };
      await release;
    } catch (error) {
      reading = { code: error instanceof GatewayError ? error.code : String(error), length: 0, digest: '' };
    }
    hold.release();
    readings.push(reading);
    if (!response.destroyed) response.end(JSON.stringify(reading));
  };

  beforeEach(async () => {
    limits.maxBytes = LIMIT;
    limits.arrival = PATIENT;
    budget = budgetOf(BUDGET);
    readings = [];
    before = () => Promise.resolve();
    release = Promise.resolve();
    server = createServer((request, response) => void read(request, response));
    server.on('checkContinue', (request: IncomingMessage, response) => {
      Object.assign(request, { expectsContinue: true });
      server.emit('request', request, response);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    process.on('unhandledRejection', unhandled);
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(budget.bytesInUse).toBe(0);
  });

  const port = () => (server.address() as AddressInfo).port;

  const send = (parts: readonly Buffer[], headers: Record<string, string | number> = JSON_HEADERS) =>
    new Promise<Reading>((resolve, reject) => {
      const request = httpRequest({ port: port(), method: 'POST', headers, agent: false }, response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as Reading));
      });
      request.on('error', reject);
      for (const part of parts) request.write(part);
      request.end();
    });

  const declared = (body: Buffer, headers: Record<string, string> = {}) =>
    send([body], { ...JSON_HEADERS, 'content-length': body.length, ...headers });
  const chunked = (body: Buffer, headers: Record<string, string> = {}) =>
    send([body.subarray(0, body.length >> 1), body.subarray(body.length >> 1)], {
      ...JSON_HEADERS,
      'transfer-encoding': 'chunked',
      ...headers,
    });

  const open = async (text: string): Promise<Socket> => {
    const socket = connect(port(), '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise<void>(resolve => socket.write(text, () => resolve()));
    return socket;
  };

  it.each([
    ['with Content-Length', declared],
    ['chunked', chunked],
  ])('a body of exactly the limit passes as it came, and one byte more is too large, %s', async (_, sendAs) => {
    const body = randomBytes(LIMIT);
    expect(await sendAs(body)).toMatchObject({ code: 'ok', length: LIMIT, digest: digestOf(body) });
    expect(await sendAs(randomBytes(LIMIT + 1))).toMatchObject({ code: 'request_too_large' });
  });

  it.each<Packing>([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['GZIP', gzipSync],
    ...ZSTD,
  ])('a body in %s is inflated, and the limit counts inflated bytes', async (encoding, compress) => {
    const headers = { 'content-encoding': encoding };
    const body = Buffer.alloc(LIMIT, 'ab');
    for (const sendAs of [declared, chunked]) {
      expect(await sendAs(compress(body), headers)).toMatchObject({ code: 'ok', digest: digestOf(body) });
      expect(await sendAs(compress(Buffer.alloc(LIMIT + 1, 'ab')), headers)).toMatchObject({
        code: 'request_too_large',
      });
    }
  });

  it.each<Packing>([['gzip', gzipSync], ...ZSTD])(
    'a compression bomb in %s is refused without being inflated',
    async (encoding, compress) => {
      const bomb = compress(Buffer.alloc(64 * 1_048_576));
      const taken = jest.spyOn(ByteHold.prototype, 'take');
      expect(await declared(bomb, { 'content-encoding': encoding })).toMatchObject({ code: 'request_too_large' });
      expect(taken.mock.calls.reduce((sum, [bytes]) => sum + bytes, 0)).toBeLessThan(2 * LIMIT);
      taken.mockRestore();
    },
  );

  it.each([
    ['corrupt gzip', 'gzip', Buffer.from('no gzip at all'), 'invalid_request'],
    ['truncated gzip', 'gzip', gzipSync(randomBytes(5_000)).subarray(0, 3_000), 'invalid_request'],
    ['corrupt br', 'br', Buffer.from('no brotli at all'), 'invalid_request'],
    [
      'zstd',
      'zstd',
      Buffer.from('no zstd at all'),
      zstdSync === undefined ? 'unsupported_encoding' : 'invalid_request',
    ],
    ['zstd of a wide window', 'zstd', WIDE_ZSTD, zstdSync === undefined ? 'unsupported_encoding' : 'invalid_request'],
    ['compress', 'compress', Buffer.from('x'), 'unsupported_encoding'],
    ['gzip within gzip', 'gzip, gzip', gzipSync(gzipSync('{}')), 'unsupported_encoding'],
  ])('%s is refused', async (_, encoding, body, code) => {
    for (const sendAs of [declared, chunked]) {
      expect(await sendAs(body, { 'content-encoding': encoding })).toMatchObject({ code });
    }
  });

  it.each([
    ['application/json', 'ok'],
    ['Application/JSON; charset=UTF-8', 'ok'],
    ['application/json;charset="utf-8"', 'ok'],
    ['application/vnd.api+json', 'ok'],
    ['application/json; charset=utf-16', 'invalid_request'],
    ['application/json; charset=iso-8859-1', 'invalid_request'],
    ['text/plain', 'invalid_request'],
    ['application/jsonp', 'invalid_request'],
    ['application/x-www-form-urlencoded', 'invalid_request'],
    ['', 'invalid_request'],
  ])('the content type %j is %s', async (contentType, code) => {
    expect(await declared(Buffer.from('{}'), { 'content-type': contentType })).toMatchObject({ code });
  });

  it('a body without a content type is refused', async () => {
    expect(await send([Buffer.from('{}')], {})).toMatchObject({ code: 'invalid_request' });
  });

  it('a body beyond the budget of all requests is refused as busy, and passes when there is room again', async () => {
    let finish: () => void = () => undefined;
    release = new Promise(resolve => {
      finish = resolve;
    });
    const held = [declared(randomBytes(LIMIT)), chunked(randomBytes(LIMIT))];
    await eventually(() => budget.bytesInUse === 2 * LIMIT, 'two bodies are held');
    for (const sendAs of [declared, chunked]) {
      expect(await sendAs(randomBytes(LIMIT))).toMatchObject({ code: 'gateway_busy' });
      expect(budget.bytesInUse).toBe(2 * LIMIT);
    }
    finish();
    await Promise.all(held);
    expect(await declared(randomBytes(LIMIT))).toMatchObject({ code: 'ok' });
  });

  it.each([
    ['with Content-Length', 'content-length: 50000', 'x'.repeat(1_000)],
    ['chunked', 'transfer-encoding: chunked', `3e8\r\n${'x'.repeat(1_000)}\r\n`],
    ['compressed', 'transfer-encoding: chunked\r\ncontent-encoding: gzip', '1\r\n\u001f\r\n'],
  ])('a caller who leaves while sending gives the budget back, %s', async (_, header, begin) => {
    const socket = await open(
      `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${header}\r\n\r\n${begin}`,
    );
    const whileSending = new Promise<void>(resolve => server.getConnections(() => resolve()));
    await whileSending;
    await eventually(() => socket.bytesWritten > 0, 'the beginning is sent');
    socket.destroy();
    await eventually(() => readings.length === 1, 'the reading ends');
    expect(readings[0]).toMatchObject({ code: 'request_timeout' });
  });

  it.each([
    ['with Content-Length', 'content-length: 50000'],
    ['chunked', 'transfer-encoding: chunked'],
    ['compressed', 'transfer-encoding: chunked\r\ncontent-encoding: gzip'],
  ])('a caller who left before the body was asked for gives the budget back, %s', async (_, header) => {
    before = request => new Promise(resolve => request.once('close', () => setImmediate(resolve)));
    const socket = await open(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${header}\r\n\r\n`);
    socket.destroy();
    await eventually(() => readings.length === 1, 'the reading ends');
    expect(readings[0]).toMatchObject({ code: 'request_timeout' });
  });

  const gzipped = gzipSync(randomBytes(10_000));

  it.each([
    ['that stops one byte before its end', 'content-length: 1001', 'x'.repeat(1_000)],
    ['that stops one byte before its end, chunked', 'transfer-encoding: chunked', `3e8\r\n${'x'.repeat(1_000)}\r\n`],
    [
      'that stops one byte before its end, compressed',
      `content-length: ${gzipped.length}\r\ncontent-encoding: gzip`,
      gzipped.subarray(0, -1),
    ],
    ['of which nothing comes', 'content-length: 1001', ''],
    ['of which nothing comes, chunked', 'transfer-encoding: chunked', ''],
    ['of which nothing comes, compressed', 'transfer-encoding: chunked\r\ncontent-encoding: br', ''],
  ])('a body %s is given up with all that it held', async (_, header, begin) => {
    limits.arrival = { graceMs: 50, minBytesPerSecond: 1, totalMs: 600_000 };
    const socket = await open(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${header}\r\n\r\n`);
    socket.write(begin);
    await eventually(() => readings.length === 1, 'the reading ends');
    expect(readings[0]).toMatchObject({ code: 'request_timeout' });
    socket.destroy();
  });

  it.each([
    ['with Content-Length', 'content-length: 100000', 'x'],
    ['chunked', 'transfer-encoding: chunked', '1\r\nx\r\n'],
  ])('a body that comes by drops is given up, %s', async (_, header, drop) => {
    limits.arrival = { graceMs: 100, minBytesPerSecond: 1_000, totalMs: 600_000 };
    const socket = await open(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${header}\r\n\r\n`);
    const dripping = setInterval(() => socket.write(drop), 20);
    await eventually(() => readings.length === 1, 'the reading ends');
    clearInterval(dripping);
    expect(readings[0]).toMatchObject({ code: 'request_timeout' });
    socket.destroy();
  });

  it('a declared length costs nothing before the bytes come', async () => {
    limits.maxBytes = 33_554_432;
    const begun = memoryHeld();
    const sockets = [];
    for (let upload = 0; upload < 20; upload += 1) {
      const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 33554432\r\n\r\nx';
      sockets.push(await open(head));
    }
    await eventually(() => budget.bytesInUse === 20, 'one byte of each is there');
    expect(memoryHeld() - begun).toBeLessThan(33_554_432);
    for (const socket of sockets) socket.destroy();
    await eventually(() => readings.length === 20, 'the readings end');
  });

  it.each([262_144, 262_145, 1_000_000])('a body of %d bytes with Content-Length is whole', async size => {
    limits.maxBytes = size;
    budget = budgetOf(4_000_000);
    const body = randomBytes(size);
    expect(await declared(body)).toMatchObject({ code: 'ok', length: size, digest: digestOf(body) });
  });

  it('a body in chunks of one byte costs about as much memory as any other', async () => {
    limits.maxBytes = 2_000_000;
    budget = budgetOf(4_000_000);
    const socket = await open(
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const begun = memoryHeld();
    const piece = Buffer.from('1\r\nx\r\n'.repeat(10_000));
    for (let sent = 0; sent < 400_000; sent += 10_000) {
      if (!socket.write(piece)) await new Promise(resolve => socket.once('drain', resolve));
    }
    await eventually(() => budget.bytesInUse === 400_000, 'the bytes are there', 100_000);
    const grown = memoryHeld() - begun;
    socket.end('0\r\n\r\n');
    await eventually(() => readings.length === 1, 'the reading ends');
    expect(readings[0]).toMatchObject({ code: 'ok', digest: digestOf(Buffer.alloc(400_000, 'x')) });
    // A buffer for each of them would be 40 MB.
    expect(grown).toBeLessThan(10 * 1_048_576);
  });

  it('large bodies take no more of one turn of the event loop than is their share, and end whole', async () => {
    limits.maxBytes = 8_000_000;
    budget = budgetOf(100_000_000);
    const turns = [0];
    let turning = setImmediate(function turn() {
      turns.push(0);
      turning = setImmediate(turn);
    });
    const spend = LOOP_PACE.spend.bind(LOOP_PACE);
    const spent = jest.spyOn(LOOP_PACE, 'spend').mockImplementation(bytes => {
      turns[turns.length - 1] = (turns.at(-1) ?? 0) + bytes;
      return spend(bytes);
    });
    const body = randomBytes(8_000_000);
    const sent = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? declared(body) : chunked(body)));
    try {
      for (const reading of await Promise.all(sent)) expect(reading).toMatchObject({ digest: digestOf(body) });
    } finally {
      clearImmediate(turning);
      spent.mockRestore();
    }
    // A turn's megabyte, and of each of them the chunk that goes beyond it and one that was on its way.
    expect(Math.max(...turns)).toBeLessThanOrEqual(1_048_576 + 8 * 2 * 65_536);
  });

  it('the chunks of a large body are given back as they are copied, and not left to a garbage collection', async () => {
    limits.maxBytes = 30_000_000;
    budget = budgetOf(100_000_000);
    const body = randomBytes(30_000_000);
    collectGarbage();
    const begun = process.memoryUsage().arrayBuffers;
    let most = 0;
    const spend = LOOP_PACE.spend.bind(LOOP_PACE);
    const spent = jest.spyOn(LOOP_PACE, 'spend').mockImplementation(bytes => {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
      return spend(bytes);
    });
    const reading = await declared(body);
    spent.mockRestore();
    expect(reading).toMatchObject({ code: 'ok', digest: digestOf(body) });
    // The body itself, and what of it was there before its buffer was made.
    expect(most - begun).toBeLessThan(30_000_000 * 1.25);
  });

  it('a body is asked for only when it is welcome', async () => {
    const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n';
    const refused = await open(`${head}content-length: ${LIMIT + 1}\r\n\r\n`);
    const text = await new Promise<string>(resolve => refused.once('data', data => resolve(data.toString())));
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toContain('request_too_large');
    expect(text.toLowerCase()).toContain('connection: close');
    refused.destroy();

    const welcome = await open(`${head}content-length: 2\r\n\r\n`);
    const reply = await new Promise<string>(resolve => welcome.once('data', data => resolve(data.toString())));
    expect(reply).toMatch(/^HTTP\/1\.1 100 /);
    welcome.write('{}');
    await eventually(() => readings.length === 2, 'the body is read');
    expect(readings[1]).toMatchObject({ code: 'ok', length: 2 });
    welcome.destroy();
  });
});
