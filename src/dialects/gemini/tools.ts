import type { FunctionCallingConfigMode, FunctionDeclaration } from 'genai3';
import type { JsonObject } from '../../json/value.js';
import { asFunction } from '../neutral/custom-tools.js';
import type { FunctionTool, Tool, ToolChoice } from '../neutral/neutral.types.js';
import { toolPath } from '../neutral/places.js';
import type { LossList } from '../wire/loss-list.js';
import { plainWord } from '../wire/field-reader.js';
import { decodeSchema, encodeSchema } from './schema.js';
import { READER, type WireFields } from './wire-fields.js';

/** @throws {RequestFieldError} */
export function decodeTools(request: WireFields, losses: LossList): readonly Tool[] {
  return request.messages('tools').flatMap((tool): readonly Tool[] => [
    ...tool.messages('functionDeclarations').map(declaration => decodeFunction(declaration, losses)),
    ...tool.rest().map((name): Tool => {
      const value = tool.take(name) ?? {};
      READER.carried(value, tool.at(name));
      return {
        type: 'vendor',
        dialect: 'gemini_generate_content',
        name: plainWord(name),
        wire: { [name]: value },
        at: tool.at(name),
      };
    }),
  ]);
}

function decodeFunction(declaration: WireFields, losses: LossList): FunctionTool {
  const name = declaration.name('name');
  const description = declaration.string('description');
  const parameters = decodeParameters(declaration);
  declaration.loseRest(losses);
  return { type: 'function', name, description, parameters, strict: null, at: declaration.path };
}

function decodeParameters(declaration: WireFields): JsonObject | null {
  const schema = declaration.carried('parameters');
  const jsonSchema = declaration.carried('parametersJsonSchema');
  if (schema !== null && jsonSchema !== null) {
    READER.refuse(declaration.path, 'must not hold both parameters and parametersJsonSchema');
  }
  if (schema !== null) return decodeSchema(schema);
  return jsonSchema;
}

/** @throws {RequestFieldError} */
export function decodeToolChoice(request: WireFields, losses: LossList): ToolChoice | null {
  const config = request.message('toolConfig');
  const calling = config?.message('functionCallingConfig') ?? null;
  const choice = calling === null ? null : decodeCalling(calling, losses);
  calling?.loseRest(losses);
  config?.loseRest(losses);
  return choice;
}

/** By their numbers. */
const MODES = ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'] as const satisfies Mode[];

function decodeCalling(calling: WireFields, losses: LossList): ToolChoice | null {
  const mode = calling.constant('mode', MODES);
  const names = calling.strings('allowedFunctionNames');
  const [only] = names;
  if (mode === 'ANY') {
    if (only === undefined) return { type: 'required' };
    return names.length === 1 ? { type: 'tool', name: only } : { type: 'allowed', mode: 'required', names };
  }
  if (mode === 'VALIDATED') {
    if (only !== undefined) return { type: 'allowed', mode: 'auto', names };
    losses.add(calling.at('mode'), 'other dialects cannot have every call checked against its schema; it became AUTO');
    return { type: 'auto' };
  }
  if (mode !== null && mode !== 'AUTO' && mode !== 'NONE') {
    READER.refuse(calling.at('mode'), 'must be AUTO, ANY, NONE or VALIDATED');
  }
  if (only !== undefined)
    losses.add(calling.at('allowedFunctionNames'), 'it only means something with mode ANY or VALIDATED');
  if (mode === null) return null;
  return { type: mode === 'AUTO' ? 'auto' : 'none' };
}

/** All functions in one entry, each of Google's own tools in one of its own. @throws {RequestFieldError} */
export function encodeTools(tools: readonly Tool[], losses: LossList): readonly JsonObject[] {
  const functions: JsonObject[] = [];
  const own: JsonObject[] = [];
  for (const [index, tool] of tools.entries()) {
    if (tool.type !== 'vendor') functions.push(encodeFunction(asFunction(tool), toolPath(tool, index), losses));
    else if (tool.dialect === 'gemini_generate_content') own.push(tool.wire);
    else losses.add(toolPath(tool, index), 'a tool that another vendor runs, or that has no schema');
  }
  return functions.length === 0 ? own : [{ functionDeclarations: functions }, ...own];
}

function encodeFunction(tool: FunctionTool, path: string, losses: LossList): JsonObject {
  const { name, description, parameters, cache } = tool;
  if (cache !== undefined) losses.addOnce('cache_control', 'Gemini caches by itself and takes no marks');
  if (tool.strict === true) losses.add(`${path}.strict`, 'Gemini is shown the schema and not held to it');
  if (parameters !== null) READER.carried(parameters, `${path}.parameters`);
  return {
    name,
    ...(description !== null && { description }),
    ...(parameters !== null && { parametersJsonSchema: encodeSchema(parameters) }),
  } satisfies FunctionDeclaration;
}

type Mode = `${FunctionCallingConfigMode}`;

export function encodeToolChoice(choice: ToolChoice): JsonObject {
  if (choice.type === 'tool') return encodeCalling('ANY', [choice.name]);
  if (choice.type === 'allowed') return encodeCalling(choice.mode === 'required' ? 'ANY' : 'VALIDATED', choice.names);
  if (choice.type === 'required') return encodeCalling('ANY');
  return encodeCalling(choice.type === 'none' ? 'NONE' : 'AUTO');
}

function encodeCalling(mode: Mode, allowedFunctionNames?: readonly string[]): JsonObject {
  return { functionCallingConfig: { mode, ...(allowedFunctionNames && { allowedFunctionNames }) } };
}
