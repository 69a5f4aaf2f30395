import type {
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
  MessageParam,
  ToolResultBlockParam,
  ToolUnion,
} from 'anthropic-sdk/resources/messages/messages';
import type { ChatMessage, ChatRequest } from '../chat-request.js';
import type { MessagesRequest } from './messages.types.js';
import { clientToolSchema } from './tool-checks.js';

type UserPart = Extract<Extract<ChatMessage, { role: 'user' }>['content'], unknown[]>[number];
type ToolContent = Extract<ChatMessage, { role: 'tool' }>['content'];

/** The request as the composer of answers reads it: the words, the media and the tools. */
export function toChatRequest(request: MessagesRequest): ChatRequest {
  const { system, messages, tools = [], tool_choice: choice, output_config: output } = request;
  const instructions = typeof system === 'string' ? system : (system ?? []).map(block => block.text).join('\n');
  return {
    model: request.model,
    messages: [
      ...(instructions === '' ? [] : [{ role: 'system' as const, content: instructions }]),
      ...messages.flatMap(toChatMessages),
    ],
    max_completion_tokens: request.max_tokens,
    ...(request.stop_sequences && { stop: request.stop_sequences }),
    ...(tools.length > 0 && { tools: tools.map(toChatTool) }),
    ...(choice && {
      tool_choice: toChatChoice(choice),
      parallel_tool_calls: !('disable_parallel_tool_use' in choice && choice.disable_parallel_tool_use === true),
    }),
    ...(output?.format && {
      response_format: { type: 'json_schema' as const, json_schema: { name: 'answer', schema: output.format.schema } },
    }),
  };
}

function toChatTool(tool: ToolUnion): NonNullable<ChatRequest['tools']>[number] {
  const name = 'name' in tool ? tool.name : tool.type;
  const schema = 'input_schema' in tool ? tool.input_schema : clientToolSchema(String(tool.type));
  const description = 'description' in tool && tool.description !== undefined ? { description: tool.description } : {};
  return { type: 'function', function: { name, ...description, parameters: schema } };
}

function toChatChoice(choice: NonNullable<MessagesRequest['tool_choice']>): NonNullable<ChatRequest['tool_choice']> {
  if (choice.type === 'tool') return { type: 'function', function: { name: choice.name } };
  return choice.type === 'any' ? 'required' : choice.type;
}

function toChatMessages({ role, content }: MessageParam): ChatMessage[] {
  if (typeof content === 'string') return [{ role, content }];
  const blocks = content as ContentBlockParam[];
  if (role === 'assistant') return [toAssistantMessage(blocks)];
  if (role === 'system') return [{ role, content: textsOf(blocks) }];
  const results = blocks.filter(block => block.type === 'tool_result').map(toToolMessage);
  const parts = blocks.flatMap(toUserParts);
  return [...results, ...(parts.length > 0 ? [{ role, content: parts }] : [])];
}

function textsOf(blocks: readonly ContentBlockParam[]): string {
  return blocks.flatMap(block => (block.type === 'text' ? [block.text] : [])).join('\n');
}

/** Thoughts of earlier turns are not read again, and cost nothing. */
function toAssistantMessage(blocks: readonly ContentBlockParam[]): ChatMessage {
  const calls = blocks.flatMap(block =>
    block.type === 'tool_use'
      ? [
          {
            id: block.id,
            type: 'function' as const,
            function: { name: block.name, arguments: JSON.stringify(block.input) },
          },
        ]
      : [],
  );
  return { role: 'assistant', content: textsOf(blocks), ...(calls.length > 0 && { tool_calls: calls }) };
}

function toToolMessage({ tool_use_id: id, content = '' }: ToolResultBlockParam): ChatMessage {
  if (typeof content === 'string') return { role: 'tool', tool_call_id: id, content };
  const parts = content.flatMap(block => toUserParts(block as ContentBlockParam));
  // The chat dialect has no media in results; they are counted here all the same.
  return { role: 'tool', tool_call_id: id, content: parts as ToolContent };
}

function toUserParts(block: ContentBlockParam): UserPart[] {
  if (block.type === 'text') return [{ type: 'text', text: block.text }];
  if (block.type === 'image') return [toImagePart(block)];
  if (block.type === 'document') return toDocumentParts(block);
  if (block.type !== 'search_result') return [];
  return [{ type: 'text', text: [block.title, block.source, textsOf(block.content)].join('\n') }];
}

function toImagePart({ source }: ImageBlockParam): UserPart {
  const url = source.type === 'url' ? source.url : source.type === 'file' ? source.file_id : 'data:';
  return { type: 'image_url', image_url: { url } };
}

function toDocumentParts({ source, title, context }: DocumentBlockParam): UserPart[] {
  const about = [title, context].flatMap(words => (words ? [{ type: 'text' as const, text: words }] : []));
  if (source.type === 'text') return [...about, { type: 'text', text: source.data }];
  if (source.type !== 'content') return [...about, { type: 'file', file: {} }];
  const { content } = source;
  return [
    ...about,
    ...(typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content.flatMap(toUserParts)),
  ];
}
