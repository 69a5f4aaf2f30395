import { limitKind, type LimitKind } from './limit-kinds.js';

export const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A stretch of time in which a limit counts: milliseconds since 1970 UTC. Without an end it is never over. */
export interface LimitWindow {
  readonly begin: number;
  readonly end: number | null;
}

const ALWAYS: LimitWindow = { begin: 0, end: null };

/** The window of a kind of limit at a moment: a calendar minute, a UTC day, a UTC month, or all time. */
export function windowAt(kind: LimitKind, now: number): LimitWindow {
  switch (limitKind(kind).window) {
    case 'minute':
      return slice(now, MINUTE_MS);
    case 'day':
      return slice(now, DAY_MS);
    case 'month':
      return monthAt(now);
    case null:
      return ALWAYS;
  }
}

/** The window at a moment of the same kind as another; the same where that is never over. */
export function windowLike(window: LimitWindow, now: number): LimitWindow {
  if (window.end === null) return window;
  const length = window.end - window.begin;
  return length <= DAY_MS ? slice(now, length) : monthAt(now);
}

function monthAt(now: number): LimitWindow {
  const date = new Date(now);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { begin: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
}

function slice(now: number, length: number): LimitWindow {
  const begin = now - (now % length);
  return { begin, end: begin + length };
}
