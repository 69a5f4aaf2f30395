import type { TextPart } from './neutral.types.js';

const TAG = 'system-reminder';

/**
 * Instructions from the middle of a conversation, for a vendor that takes them at its beginning only and so reads them in the
 * user's turn. The element says that they are not the words of the user: it is the one in which Claude's own agent puts such
 * notes, and other models read it alike. A text that is one element already, and one that is blank, stays as it is.
 */
export function markInstructions(part: TextPart): TextPart {
  const text = part.text.trim();
  if (text === '' || isElement(text)) return part;
  return { ...part, text: `<${TAG}>\n${part.text}\n</${TAG}>` };
}

/** Whether a text is one element from its beginning to its end, as agents write their notes. */
function isElement(text: string): boolean {
  const [, tag] = /^<([\w-]{1,64})>/.exec(text) ?? [];
  const end = `</${tag}>`;
  return tag !== undefined && text.endsWith(end) && text.indexOf(end) === text.length - end.length;
}
