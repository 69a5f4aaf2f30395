import { readInstant } from './requests/instant.js';
import { isObjectId } from './requests/object-id.pipe.js';
import type { PagePosition } from './page.js';
import { MOST_OF_A_PAGE, type Page, type PageQuery } from './page.dto.js';
import { invalidField } from './refusals.js';

/**
 * How the cursors of a list are written and read. A cursor says all that the next page needs, and of its row only what
 * never changes, so that it holds whatever is added, changed or removed meanwhile. Null for a text that is none.
 */
export interface CursorForm<Row, Position> {
  encode(row: Row): string;
  decode(cursor: string): Position | null;
}

export interface Rows<Row> {
  readonly rows: Row[];
  /** what the answer has besides its rows */
  readonly next: Page;
}

/**
 * One page of a list, whose rows `read` gives in the list's order.
 * @throws {GatewayError} invalid_request for a cursor that is none of this list's
 */
export async function readPage<Row, Position>(
  { limit = MOST_OF_A_PAGE, cursor }: PageQuery,
  form: CursorForm<Row, Position>,
  read: (after: Position | null, limit: number) => Promise<Row[]>,
): Promise<Rows<Row>> {
  const after = cursor === undefined ? null : form.decode(cursor);
  if (cursor !== undefined && after === null) throw invalidField('cursor', 'must be the cursor of an earlier page');
  const found = await read(after, limit + 1);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const more = found.length > limit && last !== undefined;
  return { rows, next: more ? { pagination: { cursor: form.encode(last) } } : {} };
}

/** Of a list in the order in which its rows were made. */
export function byCreation<Row extends PagePosition>(list: string): CursorForm<Row, PagePosition> {
  return {
    encode: ({ createdAt, id }) => write([list, createdAt.toISOString(), id]),
    decode: cursor => {
      const [of, time, id] = parse(cursor, 3);
      const createdAt = readInstant(time);
      return of === list && createdAt !== null && isObjectId(id) ? { createdAt, id } : null;
    },
  };
}

/** Of a list in the order of its ids. */
export function byId<Row extends { readonly id: string }>(list: string): CursorForm<Row, string> {
  return {
    encode: ({ id }) => write([list, id]),
    decode: cursor => {
      const [of, id] = parse(cursor, 2);
      return of === list && isObjectId(id) ? id : null;
    },
  };
}

/** Of a list in the order of a number that counts its rows. */
export function byNumber<Row>(list: string, numberOf: (row: Row) => bigint | number): CursorForm<Row, bigint> {
  return {
    encode: row => write([list, numberOf(row).toString()]),
    decode: cursor => {
      const [of, number] = parse(cursor, 2);
      return of === list && typeof number === 'string' && /^\d{1,18}$/.test(number) ? BigInt(number) : null;
    },
  };
}

function write(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function parse(cursor: string, parts: number): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) && value.length === parts ? value : [];
  } catch {
    return [];
  }
}
