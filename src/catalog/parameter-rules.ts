/** What is done with a parameter that a model is known to reject: an early error, taken out and named, or nothing. */
export const PARAMETER_POLICIES = ['reject', 'adapt', 'pass'] as const;
export type ParameterPolicy = (typeof PARAMETER_POLICIES)[number];

/**
 * One rule of the catalog (docs/contract.md section 8.6), as it is written in a model's `rejected_chat_params`:
 * `seed` (any value), `temperature!=1` (any other value), `reasoning_effort=none` (this value), `temperature+top_p` (both).
 */
export interface ParameterRule {
  /** the fields that must all stand in the request */
  readonly fields: readonly string[];
  /** with a value that is this one, or that is not; null for any value */
  readonly value: { readonly is: boolean; readonly text: string } | null;
}

/** What the model itself refuses, no matter who serves it. Every other rule is of an API. */
const SAMPLING: ReadonlySet<string> = new Set(['temperature', 'top_p']);

/** A field of a request, as its JSON text. */
export type FieldText = (name: string) => string | null;

/** Rules that cannot be read are none: a catalog must not stop requests by a typing error. */
export function readParameterRules(written: unknown): readonly ParameterRule[] {
  return Array.isArray(written) ? written.flatMap(text => (typeof text === 'string' ? readRule(text) : [])) : [];
}

function readRule(text: string): ParameterRule[] {
  const [, names = '', relation, value = ''] = /^([a-z_+]+)(?:(!=|=)(.+))?$/.exec(text) ?? [];
  if (names === '') return [];
  return [{ fields: names.split('+'), value: relation === undefined ? null : { is: relation === '=', text: value } }];
}

export interface BrokenRule {
  /** what to take out so that the rule holds */
  readonly field: string;
  /** a sentence as the providers write it */
  readonly message: string;
  /** it holds wherever the model is asked, and not only in chat completions that refuse what is listed */
  readonly ofModel?: true;
}

/** The first field that each broken rule is about. Absent and null fields break none, nor does a penalty of zero. */
export function brokenRules(rules: readonly ParameterRule[], find: FieldText): BrokenRule[] {
  return rules.flatMap(rule => {
    const texts = rule.fields.map(field => [field, find(field)] as const);
    if (texts.some(([field, text]) => text === null || isHarmless(field, text))) return [];
    const [first] = texts;
    if (first === undefined || first[1] === null || !matches(rule, first[1])) return [];
    const field = rule.fields.at(-1) ?? first[0];
    const ofModel = rule.fields.every(name => SAMPLING.has(name));
    return [{ field, message: messageOf(rule), ...(ofModel && { ofModel }) }];
  });
}

function isHarmless(field: string, text: string): boolean {
  return text === 'null' || (field.endsWith('_penalty') && Number(text) === 0);
}

function matches({ value }: ParameterRule, text: string): boolean {
  if (value === null) return true;
  const given = text.startsWith('"') ? text.slice(1, -1) : text;
  const same = given === value.text || (given !== '' && Number(given) === Number(value.text));
  return same === value.is;
}

function messageOf({ fields, value }: ParameterRule): string {
  const [field = ''] = fields;
  if (fields.length > 1) return `this model does not take ${fields.join(' and ')} together; send one of them`;
  if (field.endsWith('_penalty')) return `parameter "${field}" must be equal to 0`;
  if (field === 'top_p') return 'this model does not support sampling parameters: top_p';
  if (value !== null && value.is) return `this model does not support ${field} "${value.text}"`;
  return `this model does not support the ${field} parameter${value === null ? '' : `; leave it out or send ${value.text}`}`;
}
