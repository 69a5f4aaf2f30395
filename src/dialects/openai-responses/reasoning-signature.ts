import type { AssistantPart, Opaque } from '../neutral/neutral.types.js';

/** How the id of a thought begins of which its vendor shows nothing: the item has no other place to say so. */
export const REDACTED_ID = 'rs_redacted_';

/** How the id of an item begins that holds nothing but another vendor's signature on the part before it; no longer written. */
export const SIGNATURE_AFTER_ID = 'rs_after_';

/**
 * How the id of an item begins that holds nothing but the signature of a call; the call's id follows. It stands before its
 * call, but behind one that was streamed before its signature was known. Callers put results where they like, so its place
 * says nothing.
 */
export const SIGNATURE_FOR_ID = 'rs_for_';

/** Another vendor's signature on a call: it needs an item of its own, before the call. */
export function foreignSignature(part: AssistantPart): Opaque | null {
  const signed = part.type === 'tool-call' ? part.signature : undefined;
  return signed === undefined || signed.origin === 'openai' ? null : signed;
}
