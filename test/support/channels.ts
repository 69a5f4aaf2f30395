import { Channel, type Wire } from '../../src/platform/siblings/channel.js';

/** Two ends of a channel as between processes: what is said is copied as JSON, in order, and arrives in a later turn. */
export function channelPair(): { readonly one: Channel; readonly other: Channel; readonly cut: () => void } {
  const takers: ((message: unknown) => void)[] = [];
  let isCut = false;
  const wire = (self: number, peer: number): Wire => ({
    send: message => {
      const text = JSON.stringify(message);
      setImmediate(() => {
        if (!isCut) takers[peer]?.(JSON.parse(text));
      });
    },
    listen: take => (takers[self] = take),
  });
  return { one: new Channel(wire(0, 1)), other: new Channel(wire(1, 0)), cut: () => (isCut = true) };
}
