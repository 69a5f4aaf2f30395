import { composeAnswer } from '../answer.js';
import type { Endpoint } from '../endpoint.js';
import { countPromptTokens } from '../prompt-tokens.js';
import { encodeMessage } from './message-encoding.js';
import { messageScript } from './message-script.js';
import { toChatRequest } from './messages-conversion.js';
import { checkCountRequest, checkMessagesRequest } from './messages-request.js';

/** Anthropic's Messages. */
export const answerMessages: Endpoint = async asked => {
  const request = checkMessagesRequest(asked);
  const thinks = request.thinking?.type === 'enabled' || request.thinking?.type === 'adaptive';
  const answer = await composeAnswer(toChatRequest(request), asked.plan.answerTokens, thinks);
  return {
    tokens: answer.completionTokens,
    whole: () => encodeMessage(request, answer, asked.plan.usage),
    stream: request.stream === true ? () => messageScript(request, answer, asked.plan) : null,
  };
};

/** What a prompt would cost, by the same count as the answer's usage. */
export const countMessageTokens: Endpoint = async asked => {
  const inputTokens = await countPromptTokens(toChatRequest(checkCountRequest(asked)));
  return { tokens: 0, whole: () => ({ input_tokens: inputTokens }), stream: null };
};
