import type { AskedRequest } from '#sandbox';
import { getModel } from '../../../packages/sandbox/src/model.js';
import { RequestRefusal } from '#sandbox';
import { isJsonObject } from './wire-checks.js';
import { checkCountShape, checkCreateShape, type WireVersion } from './messages-shape.js';
import { checkConversation } from './messages-conversation.js';
import type { MessagesRequest } from './messages.types.js';

const VERSIONS = ['2023-01-01', '2023-06-01', '2026-10-21'];
const MAX_CACHE_MARKS = 4;

/** Checks a request for an answer as Anthropic would. Throws `RequestRefusal`: 404 for the model, 400 for the rest. */
export function checkMessagesRequest(asked: AskedRequest): MessagesRequest {
  const maxOutputTokens = checkHead(asked).maxOutputTokens;
  checkCreateShape(asked.body, versionOf(asked));
  const request = asked.body as unknown as MessagesRequest;
  if (maxOutputTokens !== null && request.max_tokens > maxOutputTokens) {
    refuse('max_tokens', `max_tokens: ${request.max_tokens} is more than the ${maxOutputTokens} this model can write.`);
  }
  if (request.container != null) refuse('container', 'container: this model runs no containers.');
  checkSampling(request);
  checkThinking(request);
  checkTools(request);
  checkCacheMarks(request);
  checkConversation(request);
  return request;
}

/** Checks a question for the tokens of a prompt. */
export function checkCountRequest(asked: AskedRequest): MessagesRequest {
  checkHead(asked);
  checkCountShape(asked.body, versionOf(asked));
  // A count has no limit to keep, so it stands for any.
  const request = { ...(asked.body as unknown as MessagesRequest), max_tokens: Number.MAX_SAFE_INTEGER };
  checkTools(request);
  checkCacheMarks(request);
  checkConversation(request);
  return request;
}

function refuse(param: string, message: string): never {
  throw new RequestRefusal(400, message, { param, code: 'invalid_value' });
}

function checkHead({ headers, body, findModel }: AskedRequest): { maxOutputTokens: number | null } {
  const version = headers['anthropic-version'];
  if (version === undefined) refuse('anthropic-version', 'anthropic-version: the header is required.');
  if (!VERSIONS.includes(String(version))) {
    refuse('anthropic-version', `anthropic-version: '${String(version).slice(0, 64)}' is no version of this API.`);
  }
  if (!isJsonObject(body)) refuse('body', 'The body must be a JSON object.');
  if (typeof body['model'] !== 'string' || body['model'] === '') refuse('model', 'model: the field is required.');
  return getModel(body['model'], 'anthropic_messages', findModel);
}

function versionOf({ headers }: AskedRequest): WireVersion {
  return { version: String(headers['anthropic-version']), betas: String(headers['anthropic-beta'] ?? '') };
}

function checkSampling({ temperature, top_p: topP }: MessagesRequest): void {
  if (temperature !== undefined && topP !== undefined) {
    refuse('top_p', 'top_p: give temperature or top_p, not both.');
  }
}

function checkThinking(request: MessagesRequest): void {
  const { thinking, max_tokens: limit, tool_choice: choice, temperature, top_k: topK, top_p: topP } = request;
  if (thinking?.type !== 'enabled' && thinking?.type !== 'adaptive') return;
  if (thinking.type === 'enabled' && thinking.budget_tokens >= limit) {
    refuse('thinking.budget_tokens', 'thinking.budget_tokens: the budget must be less than max_tokens.');
  }
  if (choice?.type === 'any' || choice?.type === 'tool') {
    refuse('tool_choice', `tool_choice: '${choice.type}' cannot be demanded of a model that thinks.`);
  }
  if (temperature !== undefined && temperature !== 1) refuse('temperature', 'temperature: must be 1 with thinking.');
  if (topK !== undefined) refuse('top_k', 'top_k: must not be given with thinking.');
  if (topP !== undefined && topP < 0.95) refuse('top_p', 'top_p: must be 0.95 or more with thinking.');
}

function checkTools({ tools = [], tool_choice: choice }: MessagesRequest): void {
  const names = tools.map(tool => ('name' in tool ? tool.name : tool.type));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse('tools', `tools: the name '${twice}' is given twice.`);
  if (choice !== undefined && tools.length === 0) refuse('tool_choice', 'tool_choice: is only allowed with tools.');
  if (choice?.type === 'tool' && !names.includes(choice.name)) {
    refuse('tool_choice.name', `tool_choice.name: '${choice.name.slice(0, 128)}' is not among the tools.`);
  }
}

function checkCacheMarks(request: MessagesRequest): void {
  const blocks: unknown[] = [request, ...(request.tools ?? []), ...[request.system ?? []].flat()];
  for (const { content } of request.messages) {
    if (typeof content === 'string') continue;
    for (const block of content) {
      blocks.push(block);
      if (block.type === 'tool_result' && Array.isArray(block.content)) blocks.push(...block.content);
    }
  }
  const marks = blocks.filter(block => isJsonObject(block) && block['cache_control'] != null).length;
  if (marks > MAX_CACHE_MARKS) {
    refuse('cache_control', `cache_control: ${marks} marks were set, and at most ${MAX_CACHE_MARKS} are allowed.`);
  }
}
