import { brokenRules, type BrokenRule } from '../catalog/parameter-rules.js';
import type { CatalogModel } from '../catalog/catalog.types.js';
import type { Loss } from '../dialects/neutral/neutral.types.js';
import type { ScannedRequest } from '../dialects/scanned-request.js';
import { GatewayError } from '../errors/gateway-error.js';
import { cutFields } from '../json/cut.js';
import type { JsonField } from '../json/scan.js';
import { findInObject, readString, spliceValue } from '../json/splice.js';
import { askedServed, asksForSearch, unpricedOptions } from './priced-options.js';
import type { Dialect } from '../dialects/dialect.js';
import type { DialectDescriptor } from '../dialects/descriptor.js';

/** A value that is longer than this is no number and no word. */
const MAX_VALUE_BYTES = 256;
const TOOL_FIELDS = ['tools', 'tool_choice', 'toolConfig', 'tool_config', 'parallel_tool_calls'];
/** Per dialect, the fields that bound an answer, and whether the models' own rules for parameters hold (docs/contract.md section 8.6). */
const CHECKED: Readonly<Record<Dialect, { readonly bounds: readonly string[]; readonly hasRules: boolean }>> = {
  chat_completions: { bounds: ['max_tokens', 'max_completion_tokens'], hasRules: true },
  anthropic_messages: { bounds: ['max_tokens'], hasRules: true },
  openai_responses: { bounds: ['max_output_tokens'], hasRules: false },
  gemini_generate_content: { bounds: [], hasRules: false },
  embeddings: { bounds: [], hasRules: false },
};
const THINKING_MESSAGE =
  '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking.';

/** A field that the model is known to reject; with `cap`, only for being larger than that. */
export interface Rejected extends BrokenRule {
  /** what stays of a list */
  readonly rest?: string;
  readonly cap?: number;
}

/** Whether chat completions that refuse what is listed for the model may be asked for it (`refusesListed`). */
type RefusesListed = () => boolean;

/**
 * Applies what is known of the model to a request (docs/contract.md section 8.6): an early error with the words of the
 * provider, or, where an administrator chose `adapt`, what the model would reject and has to be taken out.
 * @throws {GatewayError} invalid_request naming the field, unless the model's policy is another
 */
export function applyParameterPolicy(
  wire: ScannedRequest,
  model: CatalogModel,
  dialect: DialectDescriptor,
  refusesListed: RefusesListed,
): Rejected[] {
  if (model.parameterPolicy === 'pass') return [];
  const rejected: Rejected[] = [
    ...rejectedFields(wire, model, dialect, refusesListed),
    ...unpricedOptions(wire, model, dialect),
  ];
  // An agent asks other makers' models for what its own maker's can write: that is lowered and named, whatever the policy.
  const isForeign = !model.nativeDialects.has(dialect.name);
  const first = rejected.find(({ cap }) => !isForeign || cap === undefined);
  if (first !== undefined && model.parameterPolicy === 'reject') {
    throw new GatewayError('invalid_request', { publicMessage: first.message, param: first.field });
  }
  return rejected;
}

/** The body without what was rejected, or with less of it. */
export function withoutRejected(body: Buffer, rejected: readonly Rejected[], dialect: DialectDescriptor): Buffer {
  return rejected.reduce((bytes, field) => without(bytes, field, dialect), body);
}

export function lossesOf(rejected: readonly Rejected[]): Loss[] {
  return rejected.map(({ field, message }) => ({ field, reason: message }));
}

/** What is reserved, and charged where the provider says nothing, depends on how the caller asks to be served. */
export function asServed(wire: ScannedRequest): ScannedRequest {
  const served = askedServed(wire);
  const searches = asksForSearch(wire);
  if (served === undefined && !searches) return wire;
  return { ...wire, ...(served !== undefined && { served }), ...(searches && { webSearches: 1 }) };
}

function rejectedFields(
  wire: ScannedRequest,
  model: CatalogModel,
  dialect: DialectDescriptor,
  refusesListed: RefusesListed,
): Rejected[] {
  const { bounds, hasRules } = CHECKED[dialect.name];
  const caps = bounds.flatMap(field => overCap(wire, model, field));
  if (!hasRules) return caps;
  const broken = brokenRules(model.parameterRules, name => textOf(wire, name));
  const rules = broken.filter(({ ofModel = false }) => ofModel || refusesListed());
  return [...rules, ...caps, ...thinking(wire, model, dialect), ...schema(wire, model)];
}

function overCap(wire: ScannedRequest, { maxOutputTokens: cap }: CatalogModel, field: string): Rejected[] {
  const text = textOf(wire, field);
  if (text === null || cap === null || !(Number(text) > cap)) return [];
  return [{ field, message: `'${field}' (${Number(text)}) exceeds model maximum (${cap})`, cap }];
}

/** Models that think by effort refuse the older way to ask for it. */
function thinking(wire: ScannedRequest, model: CatalogModel, dialect: DialectDescriptor): Rejected[] {
  const field = wire.fields.get('thinking');
  // Other makers' models are asked in their own words, whatever their callers speak.
  if (dialect.name !== 'anthropic_messages' || !model.nativeDialects.has('anthropic_messages')) return [];
  if (field === undefined || thinksWithinBudget(model)) return [];
  return typeWithin(wire, 'thinking') === 'enabled' ? [{ field: 'thinking', message: THINKING_MESSAGE }] : [];
}

function thinksWithinBudget({ capabilities }: CatalogModel): boolean {
  const options = capabilities['reasoning_options'];
  return !Array.isArray(options) || options.some(option => (option as { type?: unknown }).type === 'budget_tokens');
}

function schema(wire: ScannedRequest, model: CatalogModel): Rejected[] {
  const field = wire.fields.get('response_format');
  if (model.capabilities['structured_output'] !== false || field === undefined) return [];
  if (typeWithin(wire, 'response_format') !== 'json_schema') return [];
  return [{ field: 'response_format', message: `Structured output is not supported for this model (${model.id})` }];
}

/** The `type` of an object, which may be large: it is looked for, and nothing else is parsed. */
function typeWithin({ body, fields, facts }: ScannedRequest, name: string): string | null {
  if (facts !== undefined) return facts.types[name] ?? null;
  const place = fields.get(name);
  if (place === undefined) return null;
  const value = body.subarray(place.start, place.end);
  const { field } = findInObject(value, 'type');
  return field === null ? null : readString(value, field);
}

/** The types that the policy may ask for, by the names of their fields. */
export function typesIn(wire: ScannedRequest): Record<string, string | null> {
  return Object.fromEntries(['thinking', 'response_format'].map(name => [name, typeWithin(wire, name)]));
}

function textOf({ body, fields }: ScannedRequest, name: string): string | null {
  const field = fields.get(name);
  if (field === undefined || field.kind === 'null') return null;
  return body.toString('utf8', field.start, Math.min(field.end, field.start + MAX_VALUE_BYTES));
}

function without(body: Buffer, { field, cap, rest }: Rejected, dialect: DialectDescriptor): Buffer {
  const place: JsonField | undefined = dialect.readRequest(body, null).fields.get(field);
  if (place === undefined) return body;
  if (cap !== undefined) return spliceValue(body, place, String(cap));
  if (rest !== undefined) return spliceValue(body, place, rest);
  // Without tools there is none to choose.
  return cutFields(body, field === 'tools' ? TOOL_FIELDS : [field]);
}
