import { call, type Conversation, media, type Part, tool, toolResult, turn } from '../conversation.js';
import type { Tool, ToolChoice, Turn } from '../conversation.js';
import { asList, asNumber, asObject, asObjects, asText, asTexts, isJsonObject, type JsonObject } from '../json.js';
import { needList } from './endpoint.js';
import { camelName } from './proto-json.js';

/** Reads a request for content, or a question for its tokens; its names are in camel case already. */
export function readContents(body: JsonObject): Conversation {
  const { systemInstruction: system, tools } = body;
  const config = asObject(body['generationConfig']);
  const { includeThoughts, thinkingBudget } = asObject(config['thinkingConfig']);
  const instructions = asObjects(asObject(system)['parts']).flatMap(readPart);
  return {
    turns: [
      ...(instructions.length > 0 ? [turn('system', instructions)] : []),
      ...asObjects(needList(body, 'contents')).flatMap(readContent),
    ],
    tools: asObjects(tools).flatMap(group => asObjects(group['functionDeclarations']).flatMap(readDeclaration)),
    choice: readChoice(asObject(asObject(body['toolConfig'])['functionCallingConfig'])),
    format: readFormat(config),
    maxTokens: asNumber(config['maxOutputTokens']) ?? Infinity,
    stop: asTexts(config['stopSequences']),
    choices: asNumber(config['candidateCount']) ?? 1,
    seed: asNumber(config['seed']) ?? 0,
    thinks: includeThoughts === true && thinkingBudget !== 0,
    definitions: [tools, config['responseSchema'], config['responseJsonSchema']],
  };
}

function readContent({ role, parts }: JsonObject): Turn[] {
  const given = asObjects(parts);
  const said = given.flatMap(readPart);
  if (role === 'model') {
    const calls = given.flatMap(({ functionCall: made }) => (isJsonObject(made) ? [made] : []));
    return [turn('assistant', said, { calls: calls.map(({ id, name, args }) => call(id, name, args)) })];
  }
  const results = given.flatMap(({ functionResponse }) => {
    return isJsonObject(functionResponse) ? [readResult(functionResponse)] : [];
  });
  return [...results, ...(said.length > 0 || results.length === 0 ? [turn('user', said)] : [])];
}

function readResult({ id, name, response, parts }: JsonObject): Turn {
  const told = asObject(response);
  const text = ['output', 'result', 'content'].map(key => told[key]).find(value => typeof value === 'string');
  const said = [asText(text ?? JSON.stringify(told)), ...asObjects(parts).flatMap(readPart)];
  return toolResult(said, id, name);
}

/** Thoughts of earlier turns are not read again. */
function readPart(part: JsonObject): Part[] {
  const { text, thought, executableCode: code, codeExecutionResult: result, inlineData, fileData } = part;
  if (typeof text === 'string') return text === '' || thought === true ? [] : [text];
  if (code !== undefined || result !== undefined) return [JSON.stringify(code ?? result)];
  const data = inlineData ?? fileData;
  return isJsonObject(data) ? [media(asText(data['mimeType']))] : [];
}

function readDeclaration({ name, description, parameters, parametersJsonSchema: json }: JsonObject): Tool[] {
  return tool('function', name, description, schemaOf(json, parameters));
}

function readChoice({ mode, allowedFunctionNames: allowed }: JsonObject): ToolChoice {
  const only = Array.isArray(allowed) ? asTexts(allowed) : null;
  return { mode: mode === 'NONE' ? 'none' : mode === 'ANY' ? 'required' : 'auto', only };
}

function readFormat(config: JsonObject): Conversation['format'] {
  if (config['responseMimeType'] !== 'application/json') return null;
  return { schema: schemaOf(config['responseJsonSchema'], config['responseSchema']) };
}

/** One of the two schemas that a place may have, as JSON Schema. */
function schemaOf(json: unknown, own: unknown): JsonObject | null {
  if (isJsonObject(json)) return json;
  return isJsonObject(own) ? toJsonSchema(own) : null;
}

/** Google's own schema language: less than JSON Schema, its types in capitals and its 64-bit numbers as text. */
function toJsonSchema(schema: JsonObject): JsonObject {
  const own = Object.fromEntries(Object.entries(schema).map(([name, value]) => [camelName(name), value]));
  const { type, nullable, items, properties, anyOf } = own;
  const counts = Object.entries(own).filter(([name, value]) => /^(?:min|max)/.test(name) && value !== null);
  const { propertyOrdering: _, nullable: __, example: ___, ...kept } = own;
  return {
    ...Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== null)),
    ...Object.fromEntries(counts.map(([name, value]) => [name, Number(value)])),
    ...(typeof type === 'string' && { type: [type.toLowerCase(), ...(nullable === true ? ['null'] : [])] }),
    ...(isJsonObject(items) && { items: toJsonSchema(items) }),
    ...(isJsonObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, toJsonSchema(asObject(value))]),
      ),
    }),
    ...(Array.isArray(anyOf) && { anyOf: asList(anyOf).map(part => toJsonSchema(asObject(part))) }),
  };
}
