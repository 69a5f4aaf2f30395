import type { NeutralEvent } from './neutral-event.js';
import type { AssistantPart, FinishReason } from './neutral.types.js';

/**
 * What a provider says of an answer that it withheld (Anthropic's `stop_details`, Google's `finishMessage` and
 * `blockReasonMessage`): words of a refusal behind what was written. Such an answer was filtered: in the dialects that have a
 * place for a refusal it must not look like one that the model ended by itself.
 */
export interface Declined {
  readonly finish: FinishReason;
  /** '' where nothing was said */
  readonly words: string;
}

/** @param words what the provider gave, of whatever type; it is only looked at where the answer was withheld */
export function declined(finish: FinishReason, words: unknown): Declined {
  const withheld = finish === 'refusal' || finish === 'content-filter';
  if (!withheld || typeof words !== 'string' || words.trim() === '') return { finish, words: '' };
  return { finish: 'content-filter', words };
}

export function declinedParts({ words }: Declined): readonly AssistantPart[] {
  return words === '' ? [] : [{ type: 'refusal', text: words }];
}

/** The same in a stream, before the choice ends. @param part the number of the next part */
export function declinedEvents({ words }: Declined, choice: number, part: number): readonly NeutralEvent[] {
  if (words === '') return [];
  return [
    { type: 'part-start', choice, part, start: { type: 'refusal' } },
    { type: 'part-delta', choice, part, text: words },
    { type: 'part-end', choice, part },
  ];
}
