import type { LossList } from '../wire/loss-list.js';
import { REQUEST } from '../wire/field-reader.js';
import type { Json, JsonObject } from '../../json/value.js';
import type { FunctionTool, Tool, ToolChoice } from '../neutral/neutral.types.js';
import { decodeCache } from './cache-marks.js';

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
    return { type: 'vendor', dialect: 'anthropic_messages', name: type.replace(VERSION, ''), wire: tool };
  });
}

function decodeCustomTool(tool: JsonObject, path: string, losses: LossList): FunctionTool {
  losses.addUnknown(tool, TOOL_KEYS, path);
  return {
    type: 'function',
    name: REQUEST.string(tool['name'], `${path}.name`),
    description: REQUEST.findString(tool, 'description', path),
    parameters: REQUEST.carried(REQUEST.object(tool['input_schema'], `${path}.input_schema`), `${path}.input_schema`),
    strict: REQUEST.findBoolean(tool, 'strict', path),
    ...decodeCache(tool['cache_control'], path, losses),
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
