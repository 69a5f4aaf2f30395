import type { AssistantPart, Opaque, ReasoningPart } from './neutral.types.js';

/**
 * Gemini signs its calls and its texts. Only the signature of a call is needed to go on (Google's "Thought signatures"
 * guide), so only that one crosses into a dialect without a field for it: as a thought without text, right before its call.
 */
export const TEXT_SIGNATURE_LOST = 'a signature on words is not needed to go on, and has no place here';

/** The signature of the call behind `part`, when that is all that `part` holds. */
export function signatureOfNext(part: AssistantPart | undefined): Opaque | null {
  if (part?.type !== 'reasoning' || part.text !== '' || part.redacted || part.opaque === null) return null;
  // An item of OpenAI's reasoning stands for itself, with or without a summary.
  return part.opaque.origin === 'anthropic' || part.opaque.origin === 'openai' ? null : part.opaque;
}

/** A thought that holds nothing but a signature. */
export function bareThought(opaque: Opaque): ReasoningPart {
  return { type: 'reasoning', text: '', opaque, redacted: false };
}

/** The parts of one turn, with each signature on what it signs. */
export function attachSignatures(parts: readonly AssistantPart[]): readonly AssistantPart[] {
  const attached: AssistantPart[] = [];
  for (const part of parts) attach(part, attached);
  return attached;
}

/** Adds a part; a signature right before it goes onto it. */
export function attach(part: AssistantPart, attached: AssistantPart[]): void {
  const signature = part.type === 'text' || part.type === 'tool-call' ? signatureOfNext(attached.at(-1)) : null;
  if (signature === null) attached.push(part);
  else attached.splice(-1, 1, { ...part, signature } as AssistantPart);
}
