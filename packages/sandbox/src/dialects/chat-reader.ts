import { type Call, call, type Conversation, media, type Part, tool, toolResult, turn } from '../conversation.js';
import type { Tool, ToolChoice, Turn } from '../conversation.js';
import { asNumber, asObject, asObjects, asText, asTexts, isJsonObject, type JsonObject } from '../json.js';
import { needList } from './endpoint.js';

/** Reads a request for a chat completion. */
export function readChat(body: JsonObject): Conversation {
  const { functions, tools, tool_choice: choice, function_call: functionCall, response_format: format, stop } = body;
  const older = asObjects(functions).map(offered => ({ type: 'function', function: offered }));
  return {
    turns: asObjects(needList(body, 'messages')).map(readMessage),
    tools: [...asObjects(tools), ...older].flatMap(readTool),
    choice: readChoice(choice ?? functionCall),
    format: readFormat(format),
    maxTokens: asNumber(body['max_completion_tokens']) ?? asNumber(body['max_tokens']) ?? Infinity,
    stop: typeof stop === 'string' ? [stop] : asTexts(stop),
    choices: asNumber(body['n']) ?? 1,
    seed: asNumber(body['seed']) ?? 0,
    thinks: false,
    definitions: [tools, functions, format],
  };
}

function readMessage({ role, content, tool_calls: calls, function_call: called, ...message }: JsonObject): Turn {
  const parts = partsOf(content);
  if (role === 'tool') return toolResult(parts, message['tool_call_id']);
  if (role === 'function') return toolResult(parts, '', message['name']);
  if (role === 'user') return turn('user', parts);
  if (role !== 'assistant') return turn('system', parts);
  const older = isJsonObject(called) ? [{ id: '', function: called }] : [];
  return turn('assistant', parts, { calls: [...asObjects(calls), ...older].map(readCall) });
}

/** OpenAI's two dialects have the same parts by other names. */
export function partsOf(content: unknown): Part[] {
  return typeof content === 'string' ? [content] : asObjects(content).map(readPart);
}

function readPart(part: JsonObject): Part {
  switch (part['type']) {
    case 'image_url':
      return media('image', asObject(part['image_url'])['detail'] === 'low');
    case 'input_image':
      return media('image', part['detail'] === 'low');
    case 'input_audio':
      return media('audio');
    case 'file':
    case 'input_file':
      return media('file');
    default:
      return asText(part['text'] ?? part['refusal']);
  }
}

function readCall({ id, function: called, custom }: JsonObject): Call {
  const { name, arguments: input, input: text } = asObject(called ?? custom);
  return call(id, name, asText(input ?? text));
}

function readTool({ type, function: offered, custom }: JsonObject): Tool[] {
  const kind = type === 'custom' ? 'custom' : 'function';
  const { name, description, parameters } = asObject(kind === 'custom' ? custom : offered);
  return tool(kind, name, description, parameters);
}

/** A word, a tool by its name, or a list of those allowed; names stand flat or nested, as clients differ. */
export function readChoice(choice: unknown): ToolChoice {
  if (!isJsonObject(choice)) return { mode: modeOf(choice), only: null };
  if (choice['type'] === 'allowed_tools') {
    const { mode, tools } = { ...choice, ...asObject(choice['allowed_tools']) };
    return { mode: modeOf(mode), only: asObjects(tools).map(nameIn) };
  }
  return { mode: 'required', only: [nameIn(choice)] };
}

function modeOf(mode: unknown): ToolChoice['mode'] {
  return mode === 'none' || mode === 'required' ? mode : 'auto';
}

function nameIn(reference: JsonObject): string {
  return asText(asObject(reference[asText(reference['type'])])['name'] ?? reference['name']);
}

function readFormat(format: unknown): Conversation['format'] {
  const { type, json_schema: named } = asObject(format);
  if (type === 'json_object') return { schema: null };
  return type === 'json_schema' ? { schema: asObject(asObject(named)['schema']) } : null;
}
