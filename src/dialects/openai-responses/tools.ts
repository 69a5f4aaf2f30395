import { isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { CustomTool, NeutralRequest, Tool, ToolChoice } from '../neutral/neutral.types.js';
import { toolPath } from '../neutral/places.js';
import { plainWord, REQUEST } from '../wire/field-reader.js';
import { decodeGrammar } from '../wire/grammar.js';
import { heldTool } from '../schemas/held-tool.js';
import type { LossList } from '../wire/loss-list.js';
import { calledName, groupByNamespace, toolLists, type ToolNames } from './tool-namespaces.js';

/** What a function takes that takes nothing: in strict mode each object must be closed. */
const OPEN: JsonObject = { type: 'object', properties: {} };
const CLOSED: JsonObject = { ...OPEN, required: [], additionalProperties: false };

const FUNCTION_FIELDS = new Set(['type', 'name', 'description', 'parameters', 'strict']);
const CUSTOM_FIELDS = new Set(['type', 'name', 'description', 'format']);
const NAMESPACE_FIELDS = new Set(['type', 'name', 'description', 'tools']);

export function decodeTools(wire: JsonObject, names: ToolNames, losses: LossList): Tool[] {
  REQUEST.list(wire, 'tools');
  const known = new Set<string>();
  // A tool that is listed again is the same one.
  return toolLists(wire)
    .flatMap(({ tools, path }) => tools.flatMap((tool, index) => decodeEntry(tool, `${path}[${index}]`, names, losses)))
    .filter(({ type, name }) => type === 'vendor' || (!known.has(name) && known.add(name)));
}

function decodeEntry(value: Json, path: string, names: ToolNames, losses: LossList): Tool[] {
  const tool = REQUEST.object(value, path);
  return tool['type'] === 'namespace' ? decodeNamespace(tool, path, names, losses) : [decodeTool(tool, path, losses)];
}

function decodeNamespace(namespace: JsonObject, path: string, names: ToolNames, losses: LossList): Tool[] {
  losses.addUnknown(namespace, NAMESPACE_FIELDS, path);
  const name = REQUEST.name(namespace['name'], `${path}.name`);
  const description = REQUEST.findString(namespace, 'description', path) ?? '';
  return REQUEST.list(namespace, 'tools', path).map((value, index) => {
    const field = `${path}.tools[${index}]`;
    const tool = decodeTool(REQUEST.object(value, field), field, losses);
    if (tool.type === 'vendor') return tool;
    const place = { namespace: name, tool: tool.name };
    return { ...tool, name: names.qualified(place), namespace: { ...place, description } };
  });
}

function decodeTool(tool: JsonObject, path: string, losses: LossList): Tool {
  // Some clients leave the type out.
  const bare = !isSaid(tool['type']) && isSaid(tool['name']);
  const type = bare ? 'function' : REQUEST.name(tool['type'], `${path}.type`);
  if (type === 'custom') return decodeCustomTool(tool, path, losses);
  if (type !== 'function') {
    return {
      type: 'vendor',
      dialect: 'openai_responses',
      name: plainWord(type),
      wire: REQUEST.carried(tool, path),
      at: path,
    };
  }
  losses.addUnknown(tool, FUNCTION_FIELDS, path);
  const parameters = REQUEST.findObject(tool, 'parameters', path);
  return {
    type: 'function',
    name: REQUEST.name(tool['name'], `${path}.name`),
    description: REQUEST.findString(tool, 'description', path),
    parameters: parameters && REQUEST.carried(parameters, `${path}.parameters`),
    strict: REQUEST.findBoolean(tool, 'strict', path),
    at: path,
  };
}

function decodeCustomTool(tool: JsonObject, path: string, losses: LossList): CustomTool {
  losses.addUnknown(tool, CUSTOM_FIELDS, path);
  const format = REQUEST.findObject(tool, 'format', path);
  return {
    type: 'custom',
    name: REQUEST.name(tool['name'], `${path}.name`),
    description: REQUEST.findString(tool, 'description', path),
    grammar: format === null || format['type'] === 'text' ? null : decodeGrammar(format, `${path}.format`),
    at: path,
  };
}

export function decodeToolChoice(wire: JsonObject, names: ToolNames, losses: LossList): ToolChoice | null {
  const choice = wire['tool_choice'];
  if (!isSaid(choice)) return null;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice };
  const { type, ...others } = REQUEST.object(choice, 'tool_choice');
  if (type === 'allowed_tools') return decodeAllowed(others, names, losses);
  if (type === 'function' || type === 'custom') {
    const name = REQUEST.name(others['name'], 'tool_choice.name');
    return { type: 'tool', name: names.find(name, REQUEST.findString(others, 'namespace', 'tool_choice')).name };
  }
  if (type === 'namespace') {
    return { type: 'allowed', mode: 'required', names: names.allOf(REQUEST.name(others['name'], 'tool_choice.name')) };
  }
  losses.add('tool_choice', 'names a tool that the vendor runs itself');
  return null;
}

