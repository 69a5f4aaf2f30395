import { createHash } from 'node:crypto';
import type { Turn } from './neutral.types.js';

/** The names of the tools that were called before, by the ids of their calls. */
export function toolNamesOf(turns: readonly Turn[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const turn of turns) {
    if (turn.role !== 'assistant') continue;
    for (const part of turn.parts) if (part.type === 'tool-call') names.set(part.id, part.name);
  }
  return names;
}

/** An id for the call that a wire gave none: the same for the same answer and place, another for every other. */
export function toolCallId(responseId: string, place: number | string): string {
  return `call_${createHash('sha256').update(`${responseId}\n${place}`).digest('hex').slice(0, 24)}`;
}

/** An id in the letters that every vendor takes, 64 at most. An id that fits stays as it is; others become one that does. */
export function plainToolCallId(id: string): string {
  return /^[a-zA-Z0-9_-]{1,64}$/.test(id) ? id : toolCallId(id, 'plain');
}
