import type { AssistantPart, Opaque, ReasoningPart } from '../neutral/neutral.types.js';
import { readOpaque } from '../neutral/opaque.js';

/**
 * A vendor that seals its texts and calls (Gemini) has no field for that here. The seal travels as a thinking block without
 * text, right before what it seals, and finds its way back from there.
 */
export function attachSeals(parts: readonly AssistantPart[]): readonly AssistantPart[] {
  const attached: AssistantPart[] = [];
  for (const part of parts) {
    const before = attached.at(-1);
    const seal = part.type === 'text' || part.type === 'tool-call' ? sealOfNext(before) : null;
    if (seal === null) attached.push(part);
    else attached.splice(-1, 1, { ...part, signature: seal } as AssistantPart);
  }
  return attached;
}

/** The seal of the part behind `part`, when that is all that `part` holds. */
export function sealOfNext(part: AssistantPart | undefined): Opaque | null {
  if (part?.type !== 'reasoning' || part.text !== '' || part.opaque === null) return null;
  // An item of OpenAI's reasoning stands for itself, with or without a summary.
  return part.opaque.origin === 'anthropic' || part.opaque.origin === 'openai' ? null : part.opaque;
}

export function decodeThinking(text: string, signature: string): ReasoningPart {
  const opaque = signature === '' ? null : readOpaque(signature, 'anthropic');
  return { type: 'reasoning', text, opaque, redacted: false };
}
