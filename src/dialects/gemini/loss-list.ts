import type { Loss } from '../neutral/neutral.types.js';

/** What a translation could not carry over, in the order in which it was found. */
export class LossList {
  readonly losses: Loss[] = [];

  add(field: string, reason = 'has no counterpart in other dialects'): void {
    this.losses.push({ field, reason });
  }

  /** For what may stand in many places but is worth one word. */
  addOnce(field: string, reason: string): void {
    if (!this.losses.some(loss => loss.field === field)) this.add(field, reason);
  }
}
