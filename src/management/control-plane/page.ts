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
