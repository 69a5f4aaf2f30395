import type { LossList } from '../wire/loss-list.js';
import type { AssistantPart, ChatDialect, MediaPart, Turn } from './neutral.types.js';
import { partPath, turnPath } from './places.js';

/** Whose models show media themselves, and are shown again what they showed. */
const OWN_MEDIA: ReadonlySet<ChatDialect> = new Set<ChatDialect>(['gemini_generate_content']);
/** Whose conversations begin with the user. */
const USER_FIRST: ReadonlySet<ChatDialect> = new Set<ChatDialect>(['anthropic_messages', 'gemini_generate_content']);

/** What the assistant showed as words of the user right behind it, for a vendor whose assistant shows nothing. It is named. */
export function withShownMedia(turns: readonly Turn[], target: ChatDialect, losses: LossList): readonly Turn[] {
  if (OWN_MEDIA.has(target)) return turns;
  return turns.flatMap((turn, index): readonly Turn[] => {
    if (turn.role !== 'assistant' || !turn.parts.some(isMedia)) return [turn];
    const media = turn.parts.flatMap((part, place): readonly MediaPart[] => {
      if (!isMedia(part)) return [];
      const at = partPath(part, place, turn, turnPath(turn, index));
      losses.add(at, 'the assistant cannot show it to this model; it is shown behind, as the user’s');
      return [{ ...part, at }];
    });
    const said = turn.parts.filter(part => !isMedia(part));
    const shown: Turn = { role: 'user', parts: [{ type: 'text', text: 'Shown by the assistant:' }, ...media] };
    return said.length === 0 ? [shown] : [{ ...turn, parts: said }, shown];
  });
}

function isMedia(part: AssistantPart): part is MediaPart {
  return part.type === 'media';
}

/** Claude takes no text that is blank, others none that is empty. */
export function saysSomething({ parts }: Turn, target: ChatDialect): boolean {
  const said = (text: string) => (target === 'anthropic_messages' ? text.trim() : text) !== '';
  return parts.some(part => part.type !== 'text' || said(part.text));
}

/** A word of the user before the assistant's first, for a vendor that demands one. It is named. */
export function withUserFirst(turns: readonly Turn[], target: ChatDialect, losses: LossList): readonly Turn[] {
  if (!USER_FIRST.has(target)) return turns;
  const first = turns.findIndex(turn => saysSomething(turn, target));
  const turn = turns[first];
  if (turn?.role !== 'assistant') return turns;
  losses.add(turnPath(turn, first), 'this model’s conversations begin with the user, who is given a word before it');
  return [...turns.slice(0, first), { role: 'user', parts: [{ type: 'text', text: 'Go on.' }] }, ...turns.slice(first)];
}
