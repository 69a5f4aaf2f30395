const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** What a request may name: PostgreSQL and JavaScript hold it in every form, and nothing was used before. */
const EARLIEST_MS = Date.UTC(1970, 0, 1);
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Reads a moment with its zone; null for a text that is none, or that lies before 1970 or after 9999. */
export function readInstant(text: unknown): Date | null {
  return typeof text === 'string' && INSTANT.test(text) ? read(text, text.slice(0, 10)) : null;
}

/** As `readInstant`, or a day, which means its first moment in UTC. */
export function readInstantOrDay(text: unknown): Date | null {
  return typeof text === 'string' && DAY.test(text) ? read(text, text) : readInstant(text);
}

/** 2026-02-30 parses as the second of March: only a day that comes back as it was given exists. */
function read(text: string, day: string): Date | null {
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return null;
  const time = new Date(text);
  // Also false for a time that is none.
  return time.getTime() >= EARLIEST_MS && time.getTime() <= LATEST_MS ? time : null;
}
