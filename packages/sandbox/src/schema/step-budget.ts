import { refuseSchema } from './schema-refusal.js';

/** Some tens of milliseconds of the processor, and more than a schema that somebody means asks for. */
const MAX_STEPS = 500_000;

/** How much work the schemas and patterns of one answer may take together: all its choices and all its calls. */
export class StepBudget {
  private taken = 0;

  get spent(): number {
    return this.taken;
  }

  /**
   * To be called before the work: about a step for a subschema looked at, a comparison, or a character written.
   * @throws {RequestRefusal}
   */
  spend(steps: number): void {
    this.taken += steps;
    if (this.taken > MAX_STEPS) throw refuseSchema('it asks for too much work');
  }
}
