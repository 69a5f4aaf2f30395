// A load generator that costs little, so that what is measured is what it loads: one socket a connection, bytes that are
// made once, and of an answer no more than where it ends.
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/** A request as it goes over the wire. */
export function requestBytes(port, token, body) {
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/**
 * Asks `count` times, over `connections` at once.
 * @param pauseMs between an answer and the next question of a connection
 * @returns how long each answer took to its last byte, in milliseconds
 */
export async function load({ port, bytes, connections, count, pauseMs = 0 }) {
  const durations = [];
  let left = count;
  const one = async () => {
    const caller = await Caller.open(port);
    while (left-- > 0) {
      const startedAt = performance.now();
      await caller.ask(bytes);
      durations.push(performance.now() - startedAt);
      if (pauseMs > 0) await new Promise(resolve => setTimeout(resolve, pauseMs));
    }
    caller.close();
  };
  await Promise.all(Array.from({ length: connections }, one));
  return durations;
}

class Caller {
  #socket;
  #answered = null;
  #failed = null;
  /** bytes that are to come; null while the head is, -1 where the end of the chunks says it */
  #left = null;
  #tail = Buffer.alloc(0);

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', chunk => this.#take(chunk));
    socket.on('error', error => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the connection was closed')));
  }

  static open(port) {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(new Caller(socket)));
      socket.once('error', reject);
    });
  }

  ask(bytes) {
    return new Promise((resolve, reject) => {
      [this.#answered, this.#failed, this.#left] = [resolve, reject, null];
      this.#socket.write(bytes);
    });
  }

  close() {
    this.#failed = null;
    this.#socket.destroy();
  }

  #take(chunk) {
    let bytes = chunk;
    if (this.#left === null) {
      bytes = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) {
        this.#tail = bytes;
        return;
      }
      const head = bytes.toString('latin1', 0, end);
      if (!head.startsWith('HTTP/1.1 200')) {
        this.#failed(new Error(bytes.toString()));
        return;
      }
      const length = /\r\ncontent-length: (\d+)/i.exec(head);
      this.#left = length === null ? -1 : Number(length[1]);
      this.#tail = Buffer.alloc(0);
      // The blank line stays: it may be the line end before the last chunk.
      bytes = bytes.subarray(end + (length === null ? 2 : 4));
    }
    if (this.#left < 0) {
      const seen = this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes]);
      if (seen.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) this.#end();
      else this.#tail = seen.subarray(-LAST_CHUNK.length);
      return;
    }
    this.#left -= bytes.length;
    if (this.#left <= 0) this.#end();
  }

  #end() {
    this.#tail = Buffer.alloc(0);
    this.#left = null;
    this.#answered();
  }
}
