import type {
  ResponseFunctionCallOutputItem,
  ResponseInputContent,
  ResponseInputItem,
  Tool,
} from 'openai7/resources/responses/responses';
import type { ChatMessage, ChatRequest } from '../chat-request.js';
import type { ResponsesRequest } from './responses-request.js';

type UserPart = Extract<Extract<ChatMessage, { role: 'user' }>['content'], unknown[]>[number];
type ToolContent = Extract<ChatMessage, { role: 'tool' }>['content'];
type ChatTool = NonNullable<ChatRequest['tools']>[number];
type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>;
type ChatCall = NonNullable<AssistantMessage['tool_calls']>[number];

/** The request as the composer of answers reads it: the words, the media and the tools. */
export function toChatRequest(request: ResponsesRequest): ChatRequest {
  const { instructions, input, tools = [], tool_choice: choice, text } = request;
  return {
    model: request.model,
    messages: [
      ...(instructions ? [{ role: 'developer' as const, content: instructions }] : []),
      ...mergedAnswers(input.flatMap(toChatMessage)),
    ],
    ...(request.max_output_tokens != null && { max_completion_tokens: request.max_output_tokens }),
    ...(tools.length > 0 && {
      tools: tools.flatMap(toChatTool),
      ...(choice !== undefined && { tool_choice: toChatChoice(choice) }),
      parallel_tool_calls: request.parallel_tool_calls !== false,
    }),
    ...toResponseFormat(text?.format),
  };
}

function toChatTool(tool: Tool): ChatTool[] {
  if (tool.type === 'custom') {
    const { name, description, format } = tool;
    const nested = format?.type === 'grammar' ? { type: format.type, grammar: format } : format;
    const described = description === undefined ? {} : { description };
    return [{ type: 'custom', custom: { name, ...described, ...(nested && { format: nested }) } }];
  }
  if (tool.type !== 'function') return [];
  const { name, description, parameters } = tool;
  return [
    {
      type: 'function',
      function: { name, ...(description != null && { description }), ...(parameters != null && { parameters }) },
    },
  ];
}

function toChatChoice(choice: NonNullable<ResponsesRequest['tool_choice']>): NonNullable<ChatRequest['tool_choice']> {
  if (typeof choice === 'string') return choice;
  if (choice.type === 'function') return { type: 'function', function: { name: choice.name } };
  if (choice.type === 'custom') return { type: 'custom', custom: { name: choice.name } };
  if (choice.type !== 'allowed_tools') return 'auto';
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools: choice.tools } };
}

function toResponseFormat(
  format: NonNullable<ResponsesRequest['text']>['format'],
): Pick<ChatRequest, 'response_format'> {
  if (format?.type === 'json_object') return { response_format: { type: 'json_object' } };
  if (format?.type !== 'json_schema') return {};
  return { response_format: { type: 'json_schema', json_schema: { name: format.name, schema: format.schema } } };
}

/** Thoughts of earlier turns are not read again, and cost nothing. */
function toChatMessage(item: ResponseInputItem): ChatMessage[] {
  if ('role' in item && 'content' in item) return [toSaid(item)];
  switch (item.type) {
    case 'function_call': {
      const { call_id: id, name, arguments: input } = item;
      return [{ role: 'assistant', tool_calls: [{ id, type: 'function', function: { name, arguments: input } }] }];
    }
    case 'custom_tool_call': {
      const { call_id: id, name, input } = item;
      return [{ role: 'assistant', tool_calls: [{ id, type: 'custom', custom: { name, input } }] }];
    }
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const { output } = item;
      // The chat dialect has no media in results; they are counted here all the same.
      const content = typeof output === 'string' ? output : (output.flatMap(toUserParts) as ToolContent);
      return [{ role: 'tool', tool_call_id: item.call_id ?? '', content }];
    }
    default:
      return [];
  }
}

type Said = Extract<ResponseInputItem, { role: unknown; content: unknown }>;

function toSaid({ role, content }: Said): ChatMessage {
  if (typeof content === 'string') return { role, content };
  const parts = content.flatMap(toUserParts);
  if (role === 'user') return { role, content: parts };
  const text = parts.flatMap(part => (part.type === 'text' ? [part.text] : [])).join('\n');
  return { role, content: text };
}

type AnyPart = Extract<Said['content'], unknown[]>[number] | ResponseInputContent | ResponseFunctionCallOutputItem;

function toUserParts(part: AnyPart): UserPart[] {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return [{ type: 'text', text: part.text }];
    case 'refusal':
      return [{ type: 'text', text: part.refusal }];
    case 'input_image':
      return [{ type: 'image_url', image_url: { url: 'data:', detail: part.detail === 'low' ? 'low' : 'auto' } }];
    case 'input_file':
      return [{ type: 'file', file: {} }];
    default:
      return [];
  }
}

/** What the model said and called in one go is several items here and one message there. */
function mergedAnswers(messages: readonly ChatMessage[]): ChatMessage[] {
  const merged: ChatMessage[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (message.role !== 'assistant' || last?.role !== 'assistant') {
      merged.push(message);
      continue;
    }
    const calls: ChatCall[] = [...(last.tool_calls ?? []), ...(message.tool_calls ?? [])];
    const texts = [last.content, message.content].filter(content => typeof content === 'string');
    merged[merged.length - 1] = {
      role: 'assistant',
      content: texts.join('\n'),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
  }
  return merged;
}
