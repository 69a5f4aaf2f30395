import type { Tool as ToolParam, ToolChoice as ToolChoiceParam, ToolUnion } from 'anthropic-sdk/resources/messages';
import type { Json, JsonObject } from '../../json/value.js';
import { asFunction } from '../neutral/custom-tools.js';
import type { FunctionTool, NeutralRequest, Tool, ToolChoice } from '../neutral/neutral.types.js';
import { toolPath } from '../neutral/places.js';
import { decodeCacheControl, encodeCacheMark } from '../wire/cache-mark.js';
import { plainWord, REQUEST } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';
import { constrainedSchema } from './schema.js';

const TOOL_KEYS = new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control']);

/** What a vendor's tool is called without the date of its version. */
const VERSION = /_\d{8}$/;

export function decodeTools(value: Json | undefined, losses: LossList): readonly Tool[] {
  if (value == null) return [];
  return REQUEST.array(value, 'tools').map((entry, index) => {
    const path = `tools[${index}]`;
    const tool = REQUEST.object(entry, path);
    const type = REQUEST.findString(tool, 'type', path);
    if (type === null || type === 'custom') return decodeCustomTool(tool, path, losses);
    REQUEST.carried(tool, path);
    return {
      type: 'vendor',
      dialect: 'anthropic_messages',
      name: plainWord(type.replace(VERSION, '')),
      wire: tool,
      at: path,
    };
  });
}

function decodeCustomTool(tool: JsonObject, path: string, losses: LossList): FunctionTool {
  losses.addUnknown(tool, TOOL_KEYS, path);
  const field = `${path}.input_schema`;
  return {
    type: 'function',
    name: REQUEST.string(tool['name'], `${path}.name`),
    description: REQUEST.findString(tool, 'description', path),
    parameters: REQUEST.carried(REQUEST.object(tool['input_schema'], field), field),
    strict: REQUEST.findBoolean(tool, 'strict', path),
    ...decodeCacheControl(tool['cache_control'], path, losses),
    at: path,
  };
}

export interface DecodedToolChoice {
  readonly toolChoice: ToolChoice | null;
  readonly parallelToolCalls: boolean | null;
}

export function decodeToolChoice(value: Json | undefined): DecodedToolChoice {
  const choice = value == null ? null : REQUEST.object(value, 'tool_choice');
  if (choice === null) return { toolChoice: null, parallelToolCalls: null };
  const single = REQUEST.findBoolean(choice, 'disable_parallel_tool_use', 'tool_choice');
  return { toolChoice: decodeMode(choice), parallelToolCalls: single === null ? null : !single };
}

function decodeMode(choice: JsonObject): ToolChoice {
  switch (choice['type']) {
    case 'auto':
    case 'none':
      return { type: choice['type'] };
    case 'any':
      return { type: 'required' };
    case 'tool':
      return { type: 'tool', name: REQUEST.string(choice['name'], 'tool_choice.name') };
    default:
      REQUEST.refuse('tool_choice.type', 'must be auto, any, tool or none');
  }
}

/** Where only some tools are allowed, only those are sent: that is what the choice means. */
export function encodeTools({ tools, toolChoice }: NeutralRequest, losses: LossList): ToolUnion[] {
  const allowed = toolChoice?.type === 'allowed' ? new Set(toolChoice.names) : null;
  return tools.flatMap((tool: Tool, index): ToolUnion[] => {
    if (tool.type === 'vendor') {
      if (tool.dialect === 'anthropic_messages') return [tool.wire as unknown as ToolUnion];
      losses.add(toolPath(tool, index), `the tool ${tool.name} is run by another vendor`);
      return [];
    }
    return allowed === null || allowed.has(tool.name)
      ? [encodeFunction(asFunction(tool), toolPath(tool, index), losses)]
      : [];
  });
}

/** The arguments of a strict tool are held to its schema, which is then one of structured outputs. */
function encodeFunction(tool: FunctionTool, path: string, losses: LossList): ToolParam {
  const strict = tool.strict === true;
  const given = tool.parameters ?? {};
  const field = `${path}.parameters`;
  // The API demands the type of the schema, which others leave out.
  const schema = { type: 'object' as const, ...given };
  return {
    name: tool.name,
    ...(tool.description !== null && { description: tool.description }),
    input_schema: strict ? { type: 'object', ...constrainedSchema(schema, field, losses) } : schema,
    ...(strict && { strict }),
    ...encodeCacheMark(tool.cache),
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
