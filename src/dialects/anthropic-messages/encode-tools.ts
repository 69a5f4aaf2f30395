import type { LossList } from '../wire/loss-list.js';
import type { Tool as ToolParam, ToolChoice as ToolChoiceParam, ToolUnion } from 'anthropic-sdk/resources/messages';
import type { FunctionTool, NeutralRequest, Tool } from '../neutral/neutral.types.js';
import { encodeCache } from './cache-marks.js';

/** Where only some tools are allowed, only those are sent: that is what the choice means. */
export function encodeTools({ tools, toolChoice }: NeutralRequest, losses: LossList): ToolUnion[] {
  const allowed = toolChoice?.type === 'allowed' ? new Set(toolChoice.names) : null;
  return tools.flatMap((tool: Tool, index): ToolUnion[] => {
    if (tool.type === 'vendor') {
      if (tool.dialect === 'anthropic_messages') return [tool.wire as unknown as ToolUnion];
      losses.add(`tools[${index}]`, `the tool ${tool.name} is run by another vendor`);
      return [];
    }
    return allowed === null || allowed.has(tool.name) ? [encodeFunction(tool)] : [];
  });
}

function encodeFunction(tool: FunctionTool): ToolParam {
  return {
    name: tool.name,
    ...(tool.description !== null && { description: tool.description }),
    // The API demands the type of the schema, which others leave out.
    input_schema: { type: 'object', ...tool.parameters },
    ...(tool.strict === true && { strict: true }),
    ...encodeCache(tool.cache),
  };
}

/**
 * Null where nothing is to be said, or cannot be: a choice without tools is refused, and so is one that forces a call of a
 * model that thinks.
 */
export function encodeToolChoice(
  request: NeutralRequest,
  tools: readonly ToolUnion[],
  thinks: boolean,
  losses: LossList,
): ToolChoiceParam | null {
  const choice = readChoice(request);
  const forced = choice?.type === 'any' || choice?.type === 'tool';
  const gone = choice?.type === 'tool' && !tools.some(tool => 'name' in tool && tool.name === choice.name);
  if (tools.length === 0 || gone) {
    if (forced) losses.add('tool_choice', 'the tool to be called cannot be sent');
    return null;
  }
  const single = request.parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  if (forced && thinks) {
    losses.add('tool_choice', 'a model that thinks cannot be forced to call a tool');
    return { type: 'auto', ...single };
  }
  if (choice === null) return request.parallelToolCalls === false ? { type: 'auto', ...single } : null;
  return choice.type === 'none' ? choice : { ...choice, ...single };
}

function readChoice({ toolChoice }: NeutralRequest): ToolChoiceParam | null {
  if (toolChoice === null) return null;
  switch (toolChoice.type) {
    case 'tool':
      return { type: 'tool', name: toolChoice.name };
    case 'allowed':
      return { type: toolChoice.mode === 'required' ? 'any' : 'auto' };
    case 'required':
      return { type: 'any' };
    default:
      return { type: toolChoice.type };
  }
}
