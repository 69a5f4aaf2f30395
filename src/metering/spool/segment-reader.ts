import { readFile } from 'node:fs/promises';
import { readBlocks, type Unreadable } from './block.js';
import { readLines } from './old-lines.js';
import type { FoundEntry, SpoolCodec } from './spool-codec.js';

const OLD_ENDING = '.log';
const ENDING = '.journal';
/** Each format has a name of its own, so that a release leaves alone what it cannot read. */
const NAME = /^\d{8,}\.(?:log|journal)$/;

export function isSegmentName(name: string): boolean {
  return NAME.test(name);
}

export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}${ENDING}`;
}

/** Reads a segment of either format, and hands on what is whole in it. */
export async function readSegment<R>(
  path: string,
  codec: Pick<SpoolCodec<R>, 'read' | 'fromJson'>,
  take: (entry: FoundEntry<R>) => void,
): Promise<Unreadable> {
  const bytes = await readFile(path);
  return path.endsWith(OLD_ENDING) ? readLines(bytes, codec, take) : readBlocks(bytes, codec, take);
}
