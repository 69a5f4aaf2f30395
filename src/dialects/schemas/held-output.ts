import type { JsonObject } from '../../json/value.js';
import type { OutputFormat } from '../neutral/neutral.types.js';
import type { LossList } from '../wire/loss-list.js';
import { strictSchema } from './strict-schema.js';

type SchemaOutput = Extract<OutputFormat, { readonly type: 'schema' }>;

/**
 * `schema` and `strict` of an answer's format at OpenAI. A dialect whose schemas always hold (`strict` null) is held to it here,
 * too, where the strict mode can say it; else that nothing holds is named.
 */
export function heldOutput(
  { schema, strict }: SchemaOutput,
  losses: LossList,
): { schema: JsonObject; strict: boolean } {
  if (strict !== null) return { schema, strict };
  const held = strictSchema(schema);
  if (held !== null) return { schema: held, strict: true };
  const reason =
    'this model is shown it but not held to it: strict mode takes closed objects that require each property';
  losses.add('output.schema', reason);
  return { schema, strict: false };
}
