import { createServer } from 'node:http';
import { Lifecycle } from '../platform/lifecycle.js';
import { ActiveStreams } from '../relay/active-streams.js';
import { drain } from './drain.js';

describe('a drain', () => {
  it('waits for a stream whose caller has left, and interrupts it only at its end', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const looks = jest.spyOn(server, 'closeIdleConnections');
    const streams = new ActiveStreams();
    const interrupt = jest.fn();
    streams.add(interrupt);
    let over = false;
    const drained = drain(server, new Lifecycle(), streams, 60_000).finally(() => {
      over = true;
    });
    while (looks.mock.calls.length < 5) await new Promise(resolve => setImmediate(resolve));
    expect(over).toBe(false);

    streams.delete(interrupt);
    await drained;
    expect(interrupt).not.toHaveBeenCalled();
    await new Promise(resolve => server.close(resolve));
  });

  it('interrupts a stream that goes on, and waits until it has ended', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const streams = new ActiveStreams();
    const interrupt = jest.fn(() => setImmediate(() => streams.delete(interrupt)));
    streams.add(interrupt);

    await drain(server, new Lifecycle(), streams, 0);
    expect([interrupt.mock.calls.length, streams.count]).toEqual([1, 0]);
    await new Promise(resolve => server.close(resolve));
  });
});
