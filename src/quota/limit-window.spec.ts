import { windowAt, windowLike } from './limit-window.js';
import type { LimitKind } from './limit-kinds.js';

const at = (...parts: [number, number, number, number?, number?, number?, number?]) => Date.UTC(...parts);
const NOW = at(2026, 11, 31, 23, 59, 30, 5);
const MINUTE = [at(2026, 11, 31, 23, 59), at(2027, 0, 1)];
const DAY = [at(2026, 11, 31), at(2027, 0, 1)];
const MONTH = [at(2026, 11, 1), at(2027, 0, 1)];
const ALWAYS = [0, null];

describe('the window of a limit', () => {
  it.each<[LimitKind, (number | null)[]]>([
    ['requests_per_minute', MINUTE],
    ['tokens_per_minute', MINUTE],
    ['spend_per_day', DAY],
    ['spend_per_month', MONTH],
    ['concurrent_requests', ALWAYS],
    ['spend_total', ALWAYS],
  ])('of %s at the end of a year', (kind, [begin, end]) => {
    expect(windowAt(kind, NOW)).toEqual({ begin, end });
    // It begins with its first millisecond, and is over with its end.
    if (end != null) expect([windowAt(kind, begin ?? 0), windowAt(kind, end).begin]).toEqual([{ begin, end }, end]);
  });

  it.each<[LimitKind, number, (number | null)[]]>([
    ['tokens_per_minute', at(2027, 0, 1, 0, 0, 1), [at(2027, 0, 1), at(2027, 0, 1, 0, 1)]],
    ['spend_per_day', at(2027, 0, 1, 5), [at(2027, 0, 1), at(2027, 0, 2)]],
    ['spend_per_month', at(2027, 1, 3), [at(2027, 1, 1), at(2027, 2, 1)]],
    ['spend_total', at(2027, 1, 3), ALWAYS],
  ])('like that of %s, at %i', (kind, later, [begin, end]) => {
    expect(windowLike(windowAt(kind, NOW), later)).toEqual({ begin, end });
  });
});
