import type { AssistantPart, Opaque, ReasoningPart } from '../neutral/neutral.types.js';
import { readOpaque } from '../neutral/opaque.js';

/**
 * A vendor that signs its texts and calls (Gemini) has no field for that here. The signature travels as a thinking block
 * without text, right before what it signs, and finds its way back from there.
 */
export function attachSignatures(parts: readonly AssistantPart[]): readonly AssistantPart[] {
  const attached: AssistantPart[] = [];
  for (const part of parts) {
    const before = attached.at(-1);
    const signature = part.type === 'text' || part.type === 'tool-call' ? signatureOfNext(before) : null;
    if (signature === null) attached.push(part);
    else attached.splice(-1, 1, { ...part, signature } as AssistantPart);
  }
  return attached;
}

/** The signature of the part behind `part`, when that is all that `part` holds. */
export function signatureOfNext(part: AssistantPart | undefined): Opaque | null {
  if (part?.type !== 'reasoning' || part.text !== '' || part.opaque === null) return null;
  // An item of OpenAI's reasoning stands for itself, with or without a summary.
  return part.opaque.origin === 'anthropic' || part.opaque.origin === 'openai' ? null : part.opaque;
}

export function decodeThinking(text: string, signature: string): ReasoningPart {
  const opaque = signature === '' ? null : readOpaque(signature, 'anthropic');
  return { type: 'reasoning', text, opaque, redacted: false };
}
