import { readInstant } from '../control-plane/requests/instant.js';
import { isObjectId } from '../control-plane/requests/request.pipe.js';
import { isStorable } from '../control-plane/requests/storable.js';

export const SORT_FIELDS = ['name', 'created_at', 'updated_at'] as const;
export const SORT_ORDERS = ['asc', 'desc'] as const;

export interface SortOrder {
  readonly by: (typeof SORT_FIELDS)[number];
  readonly order: (typeof SORT_ORDERS)[number];
}

/** The last row of a page: what it was sorted by, and its id. */
export interface SortPosition {
  readonly value: string;
  readonly id: string;
}

/** A cursor says all that the next page needs, so that it holds though its row was changed or deleted. */
export function encodeCursor({ by, order }: SortOrder, { value, id }: SortPosition): string {
  return Buffer.from(JSON.stringify([by, order, value, id])).toString('base64url');
}

/** Null for a text that is no cursor, and for the cursor of a list in another order. */
export function decodeCursor(cursor: string, { by, order }: SortOrder): SortPosition | null {
  const [cursorBy, cursorOrder, value, id] = parse(cursor);
  if (cursorBy !== by || cursorOrder !== order || typeof value !== 'string' || !isObjectId(id)) return null;
  // A name may hold anything that a name may; a time must be one.
  return (by === 'name' ? isStorable(value) : readInstant(value) !== null) ? { value, id } : null;
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
