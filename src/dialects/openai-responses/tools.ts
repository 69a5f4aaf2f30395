import { isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { NeutralRequest, Tool, ToolChoice } from '../neutral/neutral.types.js';
import { REQUEST } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';

const FUNCTION_FIELDS = new Set(['type', 'name', 'description', 'parameters', 'strict']);

export function decodeTools(wire: JsonObject, losses: LossList): Tool[] {
  return REQUEST.list(wire, 'tools').map((value, index) => decodeTool(value, `tools[${index}]`, losses));
}

function decodeTool(value: Json, path: string, losses: LossList): Tool {
  const tool = REQUEST.object(value, path);
  const type = REQUEST.name(tool['type'], `${path}.type`);
  if (type !== 'function') {
    return { type: 'vendor', dialect: 'openai_responses', name: type, wire: REQUEST.carried(tool, path) };
  }
  losses.addUnknown(tool, FUNCTION_FIELDS, path);
  const parameters = REQUEST.findObject(tool, 'parameters', path);
  return {
    type: 'function',
    name: REQUEST.name(tool['name'], `${path}.name`),
    description: REQUEST.findString(tool, 'description', path),
    parameters: parameters && REQUEST.carried(parameters, `${path}.parameters`),
    strict: REQUEST.findBoolean(tool, 'strict', path),
  };
}

export function decodeToolChoice(wire: JsonObject, losses: LossList): ToolChoice | null {
  const choice = wire['tool_choice'];
  if (!isSaid(choice)) return null;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice };
  const { type, ...others } = REQUEST.object(choice, 'tool_choice');
  if (type === 'function') return { type: 'tool', name: REQUEST.name(others['name'], 'tool_choice.name') };
  if (type === 'allowed_tools') return decodeAllowed(others);
  losses.add('tool_choice', 'names a tool that the vendor runs itself');
  return null;
}

function decodeAllowed(choice: JsonObject): ToolChoice {
  const names = REQUEST.list(choice, 'tools', 'tool_choice').flatMap(tool =>
    isObject(tool) && typeof tool['name'] === 'string' ? [tool['name']] : [],
  );
  return { type: 'allowed', mode: choice['mode'] === 'required' ? 'required' : 'auto', names };
}

export function encodeToolFields(
  request: Pick<NeutralRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'>,
  losses: LossList,
): JsonObject {
  const tools = request.tools.flatMap((tool, index) => encodeTool(tool, `tools[${index}]`, losses));
  if (tools.length === 0) return {};
  const { toolChoice, parallelToolCalls } = request;
  return {
    tools,
    ...(toolChoice !== null && { tool_choice: encodeToolChoice(toolChoice) }),
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
  const { name, description, parameters, strict } = tool;
  return [
    {
      type: 'function',
      name,
      ...(description !== null && { description }),
      parameters: parameters ?? { type: 'object', properties: {} },
      strict: strict ?? false,
    },
  ];
}

function encodeToolChoice(choice: ToolChoice): Json {
  if (choice.type === 'tool') return { type: 'function', name: choice.name };
  if (choice.type !== 'allowed') return choice.type;
  return { type: 'allowed_tools', mode: choice.mode, tools: choice.names.map(name => ({ type: 'function', name })) };
}
