import { isObject, type Json, type JsonObject } from '../../json/value.js';
import type { NeutralRequest, Tool, ToolChoice } from '../neutral/neutral.types.js';
import { encodeCacheMark } from '../wire/cache-mark.js';
import type { LossList } from '../wire/loss-list.js';

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
