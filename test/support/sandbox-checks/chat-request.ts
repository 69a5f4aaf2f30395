import type OpenAI from 'openai7';
import { checkChatRequestShape } from './chat-shape.js';
import { getModel, type SandboxModel } from '../../../packages/sandbox/src/model.js';
import { RequestRefusal } from '#sandbox';
import { isJsonObject } from './wire-checks.js';

export type ChatRequest = OpenAI.Chat.Completions.ChatCompletionCreateParams;
type ChatMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam;

/**
 * Checks a parsed body as strictly as the strictest provider would.
 * Throws `RequestRefusal`: 404 for an unknown model, 400 for everything else, naming the field.
 */
export function checkChatRequest(
  body: unknown,
  findModel: (id: string) => SandboxModel | null,
): { request: ChatRequest; model: SandboxModel } {
  if (!isJsonObject(body)) refuse('body', 'Expected the request body to be a JSON object.');
  if (typeof body['model'] !== 'string' || body['model'] === '') {
    refuse('model', 'You must provide a model parameter.', 'missing_required_parameter');
  }
  const model = getModel(body['model'], 'chat_completions', findModel);
  checkChatRequestShape(body, '');
  const request = body as unknown as ChatRequest;
  checkOutputLimit(request, model);
  checkCombinations(request);
  checkTools(request);
  checkConversation(request.messages);
  return { request, model };
}

function refuse(param: string, message: string, code = 'invalid_value'): never {
  throw new RequestRefusal(400, message, { param, code });
}

function checkOutputLimit(request: ChatRequest, model: SandboxModel): void {
  if (request.max_tokens != null && request.max_completion_tokens != null) {
    refuse(
      'max_tokens',
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      'invalid_parameter_combination',
    );
  }
  for (const field of ['max_tokens', 'max_completion_tokens'] as const) {
    const asked = request[field];
    if (asked == null || model.maxOutputTokens === null || asked <= model.maxOutputTokens) continue;
    refuse(field, `'${field}' (${asked}) exceeds model maximum (${model.maxOutputTokens})`);
  }
}

function checkCombinations(request: ChatRequest): void {
  if (request.stream_options != null && request.stream !== true) {
    refuse('stream_options', "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
  }
  if (request.top_logprobs != null && request.logprobs !== true) {
    refuse('top_logprobs', "'top_logprobs' is only allowed when 'logprobs' is true.");
  }
  if (request.modalities?.includes('audio') === true || request.audio != null) {
    refuse(
      request.audio == null ? 'modalities' : 'audio',
      "'modalities' and 'audio': this model answers in text only.",
      'unsupported_value',
    );
  }
  if (request.web_search_options !== undefined) {
    refuse('web_search_options', "'web_search_options': this model does not search the web.", 'unsupported_parameter');
  }
}

function checkTools(request: ChatRequest): void {
  for (const field of ['tool_choice', 'parallel_tool_calls'] as const) {
    if (request[field] !== undefined && request.tools === undefined) {
      refuse(field, `'${field}' is only allowed when 'tools' are specified.`);
    }
  }
  if (request.function_call !== undefined && request.functions === undefined) {
    refuse('function_call', "'function_call' is only allowed when 'functions' are specified.");
  }
  if (request.functions !== undefined && request.tools !== undefined) {
    refuse('functions', "'functions' and 'tools' must not be used together.", 'invalid_parameter_combination');
  }
  const offered = new Set(offeredNames(request));
  for (const name of chosenNames(request)) {
    if (!offered.has(name))
      refuse('tool_choice', `'tool_choice' names '${name}', which is not among the tools offered.`);
  }
}

function offeredNames(request: ChatRequest): string[] {
  const names = (request.tools ?? []).map(tool => (tool.type === 'function' ? tool.function.name : tool.custom.name));
  return [...names, ...(request.functions ?? []).map(offered => offered.name)];
}

function chosenNames(request: ChatRequest): string[] {
  const { tool_choice: choice, function_call: call } = request;
  const names = typeof call === 'object' ? [call.name] : [];
  if (typeof choice !== 'object') return names;
  if (choice.type === 'allowed_tools') return [...names, ...choice.allowed_tools.tools.map(referencedName)];
  return [...names, choice.type === 'function' ? choice.function.name : choice.custom.name];
}

/** `allowed_tools` names its tools flat or nested, as clients differ. */
function referencedName(reference: Record<string, unknown>): string {
  const nested = reference[String(reference['type'])];
  return String(isJsonObject(nested) ? nested['name'] : reference['name']);
}

/** Every tool call needs its result before the next turn, and every result the call it answers. */
function checkConversation(messages: ChatMessage[]): void {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) {
        refuse(
          `${path}.tool_call_id`,
          "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
        );
      }
      continue;
    }
    refuseUnanswered(open, path);
    open = new Set();
    if (message.role !== 'assistant') continue;
    if (
      message.content == null &&
      !message.tool_calls &&
      !message.function_call &&
      !message.refusal &&
      !message.audio
    ) {
      refuse(`${path}.content`, `Missing required parameter: '${path}.content'.`, 'missing_required_parameter');
    }
    for (const call of message.tool_calls ?? []) open.add(call.id);
  }
  refuseUnanswered(open, `messages[${messages.length}]`);
}

function refuseUnanswered(open: ReadonlySet<string>, path: string): void {
  if (open.size === 0) return;
  const ids = [...open].join(', ').slice(0, 200);
  refuse(path, `Each of 'tool_calls' must be followed by a tool message; no result was given for: ${ids}`);
}
