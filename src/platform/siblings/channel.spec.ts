import { channelPair } from '../../../test/support/channels.js';
import { ChannelClosedError, type Notice, type Question } from './channel.js';

const DOUBLE: Question<number, number> = { topic: 'double' };
const NEWS: Notice<string> = { topic: 'news' };
const LONG_MS = 60_000;

describe('a channel between two processes', () => {
  it('carries questions both ways at once, each with its own answer', async () => {
    const { one, other } = channelPair();
    one.onAsked(DOUBLE, async asked => asked * 2);
    other.onAsked(DOUBLE, asked => asked * 20);
    const asks = [1, 2, 3].flatMap(asked => [one.ask(DOUBLE, asked, LONG_MS), other.ask(DOUBLE, asked, LONG_MS)]);
    expect(await Promise.all(asks)).toEqual([20, 2, 40, 4, 60, 6]);
  });

  it('tells what went wrong over there', async () => {
    const { one, other } = channelPair();
    await expect(one.ask(DOUBLE, 1, LONG_MS)).rejects.toThrow('nobody here answers "double"');
    other.onAsked(DOUBLE, () => Promise.reject(new Error('not today')));
    await expect(one.ask(DOUBLE, 1, LONG_MS)).rejects.toThrow('not today');
  });

  it('waits no longer than it is told, and takes no answer that comes later for another', async () => {
    const { one, other } = channelPair();
    let late: (answer: number) => void = () => undefined;
    other.onAsked(DOUBLE, asked => (asked === 1 ? new Promise(resolve => (late = resolve)) : 4));
    await expect(one.ask(DOUBLE, 1, 20)).rejects.toThrow('within 20 ms');
    late(2);
    expect(await one.ask(DOUBLE, 2, LONG_MS)).toBe(4);
  });

  it('brings notices in order, and loses those for which nobody waits', async () => {
    const { one, other } = channelPair();
    const heard: string[] = [];
    one.tell(NEWS, 'lost');
    await new Promise(resolve => setImmediate(resolve));
    other.onTold(NEWS, told => heard.push(told));
    for (const told of ['a', 'b', 'c']) one.tell(NEWS, told);
    other.onAsked(DOUBLE, asked => asked);
    await one.ask(DOUBLE, 0, LONG_MS);
    expect(heard).toEqual(['a', 'b', 'c']);
  });

  it('fails every open question when it is closed, and each that follows', async () => {
    const { one, cut } = channelPair();
    cut();
    const open = one.ask(DOUBLE, 1, LONG_MS);
    one.close();
    await expect(open).rejects.toThrow(ChannelClosedError);
    await expect(one.ask(DOUBLE, 1, LONG_MS)).rejects.toThrow(ChannelClosedError);
    one.tell(NEWS, 'nobody');
  });
});
