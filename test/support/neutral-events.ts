import type { NeutralEvent, PartStart } from '../../src/dialects/neutral/neutral-event.js';
import type { TokenCounts } from '../../src/dialects/token-counts.js';

/** What a list of events says: the parts of choice 0 as an answer would hold them, and the rest. */
export function foldEvents(events: readonly NeutralEvent[]) {
  const parts = new Map<number, Record<string, unknown>>();
  const open = new Set<number>();
  let start: Extract<NeutralEvent, { type: 'start' }> | null = null;
  let finish: Extract<NeutralEvent, { type: 'finish' }> | null = null;
  let usage: TokenCounts | null = null;
  for (const event of events) {
    if (start === null && event.type !== 'start') throw new Error(`${event.type} before the start`);
    switch (event.type) {
      case 'start':
        if (start !== null) throw new Error('a second start');
        start = event;
        usage = event.usage;
        break;
      case 'part-start':
        if (event.part !== parts.size) throw new Error('the numbers of parts are not dense');
        parts.set(event.part, emptyPart(event.start));
        open.add(event.part);
        break;
      case 'part-delta':
        if (!open.has(event.part)) throw new Error('a delta of no open part');
        addToPart(parts.get(event.part) as Record<string, unknown>, event);
        break;
      case 'part-end':
        if (!open.delete(event.part)) throw new Error('an end of no open part');
        break;
      case 'finish':
        if (finish !== null || open.size > 0) throw new Error('a finish out of place');
        finish = event;
        break;
      case 'usage':
        usage = event.usage;
        break;
      case 'error':
        break;
    }
  }
  return { start, parts: [...parts.values()], open: open.size, finish, usage };
}

function emptyPart(start: PartStart): Record<string, unknown> {
  switch (start.type) {
    case 'tool-call':
      return { ...start, arguments: '' };
    case 'reasoning':
      return { ...start, text: '', opaque: null };
    case 'media':
      return { ...start.media };
    default:
      return { type: start.type, text: '' };
  }
}

function addToPart(part: Record<string, unknown>, delta: Extract<NeutralEvent, { type: 'part-delta' }>): void {
  const text = part['type'] === 'tool-call' ? 'arguments' : 'text';
  part[text] = `${part[text] as string}${delta.text}`;
  if (delta.signature !== undefined) part[part['type'] === 'reasoning' ? 'opaque' : 'signature'] = delta.signature;
  if (delta.citations !== undefined) {
    part['citations'] = [...((part['citations'] as unknown[] | undefined) ?? []), ...delta.citations];
  }
}
