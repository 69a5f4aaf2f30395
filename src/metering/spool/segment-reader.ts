import { createReadStream } from 'node:fs';
import { decodeLine, type SpoolLine } from './spool-line.js';

const LINE_END = 0x0a;

export type ReadableLine = Exclude<SpoolLine, { kind: 'corrupt' }>;

/** What of a segment could not be read. */
export interface Unreadable {
  /** lines with good ones after them */
  corruptLines: number;
  /** behind the last good line: a write that was cut off, most likely */
  tornBytes: number;
  /** the bytes of both */
  readonly bytes: Buffer[];
}

/** Reads a segment a line at a time. Hands on every good line, whatever stands before it. */
export async function readSegment(path: string, take: (line: ReadableLine) => void): Promise<Unreadable> {
  const unreadable: Unreadable = { corruptLines: 0, tornBytes: 0, bytes: [] };
  let badLines = 0;
  for await (const bytes of linesOf(path)) {
    const line: SpoolLine = bytes.at(-1) === LINE_END ? decodeLine(bytes.subarray(0, -1)) : { kind: 'corrupt' };
    if (line.kind === 'corrupt') {
      badLines += 1;
      unreadable.tornBytes += bytes.length;
      unreadable.bytes.push(bytes);
      continue;
    }
    unreadable.corruptLines += badLines;
    badLines = 0;
    unreadable.tornBytes = 0;
    take(line);
  }
  return unreadable;
}

/** Each line with its line end; the last may have none. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, start)) {
      yield Buffer.concat([...rest, chunk.subarray(start, end + 1)]);
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
