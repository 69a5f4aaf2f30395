import type { Ending, Step } from '../../src/relay/relay-core.js';

const quoted = (bytes: Buffer) => JSON.stringify(bytes.toString());

function lastOf({ last }: Ending): string[] {
  if (last === null) return [];
  return last.how === 'destroy' ? ['destroy'] : [`${last.how} ${quoted(last.bytes)}`];
}

/** A step of a relay as one line: what is done, in its order, and how the answer ends. */
export function inWords({ timerMs, send, rewrite, upstream, ending }: Step): string {
  const words = [
    timerMs === null ? [] : [`timer ${timerMs}`],
    send === null ? [] : [`send ${quoted(send)}`],
    rewrite === null ? [] : [`rewrite ${quoted(rewrite)}`],
    upstream === null ? [] : [upstream],
    ending === null ? [] : [ending.status, ...lastOf(ending)],
    ending?.usage == null ? [] : ['usage'],
    ending?.usageFinal === true ? ['final'] : [],
    ending?.whole === true ? ['whole'] : [],
    ending?.error == null ? [] : [`error ${ending.error.code}`],
  ].flat();
  return words.length === 0 ? 'nothing' : words.join(', ');
}
