import { isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { CustomTool, NeutralRequest, Tool, ToolChoice } from '../neutral/neutral.types.js';
import { toolPath } from '../neutral/places.js';
import { CACHE_FIELDS, decodeCacheMark, encodeCacheMark } from '../wire/cache-mark.js';
import { plainWord, REQUEST } from '../wire/field-reader.js';
import { decodeGrammar } from '../wire/grammar.js';
import { heldTool } from '../schemas/held-tool.js';
import type { LossList } from '../wire/loss-list.js';

const TOOL_FIELDS: ReadonlySet<string> = new Set(['type', 'function', ...CACHE_FIELDS]);
const CUSTOM_TOOL_FIELDS: ReadonlySet<string> = new Set(['type', 'custom', ...CACHE_FIELDS]);
const CUSTOM_FIELDS: ReadonlySet<string> = new Set(['name', 'description', 'format']);
const FUNCTION_FIELDS: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'strict', ...CACHE_FIELDS]);

/** `tools`, and `functions` of the API's first form. */
export function decodeTools(wire: JsonObject, losses: LossList): Tool[] {
  const tools = REQUEST.list(wire, 'tools').map((value, index) => decodeTool(value, `tools[${index}]`, losses));
  const functions = REQUEST.list(wire, 'functions').map((value, index) => {
    const path = `functions[${index}]`;
    return decodeFunction(REQUEST.object(value, path), path, losses);
  });
  if (functions.length > 0) losses.add('functions', 'are read as tools, and called with "tool_calls"');
  return [...tools, ...functions];
}

function decodeTool(value: Json, path: string, losses: LossList): Tool {
  const tool = REQUEST.object(value, path);
  // Some clients leave the type out, and some servers take that.
  const bare = !isSaid(tool['type']) && isObject(tool['function']);
  const type = bare ? 'function' : REQUEST.name(tool['type'], `${path}.type`);
  if (type === 'custom') return decodeCustomTool(tool, path, losses);
  if (type !== 'function') {
    return {
      type: 'vendor',
      dialect: 'chat_completions',
      name: plainWord(type),
      wire: REQUEST.carried(tool, path),
      at: path,
    };
  }
  losses.addUnknown(tool, TOOL_FIELDS, path);
  const described = REQUEST.object(tool['function'], `${path}.function`);
  return { ...decodeFunction(described, `${path}.function`, losses), ...decodeCacheMark(tool, path, losses), at: path };
}

function decodeCustomTool(tool: JsonObject, path: string, losses: LossList): CustomTool {
  losses.addUnknown(tool, CUSTOM_TOOL_FIELDS, path);
  const field = `${path}.custom`;
  const described = REQUEST.object(tool['custom'], field);
  losses.addUnknown(described, CUSTOM_FIELDS, field);
  const format = REQUEST.findObject(described, 'format', field);
  const grammar = format === null || format['type'] === 'text' ? null : `${field}.format.grammar`;
  return {
    type: 'custom',
    name: REQUEST.name(described['name'], `${field}.name`),
    description: REQUEST.findString(described, 'description', field),
    grammar: grammar === null ? null : decodeGrammar(REQUEST.object(format?.['grammar'], grammar), grammar),
    ...decodeCacheMark(tool, path, losses),
    at: path,
  };
}

function decodeFunction(described: JsonObject, path: string, losses: LossList): Tool {
  losses.addUnknown(described, FUNCTION_FIELDS, path);
  const parameters = REQUEST.findObject(described, 'parameters', path);
  return {
    type: 'function',
    name: REQUEST.name(described['name'], `${path}.name`),
    description: REQUEST.findString(described, 'description', path),
    parameters: parameters && REQUEST.carried(parameters, `${path}.parameters`),
    strict: REQUEST.findBoolean(described, 'strict', path),
    ...decodeCacheMark(described, path, losses),
    at: path,
  };
}

/** `tool_choice`, or `function_call` of the API's first form. */
export function decodeToolChoice(wire: JsonObject): ToolChoice | null {
  if (isSaid(wire['tool_choice'])) return decodeChoice(wire['tool_choice'], 'tool_choice');
  const legacy = wire['function_call'];
  if (!isSaid(legacy)) return null;
  if (legacy === 'auto' || legacy === 'none') return { type: legacy };
  const named = REQUEST.object(legacy, 'function_call');
  return { type: 'tool', name: REQUEST.name(named['name'], 'function_call.name') };
}

