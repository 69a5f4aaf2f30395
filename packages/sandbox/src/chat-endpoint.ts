import { composeAnswer } from './answer.js';
import { checkChatRequest } from './chat-request.js';
import { completionScript, encodeCompletion } from './completion-encoding.js';
import type { Endpoint } from './endpoint.js';

/** OpenAI's Chat Completions. */
export const answerChat: Endpoint = async ({ body, findModel, plan }) => {
  const { request } = checkChatRequest(body, findModel);
  const answer = await composeAnswer(request, plan.answerTokens);
  return {
    tokens: answer.completionTokens,
    whole: () => encodeCompletion(request, answer, plan.usage),
    stream: request.stream === true ? () => completionScript(request, answer, plan) : null,
  };
};
