import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { GatewayError } from '../../errors/gateway-error.js';
import { requireJson } from '../../platform/http/content-type.js';
import { freeBytes } from '../../platform/free-bytes.js';
import type { EdgeRequest } from '../../platform/http/gateway-request.js';
import { inflated } from '../../platform/http/request-encodings.js';
import { LOOP_PACE } from '../../platform/loop-pace.js';
import { SharedTimer } from '../../platform/shared-timers.js';
import { type ArrivalRules, ArrivalWatch } from './arrival-watch.js';
import { takeBytes } from './body-budget.js';
import type { ByteHold } from './byte-budget.js';

/** Chunks below this are copied together: a caller may send each byte as a chunk of its own. */
const SMALL_CHUNK_BYTES = 4_096;
const BLOCK_BYTES = 16_384;
/** A declared length up to here is allocated at once; a larger one when so many-eth of it has come. */
const SMALL_BODY_BYTES = 262_144;
const ALLOCATED_FROM = 8;
/** What a socket gives at once. */
const CHUNK_BYTES = 65_536;
const JOIN_STEP_BYTES = 262_144;

export interface BodyLimits {
  /** of the body after inflating */
  readonly maxBytes: number;
  /** takes the bytes as they come */
  readonly hold: ByteHold;
  readonly arrival: ArrivalRules;
}

/**
 * Reads a request's body once, whole, as bytes. They count in `hold` until the caller releases it; where this throws once
 * bytes came, they are given back.
 * @throws {GatewayError} invalid_request for a wrong content type, unsupported_encoding, request_too_large above
 * `maxBytes` (that many still pass), gateway_busy when the requests in memory are too many already, request_timeout when
 * the body stops or comes too slowly, and when the caller left before it was here
 */
export async function readBody(request: EdgeRequest, response: ServerResponse, limits: BodyLimits): Promise<Buffer> {
  // Who left while a guard was asking the store sends no `end` and no `close` any more.
  if (request.destroyed) throw callerLeft();
  requireJson(request.headers['content-type']);
  const declared = declaredLength(request);
  if (declared !== null && declared > limits.maxBytes) throw new GatewayError('request_too_large');
  const source = inflated(request);
  if (request.expectsContinue) response.writeContinue();
  return source === request && declared !== null
    ? readDeclared(request, declared, limits)
    : readUnknown(request, source, limits);
}

const tooSlow = () =>
  new GatewayError('request_timeout', {
    publicMessage: 'the request body did not arrive in time: it stopped, or came too slowly',
  });
const callerLeft = () => new GatewayError('request_timeout', { internal: 'the caller left while sending' });

function declaredLength(request: EdgeRequest): number | null {
  const header = request.headers['content-length'];
  return header === undefined ? null : Number(header);
}

/** The length is known: one buffer, filled in place. It counts as it is filled: a caller may declare more than it sends. */
function readDeclared(request: EdgeRequest, length: number, limits: BodyLimits): Promise<Buffer> {
  return received(request, request, limits, new DeclaredBody(length));
}

/** Chunked or compressed: counted as it comes, inflated bytes only. */
function readUnknown(request: EdgeRequest, source: Readable, limits: BodyLimits): Promise<Buffer> {
  return received(request, source, limits, new Pieces());
}

interface Collected {
  readonly length: number;
  /** Takes the chunk's bytes, and the chunk itself where it keeps it. */
  add(chunk: Buffer): void;
  join(): Buffer | Promise<Buffer>;
  /** Frees what came: nobody is to have it. */
  drop(): void;
}

function received(
  request: EdgeRequest,
  source: Readable,
  { maxBytes, hold, arrival }: BodyLimits,
  body: Collected,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let over = false;
    const watch = new ArrivalWatch(arrival);
    const timer = SharedTimer.every(watch.stretchMs, () => {
      if (!watch.goesOn()) fail(tooSlow());
    });
    const finish = () => {
      over = true;
      timer.cancel();
    };
    const fail = (error: GatewayError) => {
      if (over) return;
      finish();
      hold.release();
      body.drop();
      if (source !== request) {
        request.unpipe();
        source.destroy();
      }
      request.removeAllListeners('data');
      source.removeAllListeners('data');
      discard(request);
      reject(error);
    };
    // What counts is what the caller sends, not what it inflates to.
    if (source !== request) request.on('data', (chunk: Buffer) => watch.add(chunk.length));
    source.on('data', (chunk: Buffer) => {
      if (over) return;
      const taken = chunk.length;
      if (source === request) watch.add(taken);
      if (body.length + taken > maxBytes) {
        fail(new GatewayError('request_too_large'));
        return;
      }
      try {
        takeBytes(hold, taken);
      } catch (error) {
        fail(error as GatewayError);
        return;
      }
      body.add(chunk);
      if (!LOOP_PACE.spend(taken) && body.length > SMALL_BODY_BYTES) goOnLater(source);
    });
    source.on('end', () => {
      if (over) return;
      finish();
      resolve(body.join());
    });
    source.on('error', () => fail(source === request ? callerLeft() : undecodable()));
    request.on('close', () => {
      // A compressed body is read to its end before its last bytes are inflated. An error is made only when it is one: its
      // stack costs as much as all the rest here.
      if (!over && (source === request || !request.complete)) fail(callerLeft());
    });
  });
}

