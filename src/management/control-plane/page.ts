import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { invalidField } from './refusals.js';
import { Optional, Text, WholeNumberText } from './requests/fields.js';
import { readInstant } from './requests/instant.js';
import { isObjectId } from './requests/request.pipe.js';

export class Pagination {
  @ApiProperty({ description: 'send it as `cursor` for the next page' })
  cursor!: string;
}

const MOST_OF_A_PAGE = 1_000;
const MAX_CURSOR = 500;

/** What every list of /admin takes. */
export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: MOST_OF_A_PAGE, example: 100, description: 'how many, at most' })
  @Optional()
  @WholeNumberText(1, MOST_OF_A_PAGE)
  limit?: number;

  @ApiPropertyOptional({ description: 'the cursor of an earlier page of this list' })
  @Optional()
  @Text(1, MAX_CURSOR)
  cursor?: string;
}

/** What every list of /admin has besides its rows. */
export class Page {
  @ApiPropertyOptional({ type: () => Pagination, description: 'absent on the last page' })
  pagination?: Pagination;
}

/** Where a list goes on: after this row, newest first. */
export interface PagePosition {
  readonly createdAt: Date;
  readonly id: string;
}

export interface PageRequest {
  readonly search: string | undefined;
  readonly after: PagePosition | null;
  readonly limit: number;
}

/** The filter of the rows that come after a position. */
export function rowsAfter(after: PagePosition | null) {
  return after === null
    ? {}
    : { OR: [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { lt: after.id } }] };
}

/** The same where the oldest come first. */
export function rowsSince(after: PagePosition | null) {
  return after === null
    ? {}
    : { OR: [{ createdAt: { gt: after.createdAt } }, { createdAt: after.createdAt, id: { gt: after.id } }] };
}

export const OLDEST_FIRST = [{ createdAt: 'asc' as const }, { id: 'asc' as const }];
export const NEWEST_FIRST = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];

/** A text to be found as it is: Prisma's `contains` would read these as wildcards. */
export function literally(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

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
