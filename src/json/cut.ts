import { ObjectWalker } from './object-walker.js';
import { unescapeText } from './string-walker.js';

/** An escape such as `\u006d` spends six bytes on one character. */
const MAX_BYTES_PER_CHARACTER = 6;

const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * A copy of a JSON object without these top-level fields, however often they come and however they are escaped, and with one
 * member more at its beginning. What stays, stays byte for byte.
 * @param added a whole member, such as `"version":1`; '' for none
 * @throws JsonSyntaxError
 */
export function cutFields(body: Buffer, names: readonly string[], added = ''): Buffer {
  const members = membersNamed(body, names);
  const inside = body.indexOf(OPEN_OBJECT) + 1;
  const kept = keptAround(body, inside, members);
  const [first = body.subarray(body.length)] = kept;
  const at = skipBlanks(first, 0);
  // What had a member before it that is gone begins with that member's comma.
  const leadsOn = first[at] === COMMA;
  if (leadsOn && added === '') kept[0] = first.subarray(at + 1);
  const separator = added === '' || leadsOn || first[at] === CLOSE_OBJECT ? '' : ',';
  return Buffer.concat([body.subarray(0, inside), Buffer.from(added + separator), ...kept]);
}

/** From the key's quote to the value's end, in the order in which they come. */
function membersNamed(body: Buffer, names: readonly string[]): Range[] {
  const wanted = new Set(names);
  const longest = Math.max(0, ...names.map(name => Buffer.byteLength(name))) * MAX_BYTES_PER_CHARACTER;
  const starts: number[] = [];
  const walker = new ObjectWalker(body, 0, {
    text: () => undefined,
    topLevelKey: (start, end, escaped) => {
      if (end - start > longest) return null;
      const written = body.toString('utf8', start, end);
      const name = escaped ? unescapeText(written) : written;
      if (name === null || !wanted.has(name)) return null;
      // The walker keeps one value a name, so a name that comes again is given another.
      return String(starts.push(start - 1));
    },
  });
  walker.walk();
  return [...walker.fields.values()].map(({ end }, index) => ({ start: starts[index] as number, end }));
}

/** What is left of `[from, end of the body)`; the first of it holds more than blanks. */
function keptAround(body: Buffer, from: number, members: readonly Range[]): Buffer[] {
  const kept: Buffer[] = [];
  let at = from;
  for (const { start, end } of [...members, { start: body.length, end: body.length }]) {
    const stop = start === body.length ? start : withCommaBefore(body, start);
    if (skipBlanks(body, at) < stop) kept.push(body.subarray(at, stop));
    at = end;
  }
  return kept;
}

/** A member goes with the comma before it, except for the first of the object, which has none. */
function withCommaBefore(body: Buffer, start: number): number {
  let at = start - 1;
  while ((body[at] as number) <= 0x20) at -= 1;
  return body[at] === COMMA ? at : start;
}

function skipBlanks(body: Buffer, from: number): number {
  let at = from;
  while (at < body.length && (body[at] as number) <= 0x20) at += 1;
  return at;
}