function decodeAllowed(choice: JsonObject, names: ToolNames, losses: LossList): ToolChoice {
  const namespaces = new Set<string>();
  const allowed = REQUEST.list(choice, 'tools', 'tool_choice').flatMap((tool, index) => {
    const field = `tool_choice.tools[${index}]`;
    if (!isObject(tool) || typeof tool['name'] !== 'string') {
      losses.add(field, 'names a tool that the vendor runs itself');
      return [];
    }
    if (tool['type'] === 'namespace') {
      if (namespaces.has(tool['name'])) return [];
      namespaces.add(tool['name']);
      return names.allOf(tool['name']);
    }
    const namespace = REQUEST.findString(tool, 'namespace', field);
    return [names.find(tool['name'], namespace).name];
  });
  return { type: 'allowed', mode: choice['mode'] === 'required' ? 'required' : 'auto', names: allowed };
}

export function encodeToolFields(
  request: Pick<NeutralRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'>,
  losses: LossList,
): JsonObject {
  const tools = groupByNamespace(
    request.tools.flatMap((tool, index) => {
      const namespace = tool.type === 'vendor' ? undefined : tool.namespace;
      return encodeTool(tool, toolPath(tool, index), losses).map(wire => ({ wire, namespace }));
    }),
  );
  const { toolChoice, parallelToolCalls } = request;
  if (tools.length === 0) {
    if (toolChoice?.type === 'required') losses.add('tool_choice', 'no tool is left to be called');
    return {};
  }
  return {
    tools,
    ...(toolChoice !== null && { tool_choice: encodeToolChoice(toolChoice, request.tools) }),
    ...(parallelToolCalls !== null && { parallel_tool_calls: parallelToolCalls }),
  };
}

function encodeTool(tool: Tool, path: string, losses: LossList): JsonObject[] {
  if (tool.type === 'vendor') {
    if (tool.dialect === 'openai_responses') return [tool.wire];
    losses.add(path, `the tool ${tool.name} is run by another vendor`);
    return [];
  }
  if (tool.cache !== undefined) losses.addOnce('cache_control', 'this dialect caches by itself');
  const { name, description } = tool;
  if (tool.type === 'custom') {
    return [
      {
        type: 'custom',
        name,
        ...(description !== null && { description }),
        ...(tool.grammar !== null && { format: { type: 'grammar', ...tool.grammar } }),
      },
    ];
  }
  const { parameters, strict } = heldTool(tool, path, losses);
  return [
    {
      type: 'function',
      name,
      ...(description !== null && { description }),
      parameters: parameters ?? (strict === true ? CLOSED : OPEN),
      strict: strict ?? false,
    },
  ];
}

function encodeToolChoice(choice: ToolChoice, tools: readonly Tool[]): Json {
  if (choice.type !== 'tool' && choice.type !== 'allowed') return choice.type;
  const listed = new Map(tools.flatMap(tool => (tool.type === 'vendor' ? [] : [[tool.name, tool] as const])));
  const reference = (name: string) => {
    const { type = 'function', namespace } = listed.get(name) ?? {};
    return { type, ...calledName(name, namespace) };
  };
  if (choice.type === 'tool') return reference(choice.name);
  return { type: 'allowed_tools', mode: choice.mode, tools: choice.names.map(reference) };
}
