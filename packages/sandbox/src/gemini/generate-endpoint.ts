import { composeAnswer } from '../answer.js';
import type { AskedRequest, Endpoint } from '../endpoint.js';
import { countPromptTokens } from '../prompt-tokens.js';
import { RequestRefusal } from '../request-refusal.js';
import { toChatRequest } from './generate-conversion.js';
import { encodeGeneration, promptDetails } from './generate-encoding.js';
import { checkCountRequest, checkGenerateRequest } from './generate-request.js';
import { generationScript } from './generate-script.js';

/** Google's models: the path names the model and what it shall do. Throws `RequestRefusal` (404) for anything else. */
export const answerGemini: Endpoint = async asked => {
  const [, model, action] = /^([^:]+):([^:]+)$/.exec(asked.rest) ?? [];
  if (action === 'generateContent') return generate(model, asked, false);
  if (action === 'streamGenerateContent') return generate(model, asked, true);
  if (action === 'countTokens') return countTokens(model, asked);
  throw new RequestRefusal(404, `'${asked.rest.slice(0, 128)}' is no model with an action that it has.`, {
    code: 'unknown_url',
  });
};

async function generate(model: string, asked: AskedRequest, isStream: boolean): ReturnType<Endpoint> {
  const { plan, query } = asked;
  const request = checkGenerateRequest(model, asked);
  const thinking = request.generationConfig?.thinkingConfig;
  const thinks = thinking?.includeThoughts === true && thinking.thinkingBudget !== 0;
  const answer = await composeAnswer(toChatRequest(request), plan.answerTokens, thinks);
  const form = query.get('alt') === 'sse' ? 'events' : 'array';
  return {
    tokens: answer.completionTokens,
    whole: () => encodeGeneration(request, answer, plan.usage),
    stream: isStream ? () => generationScript(request, answer, plan, form) : null,
  };
}

async function countTokens(model: string, asked: AskedRequest): ReturnType<Endpoint> {
  const request = checkCountRequest(model, asked);
  const totalTokens = await countPromptTokens(toChatRequest(request));
  return { tokens: 0, whole: () => ({ totalTokens, ...promptDetails(request, totalTokens) }), stream: null };
}
