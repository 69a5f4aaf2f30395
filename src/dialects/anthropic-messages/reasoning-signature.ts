import type { ReasoningPart } from '../neutral/neutral.types.js';
import { readOpaque } from '../neutral/opaque.js';

export function decodeThinking(text: string, signature: string): ReasoningPart {
  const opaque = signature === '' ? null : readOpaque(signature, 'anthropic');
  return { type: 'reasoning', text, opaque, redacted: false };
}
