import { Reflector } from '@nestjs/core';
import type { StructureLimits } from '../../../json/structure-meter.js';

/** What the body of a route may be. */
export interface BodyForm {
  /** whether YAML is taken besides JSON */
  readonly yaml: boolean;
  readonly limits: StructureLimits;
}

/** Several times what any single object of the control plane is made of, and checked within milliseconds. */
export const ONE_OBJECT: BodyForm = { yaml: false, limits: { depth: 32, keys: 200, items: 1_000, values: 5_000 } };

/** A whole configuration: more than fits into the largest body. */
export const DOCUMENT: BodyForm = { yaml: true, limits: { depth: 32, keys: 200, items: 20_000, values: 100_000 } };

/** For a route whose body is not `ONE_OBJECT`. */
export const BodyOf = Reflector.createDecorator<BodyForm>();
