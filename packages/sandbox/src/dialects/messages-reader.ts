import { call, type Conversation, media, type Part, tool, toolResult, turn } from '../conversation.js';
import type { Tool, Turn } from '../conversation.js';
import { asNumber, asObject, asObjects, asText, asTexts, isJsonObject, type JsonObject } from '../json.js';
import { needList } from './endpoint.js';

/** Tools whose input Anthropic has defined and the caller runs: what each of them must be given. */
const CLIENT_TOOLS: ReadonlyArray<readonly [type: RegExp, required: string[]]> = [
  [/^bash_\d+$/, ['command']],
  [/^(?:text_editor|memory)_\d+$/, ['command', 'path']],
];

/** Reads a request for a message, or a question for its tokens. */
export function readMessages(body: JsonObject): Conversation {
  const { system, tools, output_config: output } = body;
  const { type: choice, name } = asObject(body['tool_choice']);
  const format = asObject(output)['format'];
  return {
    turns: [
      ...(system === undefined ? [] : [turn('system', partsOf(system))]),
      ...asObjects(needList(body, 'messages')).flatMap(readMessage),
    ],
    tools: asObjects(tools).flatMap(readTool),
    choice: {
      mode: choice === 'any' || choice === 'tool' ? 'required' : choice === 'none' ? 'none' : 'auto',
      only: choice === 'tool' ? [asText(name)] : null,
    },
    format: isJsonObject(format) ? { schema: asObject(format['schema']) } : null,
    maxTokens: asNumber(body['max_tokens']) ?? Infinity,
    stop: asTexts(body['stop_sequences']),
    choices: 1,
    seed: 0,
    thinks: ['enabled', 'adaptive'].includes(asText(asObject(body['thinking'])['type'])),
    definitions: [tools, format],
  };
}

/** Tools that Anthropic would run are not there. */
function readTool({ type, name, description, input_schema: schema }: JsonObject): Tool[] {
  if (isJsonObject(schema)) return tool('function', name, description, schema);
  const required = CLIENT_TOOLS.find(([pattern]) => pattern.test(asText(type)))?.[1];
  if (required === undefined) return [];
  const properties = Object.fromEntries(required.map(key => [key, { type: 'string' }]));
  return tool('function', name, '', { type: 'object', properties, required });
}

/** The results of tools come in the user's message, before its words. Thoughts of earlier turns are not read again. */
function readMessage({ role, content }: JsonObject): Turn[] {
  const blocks = asObjects(content);
  const parts = partsOf(content);
  if (role === 'assistant') {
    const calls = blocks.filter(({ type }) => type === 'tool_use');
    return [turn('assistant', parts, { calls: calls.map(({ id, name, input }) => call(id, name, input)) })];
  }
  if (role !== 'user') return [turn('system', parts)];
  const results = blocks
    .filter(({ type }) => type === 'tool_result')
    .map(block => toolResult(partsOf(block['content']), block['tool_use_id']));
  return [...results, ...(parts.length > 0 || results.length === 0 ? [turn('user', parts)] : [])];
}

function partsOf(content: unknown): Part[] {
  return typeof content === 'string' ? [content] : asObjects(content).flatMap(readBlock);
}

function readBlock(block: JsonObject): Part[] {
  switch (block['type']) {
    case 'text':
      return [asText(block['text'])];
    case 'image':
      return [media('image')];
    case 'document': {
      const { type, data, content } = asObject(block['source']);
      const about = [asText(block['title']), asText(block['context'])].filter(text => text !== '');
      if (type === 'text') return [...about, asText(data)];
      return [...about, ...(type === 'content' ? partsOf(content) : [media('file')])];
    }
    case 'search_result':
      return [asText(block['title']), asText(block['source']), ...partsOf(block['content'])];
    case 'tool_reference':
      return [asText(block['tool_name'])];
    default:
      return [];
  }
}