function decodeChoice(choice: Json, path: string): ToolChoice {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice };
  // Mistral's word for `required`.
  if (choice === 'any') return { type: 'required' };
  if (typeof choice === 'string') REQUEST.refuse(path, 'must be auto, none, required or an object');
  const { type: given, ...named } = REQUEST.object(choice, path);
  // Some clients leave the type out where the tool stands beside it.
  const type = given ?? (isObject(named['function']) ? 'function' : null);
  switch (type) {
    case 'function':
    case 'custom': {
      const target = isObject(named[type]) ? named[type] : named;
      return { type: 'tool', name: REQUEST.name(target['name'], `${path}.${type}.name`) };
    }
    case 'allowed_tools':
      return decodeAllowed(REQUEST.object(named['allowed_tools'], `${path}.allowed_tools`), `${path}.allowed_tools`);
    default:
      return REQUEST.refuse(`${path}.type`, 'must be function, custom or allowed_tools');
  }
}

function decodeAllowed(allowed: JsonObject, path: string): ToolChoice {
  const mode = allowed['mode'];
  if (mode !== 'auto' && mode !== 'required') return REQUEST.refuse(`${path}.mode`, 'must be auto or required');
  const names = REQUEST.array(allowed['tools'], `${path}.tools`).map((value, index) => {
    const field = `${path}.tools[${index}]`;
    const tool = REQUEST.object(value, field);
    const type = tool['type'] === 'custom' ? 'custom' : 'function';
    const target = REQUEST.object(tool[type], `${field}.${type}`);
    return REQUEST.name(target['name'], `${field}.${type}.name`);
  });
  return { type: 'allowed', mode, names };
}

/** `tools`, `tool_choice` and `parallel_tool_calls`: the last two only beside a tool, without which servers refuse them. */
export function encodeToolFields(request: NeutralRequest, losses: LossList): JsonObject {
  const tools = request.tools.flatMap((tool, index) => encodeTool(tool, index, losses));
  if (tools.length === 0) {
    const { type = 'auto' } = request.toolChoice ?? {};
    if (type !== 'auto' && type !== 'none') losses.add('tool_choice', 'names a tool, and no tool is left');
    return {};
  }
  const choice = request.toolChoice && encodeToolChoice(request.toolChoice, tools, losses);
  return {
    tools,
    ...(choice !== null && { tool_choice: choice }),
    ...(request.parallelToolCalls !== null && { parallel_tool_calls: request.parallelToolCalls }),
  };
}

function encodeTool(tool: Tool, index: number, losses: LossList): JsonObject[] {
  if (tool.type === 'vendor') {
    if (tool.dialect === 'chat_completions') return [tool.wire];
    losses.add(toolPath(tool, index), `the chat-completions dialect has no tool of type ${tool.name}`);
    return [];
  }
  const named = { name: tool.name, ...(tool.description !== null && { description: tool.description }) };
  if (tool.type === 'custom') {
    const format = tool.grammar && { type: 'grammar', grammar: { ...tool.grammar } };
    const custom = { ...named, ...(format !== null && { format }) };
    return [{ type: 'custom', custom, ...encodeCacheMark(tool.cache) }];
  }
  const { parameters, strict } = heldTool(tool, toolPath(tool, index), losses);
  const described: JsonObject = {
    ...named,
    ...(parameters !== null && { parameters }),
    ...(strict !== null && { strict }),
  };
  return [{ type: 'function', function: described, ...encodeCacheMark(tool.cache) }];
}

function encodeToolChoice(
  choice: ToolChoice,
  tools: readonly JsonObject[],
  losses: LossList,
): string | JsonObject | null {
  if (choice.type !== 'tool' && choice.type !== 'allowed') return choice.type;
  const references = referencesOf(tools);
  if (choice.type === 'tool') {
    const reference = references.get(choice.name) ?? null;
    if (reference === null) losses.add('tool_choice', 'names a tool that is not left');
    return reference;
  }
  const allowed = choice.names.flatMap(name => references.get(name) ?? []);
  if (allowed.length < choice.names.length) losses.add('tool_choice', 'allows a tool that is not left');
  if (allowed.length === 0) return 'none';
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools: allowed } };
}

/** How a choice names each tool of the list. */
function referencesOf(tools: readonly JsonObject[]): ReadonlyMap<Json, JsonObject> {
  const references = new Map<Json, JsonObject>();
  for (const { type, ...tool } of tools) {
    if (type !== 'function' && type !== 'custom') continue;
    const described = tool[type];
    if (!isObject(described)) continue;
    const { name = null } = described;
    if (!references.has(name)) references.set(name, { type, [type]: { name } });
  }
  return references;
}
