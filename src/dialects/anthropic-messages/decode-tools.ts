import type { FunctionTool, Json, JsonObject, Loss, Tool, ToolChoice } from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { decodeCache } from './cache-marks.js';
import { checkNumbers, findBoolean, findString, getList, getObject, getString, loseUnknown } from './wire-value.js';

const TOOL_KEYS = new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control']);

/** What a vendor's tool is called without the date of its version. */
const VERSION = /_\d{8}$/;

export function decodeTools(value: Json | undefined, losses: Loss[]): readonly Tool[] {
  if (value == null) return [];
  return getList(value, 'tools').map((entry, index) => {
    const path = `tools[${index}]`;
    const tool = getObject(entry, path);
    const type = findString(tool['type'], `${path}.type`);
    if (type === null || type === 'custom') return decodeCustomTool(tool, path, losses);
    checkNumbers(tool, path);
    return { type: 'vendor', dialect: 'anthropic_messages', name: type.replace(VERSION, ''), wire: tool };
  });
}

function decodeCustomTool(tool: JsonObject, path: string, losses: Loss[]): FunctionTool {
  loseUnknown(tool, TOOL_KEYS, path, losses);
  checkNumbers(tool['input_schema'], `${path}.input_schema`);
  return {
    type: 'function',
    name: getString(tool['name'], `${path}.name`),
    description: findString(tool['description'], `${path}.description`),
    parameters: getObject(tool['input_schema'], `${path}.input_schema`),
    strict: findBoolean(tool['strict'], `${path}.strict`),
    ...decodeCache(tool['cache_control'], path, losses),
  };
}

export interface DecodedToolChoice {
  readonly toolChoice: ToolChoice | null;
  readonly parallelToolCalls: boolean | null;
}

export function decodeToolChoice(value: Json | undefined): DecodedToolChoice {
  const choice = value == null ? null : getObject(value, 'tool_choice');
  if (choice === null) return { toolChoice: null, parallelToolCalls: null };
  const single = findBoolean(choice['disable_parallel_tool_use'], 'tool_choice.disable_parallel_tool_use');
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
      return { type: 'tool', name: getString(choice['name'], 'tool_choice.name') };
    default:
      throw new RequestFieldError('tool_choice.type', 'tool_choice.type must be auto, any, tool or none');
  }
}
