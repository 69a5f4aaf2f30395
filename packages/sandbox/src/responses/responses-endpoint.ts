import { composeAnswer } from '../answer.js';
import type { Endpoint } from '../endpoint.js';
import { encodeResponse, showsSummary } from './response-encoding.js';
import { responseScript } from './response-script.js';
import { toChatRequest } from './responses-conversion.js';
import { checkResponsesRequest, type ResponsesRequest } from './responses-request.js';

/** OpenAI's Responses, without a memory. */
export const answerResponses: Endpoint = async asked => {
  const { plan } = asked;
  const request = checkResponsesRequest(asked);
  const answer = await composeAnswer(toChatRequest(request), plan.answerTokens, thinks(request));
  return {
    tokens: answer.completionTokens,
    whole: () => encodeResponse(request, answer, plan.usage),
    stream: request.stream === true ? () => responseScript(request, answer, plan) : null,
  };
};

/** Those who want their thoughts back sealed have an item for them, with a summary or without. */
function thinks(request: ResponsesRequest): boolean {
  if (request.reasoning?.effort === 'none') return false;
  return showsSummary(request) || request.include?.includes('reasoning.encrypted_content') === true;
}
