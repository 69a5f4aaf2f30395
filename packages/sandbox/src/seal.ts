import { createHash, createHmac } from 'node:crypto';

/** Seals prove where a text came from and keep nobody's secret, so every sandbox may know the key. */
const KEY = 'bough sandbox seal';

const NONCE_BYTES = 9;
const MAC_BYTES = 32;

/**
 * The sandbox's opaque mark on something it said, as vendors sign thoughts: base64 that is the same for the same words.
 * `shown` is what must come back unchanged beside it; `hidden` is only in the seal, and may be what `shown` leaves out.
 */
export function seal(purpose: string, shown: string, hidden = shown): string {
  const nonce = createHash('sha256').update(`${purpose}\n${hidden}`).digest().subarray(0, NONCE_BYTES);
  return Buffer.concat([nonce, macOf(purpose, nonce, shown)]).toString('base64');
}

/** True for a seal that the sandbox made for this purpose and these words. */
export function isSealOf(text: string, purpose: string, shown: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== NONCE_BYTES + MAC_BYTES || bytes.toString('base64') !== text) return false;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  return bytes.subarray(NONCE_BYTES).equals(macOf(purpose, nonce, shown));
}

function macOf(purpose: string, nonce: Buffer, shown: string): Buffer {
  return createHmac('sha256', KEY).update(purpose).update('\n').update(nonce).update(shown).digest();
}
