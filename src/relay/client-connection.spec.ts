import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { SharedTimer } from '../platform/shared-timers.js';
import { ClientConnection } from './client-connection.js';

const STALL_MS = 60_000;

function useFakeTimers(): void {
  jest.useFakeTimers();
  SharedTimer.forgetAll();
}

/** A caller's response of which a test says how much the operating system has taken. */
class FakeResponse extends EventEmitter {
  destroyed = false;
  writableFinished = false;
  /** what was done to it, in order */
  readonly done: string[] = [];
  /** how often its progress was looked at */
  looks = 0;
  /** told when the last bytes are out */
  onWritten: (() => void) | undefined;
  accepts = false;
  readonly handle = { bytesWritten: 1_000_000, waiting: 1_000_000, writeQueueSize: 0 };
  readonly connection = Object.assign(new EventEmitter(), {
    destroyed: false,
    bytesWritten: 1_000_000,
    writableLength: 1_000_000,
    _handle: this.handle as object | null,
  });
  readonly req = { socket: this.connection };
  socket: object | null = this.connection;

  constructor() {
    super();
    const { handle } = this;
    Object.defineProperty(handle, 'writeQueueSize', {
      get: () => {
        this.looks += 1;
        return handle.waiting;
      },
    });
  }

  take(bytes: number): void {
    this.handle.waiting -= bytes;
    this.connection.writableLength -= bytes;
  }

  /** More is to be written, none of which is taken. */
  queue(bytes: number): void {
    this.handle.bytesWritten += bytes;
    this.handle.waiting += bytes;
    this.connection.bytesWritten += bytes;
    this.connection.writableLength += bytes;
  }

  write(bytes: Buffer, behind?: () => void): boolean {
    this.done.push(`write ${bytes.toString()}`);
    this.onWritten = behind;
    return this.accepts;
  }

  end(...last: Buffer[]): void {
    this.done.push(['end', ...last.map(bytes => bytes.toString())].join(' '));
  }

  destroy(): void {
    this.done.push('destroy');
    this.destroyed = true;
    this.emit('close');
  }
}

const X = Buffer.from('x');
const start = (response = new FakeResponse()) => ({
  response,
  client: new ClientConnection(response as unknown as ServerResponse, STALL_MS),
});

describe('a caller who does not read', () => {
  let response: FakeResponse;
  let client: ClientConnection;
  beforeEach(() => {
    useFakeTimers();
    ({ response, client } = start());
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
    expect(SharedTimer.waiting).toBe(0);
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
    expect(SharedTimer.waiting).toBe(0);
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

  it('is looked at sixty times in the stall timeout', () => {
    client.write(X, () => undefined);
    response.looks = 0;
    pass(STALL_MS - 1);
    expect(response.looks).toBe(59);
  });

  it.each([true, false])('is not served for what is only queued, with a handle to ask: %p', handle => {
    if (!handle) response.connection._handle = null;
    client.write(X, () => undefined);
    pass(STALL_MS / 2);
    response.queue(10);
    pass(STALL_MS / 2 - 1);
    expect(response.destroyed).toBe(false);
    pass(1);
    expect(response.destroyed).toBe(true);
  });

  it('is served for what it takes where there is no handle to ask', () => {
    response.connection._handle = null;
    client.write(X, () => undefined);
    pass(STALL_MS / 2);
    response.take(1);
    pass(STALL_MS - 1);
    expect(response.destroyed).toBe(false);
    pass(STALL_MS / 60 + 1);
    expect(response.destroyed).toBe(true);
  });

  it.each([
    ['more is sent', () => client.write(X, () => undefined)],
    ['all is sent', () => client.end(X)],
  ])('has one clock, which goes on when %s', (_, send) => {
    client.write(X, () => undefined);
    pass(STALL_MS - 1);
    send();
    expect(SharedTimer.waiting).toBe(1);
    pass(1);
    expect(response.destroyed).toBe(true);
  });

  it('has a new clock for each time that it does not read', () => {
    client.write(X, () => undefined);
    pass(STALL_MS - 1);
    response.emit('drain');
    client.write(X, () => undefined);
    pass(STALL_MS - 1);
    expect(response.destroyed).toBe(false);
    pass(1);
    expect(response.destroyed).toBe(true);
  });

  it('is told to send on once when it has caught up', () => {
    let resumed = 0;
    expect(client.write(X, () => (resumed += 1))).toBe(false);
    response.emit('drain');
    response.emit('drain');
    expect(resumed).toBe(1);
  });
});

describe('a caller who leaves', () => {
  const left = () => {
    const room = start();
    room.response.emit('close');
    return room;
  };

  it.each<[boolean, string, (response: FakeResponse) => void]>([
    [true, 'its answer is closed', response => response.emit('close')],
    [
      true,
      'its connection is closed while its answer waits behind another',
      ({ connection }) => connection.emit('close'),
    ],
    [false, 'its answer breaks, of which the close will tell', response => response.emit('error', new Error('EPIPE'))],
    [
      false,
      'its answer is closed behind its end',
      response => {
        response.writableFinished = true;
        response.emit('close');
        response.connection.emit('close');
      },
    ],
  ])('is noticed, %p, when %s', (noticed, _, leave) => {
    const { client, response } = start();
    let told = 0;
    client.onDisconnect(() => (told += 1));
    expect([client.disconnected, told]).toEqual([false, 0]);
    leave(response);
    leave(response);
    expect([client.disconnected, client.signal.aborted, told]).toEqual([noticed, noticed, noticed ? 1 : 0]);
  });

  it.each(['destroyed', 'connection'])('is noticed at once where it had left before: %s', where => {
    const response = new FakeResponse();
    if (where === 'destroyed') response.destroyed = true;
    else response.connection.destroyed = true;
    const { client } = start(response);
    let told = 0;
    client.onDisconnect(() => (told += 1));
    expect([client.disconnected, told]).toEqual([true, 1]);
  });

  it('is sent nothing any more, and waited for by nobody', () => {
    useFakeTimers();
    const { client, response } = left();
    expect(client.write(X, () => undefined)).toBe(true);
    client.end(X);
    client.destroyAfter(X);
    expect([response.done, SharedTimer.waiting]).toEqual([[], 0]);
    jest.useRealTimers();
  });
});

describe('the end of an answer', () => {
  beforeEach(() => useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it.each([
    [[], 'end'],
    [[X], 'end x'],
  ])('has last bytes or none: %j', (last, done) => {
    const { client, response } = start();
    client.end(...last);
    expect(response.done).toEqual([done]);
  });

  it('that the caller has taken is waited for no more', () => {
    const { client, response } = start();
    response.writableFinished = true;
    client.end(X);
    expect(SharedTimer.waiting).toBe(0);
  });

  it('that is a break comes once its last bytes are out', () => {
    const { client, response } = start();
    client.destroyAfter(X);
    expect(response.done).toEqual(['write x']);
    response.onWritten?.();
    expect([response.done, SharedTimer.waiting]).toEqual([['write x', 'destroy'], 0]);
  });

  it('that is a break comes after a second, though its last bytes are not out', () => {
    const { client, response } = start();
    client.destroyAfter(X);
    jest.advanceTimersByTime(999);
    expect(response.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(response.destroyed).toBe(true);
  });
});
