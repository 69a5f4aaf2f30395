import type { Content, FunctionDeclaration, FunctionResponse, Part } from 'genai3';
import type { ChatMessage, ChatRequest } from '../chat-request.js';
import type { GeminiRequest } from './gemini.types.js';
import { callingConfigOf, declarationsOf } from './generate-request.js';
import { findSchema } from './schema-conversion.js';

type UserPart = Extract<Extract<ChatMessage, { role: 'user' }>['content'], unknown[]>[number];
type ToolContent = Extract<ChatMessage, { role: 'tool' }>['content'];
type ChatTool = NonNullable<ChatRequest['tools']>[number];

/** The request as the composer of answers reads it: the words, the media and the tools. */
export function toChatRequest(request: GeminiRequest): ChatRequest {
  const { systemInstruction, contents, generationConfig: config = {} } = request;
  const declarations = declarationsOf(request);
  const system = textsOf(systemInstruction?.parts ?? []);
  return {
    model: request.model,
    messages: [...(system === '' ? [] : [{ role: 'system' as const, content: system }]), ...toChatMessages(contents)],
    ...(config.maxOutputTokens !== undefined && { max_completion_tokens: config.maxOutputTokens }),
    ...(config.stopSequences && { stop: config.stopSequences }),
    ...(config.candidateCount !== undefined && { n: config.candidateCount }),
    ...(config.seed !== undefined && { seed: config.seed }),
    ...(declarations.length > 0 && { tools: declarations.map(toChatTool), tool_choice: toChatChoice(request) }),
    ...toResponseFormat(request),
  };
}

function toChatTool({ name = '', description, parameters, parametersJsonSchema }: FunctionDeclaration): ChatTool {
  const schema = findSchema(parameters, parametersJsonSchema, 'tools');
  return {
    type: 'function',
    function: { name, ...(description !== undefined && { description }), ...(schema && { parameters: schema }) },
  };
}

function toChatChoice(request: GeminiRequest): NonNullable<ChatRequest['tool_choice']> {
  const { mode, allowed } = callingConfigOf(request);
  if (mode === 'NONE') return 'none';
  const how = mode === 'ANY' ? 'required' : 'auto';
  if (allowed === undefined) return how;
  const tools = allowed.map(name => ({ type: 'function', function: { name } }));
  return { type: 'allowed_tools', allowed_tools: { mode: how, tools } };
}

function toResponseFormat({ generationConfig: config = {} }: GeminiRequest): Pick<ChatRequest, 'response_format'> {
  if (config.responseMimeType !== 'application/json') return {};
  const schema = findSchema(config.responseSchema, config.responseJsonSchema, 'generationConfig.responseSchema');
  if (schema === null) return { response_format: { type: 'json_object' } };
  return { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } };
}

function textsOf(parts: readonly Part[]): string {
  return parts.flatMap(part => (part.text === undefined || part.thought === true ? [] : [part.text])).join('\n');
}

/** Calls without an id get one from their place, and their responses find it by the name. */
function toChatMessages(contents: readonly Content[]): ChatMessage[] {
  const open: Array<{ id: string; given: string | undefined; name: string | undefined }> = [];
  return contents.flatMap(({ role, parts = [] }, index): ChatMessage[] => {
    if (role === 'model') return [toAssistantMessage(parts, `${index}`, open)];
    const results = parts.flatMap(part => {
      if (part.functionResponse === undefined) return [];
      const { id, name } = part.functionResponse;
      const place = open.findIndex(call => call.name === name && (!id || !call.given || call.given === id));
      const [call] = open.splice(place, 1);
      return [toToolMessage(call.id, part.functionResponse)];
    });
    const said = parts.flatMap(toUserParts);
    return [...results, ...(said.length > 0 ? [{ role: 'user' as const, content: said }] : [])];
  });
}

function toAssistantMessage(
  parts: readonly Part[],
  place: string,
  open: Array<{ id: string; given: string | undefined; name: string | undefined }>,
): ChatMessage {
  const calls = parts.flatMap((part, index) => {
    if (part.functionCall === undefined) return [];
    const { id: given, name = '', args = {} } = part.functionCall;
    const id = given ?? `call_${place}_${index}`;
    open.push({ id, given, name });
    return [{ id, type: 'function' as const, function: { name, arguments: JSON.stringify(args) } }];
  });
  return { role: 'assistant', content: textsOf(parts), ...(calls.length > 0 && { tool_calls: calls }) };
}

function toToolMessage(id: string, { response = {}, parts = [] }: FunctionResponse): ChatMessage {
  const said = ['output', 'result', 'content'].map(key => response[key]).find(value => typeof value === 'string');
  const text = said ?? JSON.stringify(response);
  const media = parts.flatMap(part => toUserParts(part as Part));
  // The chat dialect has no media in results; they are counted here all the same.
  return { role: 'tool', tool_call_id: id, content: [{ type: 'text', text }, ...media] as ToolContent };
}

function toUserParts(part: Part): UserPart[] {
  if (part.text !== undefined) return part.text === '' ? [] : [{ type: 'text', text: part.text }];
  if (part.executableCode !== undefined || part.codeExecutionResult !== undefined) {
    return [{ type: 'text', text: JSON.stringify(part.executableCode ?? part.codeExecutionResult) }];
  }
  const media = part.inlineData ?? part.fileData;
  if (media === undefined) return [];
  const [kind] = (media.mimeType ?? '').split('/', 1);
  if (kind === 'image') return [{ type: 'image_url', image_url: { url: 'data:' } }];
  return kind === 'audio'
    ? [{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }]
    : [{ type: 'file', file: {} }];
}
