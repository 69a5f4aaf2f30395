import { isSaid, type JsonObject } from '../../json/value.js';
import type { Loss } from '../neutral/neutral.types.js';
import { fieldPath } from './field-reader.js';

export const NOT_TRANSLATED = 'has no counterpart in other dialects';

/** The losses of one request or answer, in the order they were found. */
export class LossList {
  readonly losses: Loss[] = [];
  private readonly fields = new Set<string>();

  /** @param unknown what is said of a field that nobody reads */
  constructor(private readonly unknown: string = NOT_TRANSLATED) {}

  add(field: string, reason: string = NOT_TRANSLATED): void {
    this.fields.add(field);
    this.losses.push({ field, reason });
  }

  /** For what may stand in many places but is worth one word. */
  addOnce(field: string, reason: string): void {
    if (!this.fields.has(field)) this.add(field, reason);
  }

  /** Names a record of a provider's own tool, or another item of its own, by its type; once for each type. */
  addRecord(type: unknown): void {
    if (typeof type !== 'string') return;
    this.addOnce(fieldPath('', type), 'an item of the provider’s own, which only its dialect shows');
  }

  /** Names what is said beside the fields that are read. */
  addUnknown(owner: JsonObject, known: ReadonlySet<string>, path = ''): void {
    for (const key of Object.keys(owner)) {
      if (!known.has(key) && isSaid(owner[key])) this.add(fieldPath(path, key), this.unknown);
    }
  }
}

const SHOWN = 32;

/** What `x-bough-losses` says: the fields only, short, and in characters that a header may hold. */
export function lossNames(losses: readonly Loss[]): string {
  const fields = [...new Set(losses.map(({ field }) => field.replaceAll(/[^\x21-\x2b\x2d-\x7e]/g, '?')))];
  const shown = fields.slice(0, SHOWN).join(', ');
  return fields.length > SHOWN ? `${shown}, and ${fields.length - SHOWN} more` : shown;
}
