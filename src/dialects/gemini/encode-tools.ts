import type { FunctionCallingConfigMode, FunctionDeclaration } from 'genai3';
import type { JsonObject } from '../../json/value.js';
import type { FunctionTool, Tool, ToolChoice } from '../neutral/neutral.types.js';
import type { LossList } from '../wire/loss-list.js';
import { encodeSchema } from './schema.js';
import { READER } from './wire-fields.js';

/** All functions in one entry, each of Google's own tools in one of its own. @throws {RequestFieldError} */
export function encodeTools(tools: readonly Tool[], losses: LossList): readonly JsonObject[] {
  const functions: JsonObject[] = [];
  const own: JsonObject[] = [];
  for (const [index, tool] of tools.entries()) {
    if (tool.type === 'function') functions.push(encodeFunction(tool, `tools[${index}]`, losses));
    else if (tool.dialect === 'gemini_generate_content') own.push(tool.wire);
    else losses.add(`tools[${index}]`, 'a tool that another vendor runs, or that has no schema');
  }
  return functions.length === 0 ? own : [{ functionDeclarations: functions }, ...own];
}

function encodeFunction(tool: FunctionTool, path: string, losses: LossList): JsonObject {
  const { name, description, parameters, cache } = tool;
  if (cache !== undefined) losses.addOnce('cache_control', 'Gemini caches by itself and takes no marks');
  if (parameters !== null) READER.carried(parameters, `${path}.parameters`);
  return {
    name,
    ...(description !== null && { description }),
    ...(parameters !== null && { parametersJsonSchema: encodeSchema(parameters) }),
  } satisfies FunctionDeclaration;
}

type Mode = `${FunctionCallingConfigMode}`;

export function encodeToolChoice(choice: ToolChoice): JsonObject {
  if (choice.type === 'tool') return calling('ANY', [choice.name]);
  if (choice.type === 'allowed') return calling(choice.mode === 'required' ? 'ANY' : 'VALIDATED', choice.names);
  if (choice.type === 'required') return calling('ANY');
  return calling(choice.type === 'none' ? 'NONE' : 'AUTO');
}

function calling(mode: Mode, allowedFunctionNames?: readonly string[]): JsonObject {
  return { functionCallingConfig: { mode, ...(allowedFunctionNames && { allowedFunctionNames }) } };
}
