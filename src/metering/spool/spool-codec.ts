import type { ColumnReader } from './column-reader.js';
import type { ColumnWriter } from './column-writer.js';

/** How a record becomes columns of a block and comes back. The id of its request is kept beside it. */
export interface SpoolCodec<R> {
  write(record: R, columns: ColumnWriter): void;
  /** @throws {Error} for what another release wrote */
  read(requestId: string, columns: ColumnReader): R;
  /**
   * Reads what a release that kept lines of JSON wrote.
   * @throws {Error} for what another release wrote
   */
  fromJson(json: unknown): R;
}

/** What is said of a request: it begins, it has ended, nothing came of it. */
export type EntryKind = 'begin' | 'end' | 'forget';

/** An entry as it is found on the disk. */
export type FoundEntry<R> =
  | { readonly kind: 'begin' | 'end'; readonly requestId: string; readonly record: R }
  | { readonly kind: 'forget'; readonly requestId: string }
  /** whole, but another release wrote it; the id where that could be read */
  | { readonly kind: 'unknown'; readonly requestId: string | null };
