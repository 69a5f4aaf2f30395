import type { AssistantPart, Opaque } from '../neutral/neutral.types.js';

/** How the id of a thought begins of which its vendor shows nothing: the item has no other place to say so. */
export const REDACTED_ID = 'rs_redacted_';

/** How the id of an item begins that holds nothing but another vendor's signature on the part before it. */
export const SIGNATURE_AFTER_ID = 'rs_after_';

/** What of a part needs an item of its own behind it: another vendor's signature on words or on a call. */
export function signatureBehind(part: AssistantPart): Opaque | null {
  const signed = part.type === 'text' || part.type === 'tool-call' ? part.signature : undefined;
  return signed === undefined || signed.origin === 'openai' ? null : signed;
}
