import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { ClientConnection } from './client-connection.js';

const STALL_MS = 60_000;

/** A caller's response of which a test says how much the operating system has taken. */
class FakeResponse extends EventEmitter {
  taken = 0;
  destroyed = false;
  writableFinished = false;
  readonly handle = { bytesWritten: 1_000_000, writeQueueSize: 1_000_000 };
  readonly connection = Object.assign(new EventEmitter(), { destroyed: false, _handle: this.handle });
  readonly req = { socket: this.connection };
  socket: object | null = this.connection;

  take(bytes: number): void {
    this.handle.writeQueueSize -= bytes;
  }

  write(): boolean {
    return false;
  }

  end(): void {}

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

describe('a caller who does not read', () => {
  let response: FakeResponse;
  let client: ClientConnection;
  beforeEach(() => {
    jest.useFakeTimers();
    response = new FakeResponse();
    client = new ClientConnection(response as unknown as ServerResponse, STALL_MS);
  });
  afterEach(() => jest.useRealTimers());

  const pass = (ms: number) => jest.advanceTimersByTime(ms);

  it.each([
    ['in the midst of an answer', () => client.write(Buffer.from('x'), () => undefined)],
    ['at its end', () => client.end(Buffer.from('x'))],
  ])('is let go after the stall timeout, and not before, %s', (_, send) => {
    send();
    pass(STALL_MS - 1);
    expect(response.destroyed).toBe(false);
    pass(1);
    expect([response.destroyed, client.disconnected]).toEqual([true, true]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([1, 500, 30_000, 59_000])(
    'is let go a sixtieth of it later at most, when it last took something after %d ms',
    ms => {
      client.write(Buffer.from('x'), () => undefined);
      pass(ms);
      response.take(1);
      pass(STALL_MS - 1);
      expect(response.destroyed).toBe(false);
      pass(STALL_MS / 60 + 1);
      expect(response.destroyed).toBe(true);
    },
  );

  it('is served as long as it takes a little in each stall timeout', () => {
    client.write(Buffer.from('x'), () => undefined);
    for (let step = 0; step < 20; step += 1) {
      pass(STALL_MS - 1_000);
      response.take(1);
    }
    expect(response.destroyed).toBe(false);
    response.emit('drain');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is not let go while its answer waits behind another on its connection', () => {
    response.socket = null;
    client.end(Buffer.from('x'));
    pass(5 * STALL_MS);
    expect(response.destroyed).toBe(false);
    response.socket = response.connection;
    pass(STALL_MS + STALL_MS / 60);
    expect(response.destroyed).toBe(true);
  });
});