function goOnLater(source: Readable): void {
  source.pause();
  LOOP_PACE.await(CHUNK_BYTES, () => source.resume());
}

/** What is still to come is thrown away, so that the refusal can be read. */
function discard(request: EdgeRequest): void {
  request.on('data', (chunk: Buffer) => {
    const { length } = chunk;
    if (length >= SMALL_CHUNK_BYTES) freeBytes(chunk);
    if (!LOOP_PACE.spend(length)) goOnLater(request);
  });
  request.resume();
}

const undecodable = () =>
  new GatewayError('invalid_request', { publicMessage: 'the request body is not what its Content-Encoding says' });

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * A body of a known length. Its buffer is made when an eighth of it is here: lengths that are only declared cost nothing.
 */
class DeclaredBody implements Collected {
  length = 0;
  private begin: Pieces | null;
  private body = NOTHING;

  constructor(private readonly declared: number) {
    this.begin = declared <= SMALL_BODY_BYTES ? null : new Pieces();
  }

  add(chunk: Buffer): void {
    const end = this.length + chunk.length;
    // Node copies each chunk for its reader. What comes in one, as most bodies do, needs no second copy.
    if (chunk.length === this.declared && this.begin === null) {
      this.body = chunk;
      this.length = end;
      return;
    }
    if (this.length === 0 && this.begin === null) this.body = Buffer.allocUnsafeSlow(this.declared);
    if (this.begin !== null && end * ALLOCATED_FROM >= this.declared) {
      this.body = Buffer.allocUnsafeSlow(this.declared);
      this.begin.moveTo(this.body);
      this.begin = null;
    }
    if (this.begin === null) moveTo(this.body, chunk, this.length);
    else this.begin.add(chunk);
    this.length = end;
  }

  join(): Buffer {
    return this.body;
  }

  drop(): void {
    this.begin?.drop();
    freeBytes(this.body);
  }
}

/** A chunk of a large body is made for us alone; it goes as soon as it is copied. */
function moveTo(body: Buffer, chunk: Buffer, at: number): void {
  chunk.copy(body, at);
  if (chunk.length >= SMALL_CHUNK_BYTES) freeBytes(chunk);
}

/** The chunks of a body. A Buffer for each byte that a caller sends alone would cost several hundred times the body. */
class Pieces implements Collected {
  length = 0;
  private readonly pieces: Buffer[] = [];
  private block = Buffer.alloc(0);
  private start = 0;
  private end = 0;

  add(chunk: Buffer): void {
    this.length += chunk.length;
    if (chunk.length >= SMALL_CHUNK_BYTES) {
      this.endPiece();
      this.pieces.push(chunk);
      return;
    }
    if (this.end + chunk.length > this.block.length) {
      this.endPiece();
      this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.start = this.end = 0;
    }
    this.end += chunk.copy(this.block, this.end);
  }

  moveTo(body: Buffer): void {
    this.endPiece();
    let at = 0;
    for (const piece of this.pieces.splice(0)) {
      const { length } = piece;
      moveTo(body, piece, at);
      at += length;
    }
  }

  /** In steps, where it is long: others get the event loop in between. */
  async join(): Promise<Buffer> {
    this.endPiece();
    const body = Buffer.allocUnsafeSlow(this.length);
    let [at, room] = [0, 0];
    for (const piece of this.pieces.splice(0)) {
      const { length } = piece;
      if (room <= 0) await LOOP_PACE.room((room += JOIN_STEP_BYTES));
      moveTo(body, piece, at);
      at += length;
      room -= length;
    }
    return body;
  }

  drop(): void {
    for (const piece of this.pieces.splice(0)) freeBytes(piece);
  }

  private endPiece(): void {
    if (this.end > this.start) this.pieces.push(this.block.subarray(this.start, this.end));
    this.start = this.end;
  }
}
