import { isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { Tool, ToolChoice } from '../neutral/neutral.types.js';
import { CACHE_FIELDS, decodeCacheMark } from '../wire/cache-mark.js';
import { REQUEST } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';

const TOOL_FIELDS: ReadonlySet<string> = new Set(['type', 'function', ...CACHE_FIELDS]);
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
  const type = REQUEST.name(tool['type'], `${path}.type`);
  if (type !== 'function') {
    const name = /^[\w.-]{1,64}$/.test(type) ? type : 'unknown';
    return { type: 'vendor', dialect: 'chat_completions', name, wire: REQUEST.carried(tool, path) };
  }
  losses.addUnknown(tool, TOOL_FIELDS, path);
  const described = REQUEST.object(tool['function'], `${path}.function`);
  return { ...decodeFunction(described, `${path}.function`, losses), ...decodeCacheMark(tool, path, losses) };
}

function decodeFunction(described: JsonObject, path: string, losses: LossList): Tool {
  losses.addUnknown(described, FUNCTION_FIELDS, path);
  const parameters = REQUEST.findObject(described, 'parameters', path);
  return {
    type: 'function',
    name: REQUEST.name(described['name'], `${path}.name`),
    description: REQUEST.findString(described, 'description', path),
    parameters: REQUEST.carried(parameters, `${path}.parameters`),
    strict: REQUEST.findBoolean(described, 'strict', path),
    ...decodeCacheMark(described, path, losses),
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
  const { type, ...named } = REQUEST.object(choice, path);
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
