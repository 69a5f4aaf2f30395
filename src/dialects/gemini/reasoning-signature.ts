import type { Opaque } from '../neutral/neutral.types.js';
import { readOpaque, writeOpaque } from '../neutral/opaque.js';

/** `bough.` in base64: six bytes make eight letters, whatever follows. */
const FOREIGN = 'Ym91Z2gu';

/** Between our name and the vendor's, where the vendor shows no thought beside its signature. */
const REDACTED = 'bough.redacted.';

/**
 * What Google documents for a call that Gemini did not sign ("Thought signatures", in the section on FAQs): its check is
 * skipped. It is no signature, and goes to no other vendor.
 */
export const UNSIGNED = 'skip_thought_signature_validator';
const UNSIGNED_WORDS: readonly string[] = [UNSIGNED, 'context_engineering_is_the_way_to_go'];

/** Whether a call says that Gemini did not sign it, in the words themselves or as the bytes of the field. */
export function saysUnsigned(thoughtSignature: string): boolean {
  if (thoughtSignature.length > 64) return false;
  const bytes = Buffer.from(thoughtSignature, 'base64').toString();
  return UNSIGNED_WORDS.includes(thoughtSignature) || UNSIGNED_WORDS.includes(bytes);
}

export interface ThoughtSignature {
  readonly opaque: Opaque;
  readonly redacted: boolean;
}

/**
 * A `thoughtSignature` is a field of bytes, so base64. Gemini's own go through as they came; another vendor's signature stands
 * in it as the base64 of its text with its origin before it, for the SDKs decode the field and encode it again.
 */
export function readSignature(thoughtSignature: string): ThoughtSignature {
  const own: ThoughtSignature = { opaque: { origin: 'gemini', value: thoughtSignature }, redacted: false };
  if (!thoughtSignature.startsWith(FOREIGN)) return own;
  const text = Buffer.from(thoughtSignature, 'base64').toString('utf8');
  const redacted = text.startsWith(REDACTED);
  const opaque = readOpaque(redacted ? `bough.${text.slice(REDACTED.length)}` : text, 'gemini');
  return opaque.origin === 'gemini' ? own : { opaque, redacted };
}

export function writeSignature(opaque: Opaque, redacted = false): string {
  if (opaque.origin === 'gemini') return opaque.value;
  const text = writeOpaque(opaque, 'gemini');
  return Buffer.from(redacted ? REDACTED + text.slice('bough.'.length) : text).toString('base64');
}
