import { ObjectWalker } from './object-walker.js';

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/**
 * The body with every longer string cut to `maxBytes` or a few more, between two characters: what its strings begin with, and
 * where they stand, can then be parsed for little. The same buffer where there is none.
 * @throws JsonSyntaxError
 */
export function shortenTexts(body: Buffer, maxBytes: number): Buffer {
  const kept: Buffer[] = [];
  let from = 0;
  const walker = new ObjectWalker(body, 0, {
    topLevelKey: () => null,
    text: (start, end) => {
      if (end - start <= maxBytes) return;
      kept.push(body.subarray(from, cutBehind(body, start, start + maxBytes, end)));
      from = end;
    },
  });
  walker.walk();
  return from === 0 ? body : Buffer.concat([...kept, body.subarray(from)]);
}

/** The first place from `least` on that is in no escape and in no character of several bytes. */
function cutBehind(body: Buffer, start: number, least: number, end: number): number {
  let at = start;
  while (at < least) {
    if (body[at] !== BACKSLASH) at += 1;
    else at += body[at + 1] === LETTER_U ? 6 : 2;
  }
  while (((body[at] as number) & 0xc0) === 0x80) at += 1;
  return Math.min(at, end);
}
