import type { JsonObject } from '../../json/value.js';
import type { FunctionTool } from '../neutral/neutral.types.js';
import type { LossList } from '../wire/loss-list.js';
import { strictSchema } from './strict-schema.js';

/**
 * `parameters` and `strict` of a function at OpenAI. Its strict mode takes closed objects that require each property (guide
 * "Structured outputs", supported schemas); other vendors' strict tools may leave some out. Where the mode cannot say the
 * same, the function is not strict, which is named.
 * @param path the tool's, in the caller's request
 */
export function heldTool(
  { parameters, strict }: FunctionTool,
  path: string,
  losses: LossList,
): { readonly parameters: JsonObject | null; readonly strict: boolean | null } {
  if (strict !== true || parameters === null) return { parameters, strict };
  const held = strictSchema(parameters);
  if (held !== null) return { parameters: held, strict };
  losses.add(
    `${path}.strict`,
    'strict mode takes closed objects that require each property; this model is only shown it',
  );
  return { parameters, strict: false };
}
