import type { Loss } from './neutral/neutral.types.js';

const SHOWN = 32;

/** What `x-bough-losses` says: the fields only, short, and in characters that a header may hold. */
export function lossNames(losses: readonly Loss[]): string {
  const fields = [...new Set(losses.map(({ field }) => field.replaceAll(/[^\x21-\x2b\x2d-\x7e]/g, '?')))];
  const shown = fields.slice(0, SHOWN).join(', ');
  return fields.length > SHOWN ? `${shown}, and ${fields.length - SHOWN} more` : shown;
}
