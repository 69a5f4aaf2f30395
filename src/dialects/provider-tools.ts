import { TOOL_CLASSES, type ToolClass } from './counted-classes.js';
import type { Dialect } from './dialect.js';
import { skipSpace } from '../json/space.js';

const QUOTE = 0x22;
const COLON = 0x3a;
const TYPE = Buffer.from('"type"');
/** No type of a tool is longer. */
const LONGEST_TYPE = 64;
/** What stands as a type in lists of functions, most often in their schemas: it is no tool of a provider. */
const PLAIN_TYPES: ReadonlySet<string> = new Set([
  ...['function', 'custom', 'namespace', 'text', 'ephemeral'],
  ...['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'],
]);

/**
 * The types of tools that cost tokens alone: those that the caller runs, and those that vendors run without a fee. Whatever
 * else a request names as a tool is run by a provider at a price, or with rights, that nobody here knows.
 */
const FREE_TYPES = [
  /^(?:function|custom|namespace|tool_search|local_shell|apply_patch)$/,
  /^(?:bash|text_editor|str_replace_based_edit_tool|computer|computer_use|computer_use_preview)(?:_\d{8})?$/,
  /^(?:memory|web_fetch|code_execution|tool_search_tool_(?:regex|bm25))_\d{8}$/,
];
/** The same of Google, whose tools are keys. */
const FREE_KEYS = /^(?:function_?declarations|url_?context|code_?execution|computer_?use)$/i;
/** What a function is described by where its entry says no type. */
const FUNCTION_KEYS = ['function', 'name', 'custom', 'input_schema'];
/** Those that no request may hold are refused by a rule of their own (`refused-fields.ts`). */
const REFUSED = /^(?:mcp|mcp_toolset|uc_function|file_?search|retrieval|mcp_?servers|advisor.*)$/i;

/** The kind of the provider's own tool that has this name, where it is paid for each time. */
export function classOfTool(name: string): ToolClass | null {
  return TOOL_CLASSES.find(({ tools }) => tools.some(pattern => pattern.test(name)))?.name ?? null;
}

/** By its type, and in Gemini's dialect by its keys, of which one entry may have several; of a namespace those within, too. */
export function toolNames(tool: unknown): string[] {
  if (typeof tool !== 'object' || tool === null) return [];
  const { type, tools, environment } = tool as Readonly<Record<string, unknown>>;
  // A shell of the provider's own runs in a container of it.
  const hosted = type === 'shell' && isHosted(environment) ? ['code_interpreter'] : [];
  const inner = Array.isArray(tools) ? tools.flatMap(toolNames) : [];
  const own = typeof type === 'string' ? [type, ...Object.keys(tool)] : Object.keys(tool);
  return [...own, ...hosted, ...inner];
}

/** The names among a tool's that nobody here knows. */
export function unknownTools(dialect: Dialect, tool: unknown): string[] {
  if (typeof tool !== 'object' || tool === null || Array.isArray(tool)) return [];
  const { type, tools } = tool as Readonly<Record<string, unknown>>;
  const isUnknown = (name: string) => classOfTool(name) === null && !REFUSED.test(name);
  const inner = Array.isArray(tools) ? tools.flatMap(each => unknownTools(dialect, each)) : [];
  if (typeof type === 'string') {
    const isFree = type === 'shell' || FREE_TYPES.some(pattern => pattern.test(type));
    return isFree || !isUnknown(type) ? inner : [type, ...inner];
  }
  if (dialect !== 'gemini_generate_content' && FUNCTION_KEYS.some(key => key in tool)) return inner;
  return [...Object.keys(tool).filter(key => !FREE_KEYS.test(key) && isUnknown(key)), ...inner];
}

/** Whether a list of tools holds one that says a type which functions and their schemas do not have. */
export function holdsOtherType(list: Buffer): boolean {
  for (let at = list.indexOf(TYPE); at !== -1; at = list.indexOf(TYPE, at + TYPE.length)) {
    const colon = skipSpace(list, at + TYPE.length);
    if (list[colon] !== COLON) continue;
    const quote = skipSpace(list, colon + 1);
    if (list[quote] !== QUOTE) continue;
    const word = list.toString('latin1', quote + 1, quote + 1 + LONGEST_TYPE);
    if (!PLAIN_TYPES.has(word.slice(0, Math.max(0, word.indexOf('"'))))) return true;
  }
  return false;
}

function isHosted(environment: unknown): boolean {
  if (typeof environment !== 'object' || environment === null) return false;
  return (environment as { readonly type?: unknown }).type !== 'local';
}
