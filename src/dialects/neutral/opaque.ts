import type { Opaque, Origin } from './neutral.types.js';

/**
 * A vendor's signature travels through another vendor's field with its origin before it, so that it finds its way back byte
 * for byte in the next turn and is never shown to a vendor that did not make it. Letters, digits and dots only.
 */
const FOREIGN = /^bough\.(anthropic|openai|gemini|other)\./;

/** As it stands in a field of `native`'s own dialect. */
export function writeOpaque(opaque: Opaque, native: Origin): string {
  return opaque.origin === native ? opaque.value : `bough.${opaque.origin}.${opaque.value}`;
}

/** From a field of `native`'s own dialect. */
export function readOpaque(text: string, native: Origin): Opaque {
  const origin = FOREIGN.exec(text)?.[1] as Origin | undefined;
  return origin === undefined ? { origin: native, value: text } : { origin, value: text.slice(origin.length + 7) };
}
