import type { JsonObject, NeutralRequest, Tool, ToolChoice } from '../neutral/neutral.types.js';
import { encodeCacheMark } from '../wire/cache-mark.js';
import { isObject, type LossList } from '../wire/field-reader.js';

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
    losses.add(`tools[${index}]`, `the chat-completions dialect has no tool of type ${tool.name}`);
    return [];
  }
  const described: JsonObject = {
    name: tool.name,
    ...(tool.description !== null && { description: tool.description }),
    ...(tool.parameters !== null && { parameters: tool.parameters }),
    ...(tool.strict !== null && { strict: tool.strict }),
  };
  return [{ type: 'function', function: described, ...encodeCacheMark(tool.cache) }];
}

function encodeToolChoice(
  choice: ToolChoice,
  tools: readonly JsonObject[],
  losses: LossList,
): string | JsonObject | null {
  if (choice.type === 'tool') {
    const reference = findReference(choice.name, tools);
    if (reference === null) losses.add('tool_choice', 'names a tool that is not left');
    return reference;
  }
  if (choice.type !== 'allowed') return choice.type;
  const allowed = choice.names.map(name => findReference(name, tools)).filter(reference => reference !== null);
  if (allowed.length < choice.names.length) losses.add('tool_choice', 'allows a tool that is not left');
  if (allowed.length === 0) return 'none';
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools: allowed } };
}

/** How a choice names a tool of the list; null for a tool that is not there. */
function findReference(name: string, tools: readonly JsonObject[]): JsonObject | null {
  for (const { type, ...tool } of tools) {
    if (type !== 'function' && type !== 'custom') continue;
    const described = tool[type];
    if (isObject(described) && described['name'] === name) return { type, [type]: { name } };
  }
  return null;
}
