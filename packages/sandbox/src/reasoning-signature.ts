import { createHash, createHmac } from 'node:crypto';

/** A signature proves where a text came from and keeps nobody's secret, so every sandbox may know the key. */
const KEY = 'bough sandbox reasoning';

const NONCE_BYTES = 9;
const MAC_BYTES = 32;

/** What a signature is made for; one of another kind does not stand in its place. */
export type SignedKind =
  'anthropic thinking' | 'anthropic redacted thinking' | 'gemini function call' | 'gemini text' | 'responses reasoning';

/**
 * The sandbox's reasoning signature, as vendors sign thoughts: base64 that is the same for the same words. `shown` is what
 * must come back unchanged beside it; `hidden` is only in the signature, and may be what `shown` leaves out.
 */
export function signReasoning(kind: SignedKind, shown: string, hidden = shown): string {
  const nonce = createHash('sha256').update(`${kind}\n${hidden}`).digest().subarray(0, NONCE_BYTES);
  return Buffer.concat([nonce, macOf(kind, nonce, shown)]).toString('base64');
}

/** True for a signature that the sandbox made for this kind and these words, in either alphabet of base64. */
export function isReasoningSignature(text: string, kind: SignedKind, shown: string): boolean {
  if (!/^[\w+/-]*={0,2}$/.test(text)) return false;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== NONCE_BYTES + MAC_BYTES) return false;
  return bytes.subarray(NONCE_BYTES).equals(macOf(kind, bytes.subarray(0, NONCE_BYTES), shown));
}

function macOf(kind: SignedKind, nonce: Buffer, shown: string): Buffer {
  return createHmac('sha256', KEY).update(kind).update('\n').update(nonce).update(shown).digest();
}
