import type { RequestCheck } from '#sandbox';
import { checkChatRequest } from './chat-request.js';
import { checkEmbeddingsRequest } from './embeddings-request.js';
import { checkCountRequest as checkContentsCount, checkGenerateRequest } from './generate-request.js';
import { checkCountRequest, checkMessagesRequest } from './messages-request.js';
import { checkResponsesRequest } from './responses-request.js';

/**
 * As strict as the strictest of the vendors: what the gateway sends to the sandbox in a test would be taken by the real
 * one. Throws `RequestRefusal` that names the field.
 */
export const checkStrictly: RequestCheck = asked => {
  const { path, rest } = asked;
  if (path.endsWith('/chat/completions')) checkChatRequest(asked.body, asked.findModel);
  else if (path.endsWith('/messages')) checkMessagesRequest(asked);
  else if (path.endsWith('/count_tokens')) checkCountRequest(asked);
  else if (path.endsWith('/responses')) checkResponsesRequest(asked);
  else if (path.endsWith('/embeddings')) checkEmbeddingsRequest(asked);
  else if (rest.includes(':')) {
    const [model, action] = rest.split(':');
    if (action === 'countTokens') checkContentsCount(model, asked);
    else if (/enerateContent$/.test(action)) checkGenerateRequest(model, asked);
  }
};
