import type { JsonObject } from '../../json/value.js';
import type { PartStart } from '../neutral/neutral-event.js';
import type { Citation, Opaque, TokenLogprob } from '../neutral/neutral.types.js';
import { textContent } from './answer-frame.js';

/** A part that is being written: its item's place among the items, and what was said so far. */
export interface OpenItem {
  readonly start: PartStart;
  /** -1 while it waits to be opened */
  place: number;
  id: string;
  text: string;
  signature: Opaque | null;
  citations: Citation[];
  logprobs: TokenLogprob[];
}

/** The words' place, as their events name it. A message holds one piece of content here. */
export function at({ id, place }: OpenItem): JsonObject {
  return { item_id: id, output_index: place, content_index: 0 };
}

export function content(item: OpenItem, text: string): JsonObject {
  if (item.start.type === 'refusal') return { type: 'refusal', refusal: text };
  return textContent(text, text === '' ? [] : item.citations, text === '' ? [] : item.logprobs);
}

/** How the events about the input of a call begin. */
export function inputEvent(start: PartStart): string {
  const custom = start.type === 'tool-call' && start.custom === true;
  return custom ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
}

/** Whether another vendor signed the call: that signature has an item of its own. */
export function isForeign({ start, signature }: OpenItem): boolean {
  return start.type === 'tool-call' && signature !== null && signature.origin !== 'openai';
}
