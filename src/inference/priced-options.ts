import type { CatalogModel } from '../catalog/catalog.types.js';
import { modifierKey } from '../catalog/price-list.js';
import { TOOL_CLASSES, type ToolClass } from '../dialects/counted-classes.js';
import { SERVED_FIELDS, type ServedField, servedValue } from '../dialects/served.js';
import type { ScannedRequest } from '../dialects/scanned-request.js';
import type { Served } from '../dialects/token-counts.js';
import { readString, readValue } from '../json/splice.js';
import { hasFee } from '../metering/price.js';
import type { DialectDescriptor } from '../dialects/descriptor.js';

/** What a caller asks for beside tokens that has no price here. */
export interface UnpricedOption {
  readonly field: string;
  readonly message: string;
  /** of a list, what is to stay: the field's value as JSON; absent where the field goes whole */
  readonly rest?: string;
}

/** Parsing a long list of functions for them would be for nothing, mostly. */
const MENTIONS = TOOL_CLASSES.flatMap(({ mentions }): readonly string[] => mentions);
/** They are parsed between the requests of others. */
const MAX_TOOLS_BYTES = 2_097_152;
const TOOLS_TOO_LARGE = `'tools' mentions tools of the provider and is larger than ${MAX_TOOLS_BYTES} bytes: send fewer or smaller tools`;
/** The other spelling that Google takes. */
const SPELLED: Readonly<Partial<Record<ServedField, string>>> = { service_tier: 'serviceTier' };

/** How a caller asks to be served, where that is not the plain way. */
export function askedServed(wire: ScannedRequest): Served | undefined {
  let served: Partial<Record<ServedField, string>> | undefined;
  for (const field of SERVED_FIELDS) {
    const value = askedValue(wire, field);
    if (value !== null) (served ??= {})[field] = value.name;
  }
  return served;
}

/** What is asked for and has no price. A model whose tokens have none is charged by an assumption as it is. */
export function unpricedOptions(
  wire: ScannedRequest,
  model: CatalogModel,
  dialect: DialectDescriptor,
): UnpricedOption[] {
  if (!model.prices.published || dialect.name === 'embeddings') return [];
  const ways = SERVED_FIELDS.flatMap(field => {
    const value = askedValue(wire, field);
    if (value === null || model.prices.modifiers.has(modifierKey(field, value.name))) return [];
    return [{ field: value.field, message: noPrice(`'${value.field}' "${value.name}"`, model, 'modifiers') }];
  });
  return [...ways, ...searchOptions(wire, model), ...unpricedTools(wire, model)];
}

function askedValue(wire: ScannedRequest, name: ServedField): { readonly field: string; readonly name: string } | null {
  for (const field of [name, SPELLED[name]]) {
    const place = field === undefined ? undefined : wire.fields.get(field);
    const value = place === undefined ? null : servedValue(name, readString(wire.body, place));
    if (field !== undefined && value !== null) return { field, name: value };
  }
  return null;
}

/** The chat dialect's own way: models that take it search before they answer, and no answer says how often. */
export function asksForSearch({ fields }: ScannedRequest): boolean {
  const field = fields.get('web_search_options');
  return field !== undefined && field.kind !== 'null';
}

function searchOptions(wire: ScannedRequest, model: CatalogModel): UnpricedOption[] {
  if (!asksForSearch(wire) || hasFee(model.prices, 'webSearches')) return [];
  return [{ field: 'web_search_options', message: noPrice("'web_search_options'", model, 'fees') }];
}

function unpricedTools(wire: ScannedRequest, model: CatalogModel): UnpricedOption[] {
  const { body, fields } = wire;
  const field = fields.get('tools');
  if (field === undefined || !mentionsTools(wire)) return [];
  if (field.end - field.start > MAX_TOOLS_BYTES) return [{ field: 'tools', message: TOOLS_TOO_LARGE }];
  const tools = readValue(body, field, MAX_TOOLS_BYTES);
  if (!Array.isArray(tools)) return [];
  const isUnpriced = (name: string) => {
    const toolClass = classOf(name);
    return toolClass !== null && !hasFee(model.prices, toolClass);
  };
  const unpriced = new Set(tools.flatMap(namesOf).filter(isUnpriced));
  if (unpriced.size === 0) return [];
  const message = noPrice(`'tools': ${[...unpriced].join(', ')}`, model, 'fees');
  const kept = tools.flatMap(tool => withoutNames(tool, unpriced));
  return [{ field: 'tools', message, ...(kept.length > 0 && { rest: JSON.stringify(kept) }) }];
}

/** Whether its `tools` may hold one of the provider's own. */
export function mentionsTools({ body, fields, facts }: ScannedRequest): boolean {
  if (facts !== undefined) return facts.mentionsTools;
  const field = fields.get('tools');
  if (field === undefined) return false;
  const value = body.subarray(field.start, field.end);
  return MENTIONS.some(word => value.includes(word)) || value.includes('\\u');
}

function classOf(name: string): ToolClass | null {
  return TOOL_CLASSES.find(({ tools }) => tools.some(pattern => pattern.test(name)))?.name ?? null;
}

/** By its type, and in Gemini's dialect by its keys, of which one entry may have several. */
function namesOf(tool: unknown): string[] {
  if (typeof tool !== 'object' || tool === null) return [];
  const { type } = tool as { readonly type?: unknown };
  return typeof type === 'string' ? [type, ...Object.keys(tool)] : Object.keys(tool);
}

/** The entry with the tools that stay; nothing where none do. */
function withoutNames(tool: unknown, names: ReadonlySet<string>): unknown[] {
  if (!namesOf(tool).some(name => names.has(name))) return [tool];
  if (names.has(String((tool as { readonly type?: unknown }).type))) return [];
  const kept = Object.entries(tool as object).filter(([name]) => !names.has(name));
  return kept.length === 0 ? [] : [Object.fromEntries(kept)];
}

function noPrice(what: string, model: CatalogModel, where: string): string {
  return `${what} has no price for this model (${model.id}): leave it out, or have one added to the model's pricing.${where}`;
}
