import type { CatalogModel } from '../catalog/catalog.types.js';
import { modifierKey } from '../catalog/price-list.js';
import { TOOL_CLASSES } from '../dialects/counted-classes.js';
import type { Dialect } from '../dialects/dialect.js';
import { SERVED_FIELDS, type ServedField, servedValue } from '../dialects/served.js';
import type { ScannedRequest } from '../dialects/scanned-request.js';
import type { Served } from '../dialects/token-counts.js';
import { readString, readValue } from '../json/splice.js';
import { asList, isObject, type Json } from '../json/value.js';
import { hasFee } from '../metering/price.js';
import type { DialectDescriptor } from '../dialects/descriptor.js';
import { classOfTool, holdsOtherType, toolNames, unknownTools } from '../dialects/provider-tools.js';

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
/** So much of an unknown tool's name is said. */
const MAX_NAME = 64;
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
  if (!model.prices.published || !dialect.takesPricedOptions) return [];
  const ways = SERVED_FIELDS.flatMap(field => {
    const value = askedValue(wire, field);
    if (value === null || model.prices.modifiers.has(modifierKey(field, value.name))) return [];
    return [{ field: value.field, message: noPrice(`'${value.field}' "${value.name}"`, model, 'modifiers') }];
  });
  const tools = [...unpricedTools(wire, model, dialect.name), ...unpricedListedTools(wire, model, dialect.name)];
  return [...ways, ...searchOptions(wire, model), ...tools];
}

function askedValue(wire: ScannedRequest, name: ServedField): { readonly field: string; readonly name: string } | null {
  for (const field of [name, SPELLED[name]]) {
    const place = field === undefined ? undefined : wire.fields.get(field);
    const value = place === undefined ? null : servedValue(name, readString(wire.body, place));
    if (field !== undefined && value !== null) return { field, name: value };
  }
  return null;
}

/** The chat dialect's own way, and two servers': models that take it search before they answer, and no answer says how often. */
const SEARCH_FIELDS = ['web_search_options', 'search_parameters', 'enable_search'];

function searchField({ fields }: ScannedRequest): string | undefined {
  return SEARCH_FIELDS.find(name => {
    const field = fields.get(name);
    return field !== undefined && field.kind !== 'null' && field.kind !== 'false';
  });
}

export function asksForSearch(wire: ScannedRequest): boolean {
  return searchField(wire) !== undefined;
}

function searchOptions(wire: ScannedRequest, model: CatalogModel): UnpricedOption[] {
  const field = searchField(wire);
  if (field === undefined || hasFee(model.prices, 'webSearches')) return [];
  return [{ field, message: noPrice(`'${field}'`, model, 'fees') }];
}

function unpricedTools(wire: ScannedRequest, model: CatalogModel, dialect: Dialect): UnpricedOption[] {
  const { body, fields } = wire;
  const field = fields.get('tools');
  if (field === undefined || !mentionsTools(wire, dialect)) return [];
  if (field.end - field.start > MAX_TOOLS_BYTES) return [{ field: 'tools', message: TOOLS_TOO_LARGE }];
  const tools = readValue(body, field, MAX_TOOLS_BYTES);
  if (!Array.isArray(tools)) return [];
  const unpriced = unpricedNames(tools, model);
  const unknown = new Set(tools.flatMap(tool => unknownTools(dialect, tool)));
  if (unpriced.size + unknown.size === 0) return [];
  const message =
    unpriced.size > 0
      ? noPrice(`'tools': ${[...unpriced].join(', ')}`, model, 'fees')
      : `'tools': ${[...unknown].map(name => name.slice(0, MAX_NAME)).join(', ')} would be run by the provider, at a price that is not known: leave it out`;
  const kept = tools.flatMap(tool => withoutNames(tool, new Set([...unpriced, ...unknown])));
  return [{ field: 'tools', message, ...(kept.length > 0 && { rest: JSON.stringify(kept) }) }];
}

function unpricedNames(tools: readonly unknown[], model: CatalogModel): ReadonlySet<string> {
  const isUnpriced = (name: string) => {
    const toolClass = classOfTool(name);
    return toolClass !== null && !hasFee(model.prices, toolClass);
  };
  return new Set(tools.flatMap(toolNames).filter(isUnpriced));
}

/** The items of a Responses conversation that list tools, which count like the request's own. */
const LISTS = ['additional_tools', 'tool_search_output'];

/** The same of tools that such items list. Unknown ones are refused for every model (`refused-fields.ts`). */
function unpricedListedTools(
  { body, fields }: ScannedRequest,
  model: CatalogModel,
  dialect: Dialect,
): UnpricedOption[] {
  const field = fields.get('input');
  if (dialect !== 'openai_responses' || field === undefined || field.kind !== 'array') return [];
  // In a longer conversation they are not looked for: what they cost stands in the answer.
  if (field.end - field.start > MAX_TOOLS_BYTES) return [];
  const text = body.subarray(field.start, field.end);
  const mentions = (words: readonly string[]) => words.some(word => text.includes(word)) || text.includes('\\u');
  if (!mentions(LISTS) || !mentions(MENTIONS)) return [];
  const items = asList(readValue(body, field, MAX_TOOLS_BYTES) as Json);
  const unpriced = unpricedNames(items.flatMap(listedTools), model);
  if (unpriced.size === 0) return [];
  const kept = items.map(item => {
    const tools = listedTools(item);
    return tools.length === 0
      ? item
      : { ...(item as object), tools: tools.flatMap(tool => withoutNames(tool, unpriced)) };
  });
  return [
    {
      field: 'input',
      message: noPrice(`'input': ${[...unpriced].join(', ')}`, model, 'fees'),
      rest: JSON.stringify(kept),
    },
  ];
}

function listedTools(item: Json): readonly Json[] {
  return isObject(item) && LISTS.some(type => type === item['type']) ? asList(item['tools']) : [];
}

/** Whether its `tools` may hold one of the provider's own. Google's have no type, and are known by their keys alone. */
export function mentionsTools({ body, fields, facts }: ScannedRequest, dialect: Dialect): boolean {
  if (facts !== undefined) return facts.mentionsTools;
  const field = fields.get('tools');
  if (field === undefined) return false;
  const value = body.subarray(field.start, field.end);
  if (dialect === 'gemini_generate_content' && value.length <= MAX_TOOLS_BYTES) return true;
  return MENTIONS.some(word => value.includes(word)) || value.includes('\\u') || holdsOtherType(value);
}

/** The entry with the tools that stay; nothing where none do. */
function withoutNames(tool: unknown, names: ReadonlySet<string>): unknown[] {
  if (!toolNames(tool).some(name => names.has(name))) return [tool];
  const { type, tools } = tool as { readonly type?: unknown; readonly tools?: unknown };
  if (type === 'shell' || Array.isArray(tools) || names.has(String(type))) return [];
  const kept = Object.entries(tool as object).filter(([name]) => !names.has(name));
  return kept.length === 0 ? [] : [Object.fromEntries(kept)];
}

function noPrice(what: string, model: CatalogModel, where: string): string {
  return `${what} has no price for this model (${model.id}): leave it out, or have one added to the model's pricing.${where}`;
}
