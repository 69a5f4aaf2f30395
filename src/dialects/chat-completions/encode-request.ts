import type { JsonObject } from '../../json/value.js';
import type { Encoded, EncodeRequestOptions } from '../neutral/codec.js';
import { fitRequest } from '../neutral/fit-request.js';
import type { NeutralRequest, OutputFormat } from '../neutral/neutral.types.js';
import { heldOutput } from '../schemas/held-output.js';
import { endUserId, OPENAI_USER_CHARS } from '../wire/end-user.js';
import { LossList } from '../wire/loss-list.js';
import { encodeInstructions, encodeTurns } from './encode-turns.js';
import { encodeReasoning } from './reasoning.js';
import { encodeToolFields } from './tools.js';

export function encodeChatRequest(asked: NeutralRequest, options: EncodeRequestOptions): Encoded {
  const losses = new LossList();
  const request = fitRequest(asked, 'chat_completions', losses, options.customTools === true);
  const { maxOutputTokens, output, logprobs, serviceTier, user, metadata, verbosity, promptCacheKey } = request;
  const wire: JsonObject = {
    model: options.model,
    messages: [...encodeInstructions(request.instructions), ...encodeTurns(request.turns, losses)],
    ...encodeStream(request, options),
    ...encodeToolFields(request, losses),
    ...(output !== null && { response_format: encodeOutput(output, losses) }),
    // The older name: servers beside OpenAI know no other.
    ...(maxOutputTokens !== null && { max_tokens: maxOutputTokens }),
    ...encodeSampling(request, losses),
    ...(logprobs !== null && { logprobs: true, ...(logprobs.top > 0 && { top_logprobs: logprobs.top }) }),
    ...encodeReasoning(request.reasoning, options.reasoning, losses),
    ...(serviceTier !== null && { service_tier: serviceTier }),
    ...(user !== null && { user: endUserId(user, OPENAI_USER_CHARS) }),
    ...(metadata !== null && { metadata }),
    ...(verbosity !== null && { verbosity }),
    ...(promptCacheKey !== null && { prompt_cache_key: promptCacheKey }),
  };
  return { wire, losses: losses.losses };
}

function encodeStream({ stream }: NeutralRequest, { streamUsage }: EncodeRequestOptions): JsonObject {
  if (!stream) return {};
  return { stream: true, ...(streamUsage && { stream_options: { include_usage: true } }) };
}

function encodeSampling(request: NeutralRequest, losses: LossList): JsonObject {
  const { temperature, topP, stop, seed, frequencyPenalty, presencePenalty, candidates } = request;
  if (request.topK !== null) losses.add('top_k', 'is not part of the chat-completions dialect');
  return {
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...(stop.length > 0 && { stop }),
    ...(seed !== null && { seed }),
    ...(frequencyPenalty !== null && { frequency_penalty: frequencyPenalty }),
    ...(presencePenalty !== null && { presence_penalty: presencePenalty }),
    ...(candidates > 1 && { n: candidates }),
  };
}

function encodeOutput(output: OutputFormat, losses: LossList): JsonObject {
  if (output.type === 'json') return { type: 'json_object' };
  const { name, description } = output;
  return {
    type: 'json_schema',
    json_schema: {
      // The API demands a name; a schema without one is an answer's.
      name: name ?? 'answer',
      ...(description !== null && { description }),
      ...heldOutput(output, losses),
    },
  };
}
