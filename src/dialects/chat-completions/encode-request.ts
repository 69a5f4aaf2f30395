import type { JsonObject } from '../../json/value.js';
import type { Encoded, EncodeRequestOptions } from '../neutral/codec.js';
import type { NeutralRequest, OutputFormat, ReasoningRequest } from '../neutral/neutral.types.js';
import { LossList } from '../wire/loss-list.js';
import { encodeToolFields } from './encode-tools.js';
import { encodeInstructions, encodeTurns } from './encode-turns.js';

export function encodeChatRequest(request: NeutralRequest, options: EncodeRequestOptions): Encoded {
  const losses = new LossList();
  const { maxOutputTokens, output, logprobs, serviceTier, user, metadata, verbosity, promptCacheKey } = request;
  const wire: JsonObject = {
    model: options.model,
    messages: [...encodeInstructions(request.instructions), ...encodeTurns(request.turns, losses)],
    ...encodeStream(request, options),
    ...encodeToolFields(request, losses),
    ...(output !== null && { response_format: encodeOutput(output) }),
    // The older name: servers beside OpenAI know no other.
    ...(maxOutputTokens !== null && { max_tokens: maxOutputTokens }),
    ...encodeSampling(request, losses),
    ...(logprobs !== null && { logprobs: true, ...(logprobs.top > 0 && { top_logprobs: logprobs.top }) }),
    ...encodeReasoning(request.reasoning, losses),
    ...(serviceTier !== null && { service_tier: serviceTier }),
    ...(user !== null && { user }),
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

function encodeOutput(output: OutputFormat): JsonObject {
  if (output.type === 'json') return { type: 'json_object' };
  const { name, description, schema, strict } = output;
  return {
    type: 'json_schema',
    json_schema: {
      // The API demands a name; a schema without one is an answer's.
      name: name ?? 'answer',
      ...(description !== null && { description }),
      schema,
      ...(strict !== null && { strict }),
    },
  };
}

function encodeReasoning(reasoning: ReasoningRequest | null, losses: LossList): JsonObject {
  if (reasoning === null) return {};
  const { mode, effort, budgetTokens, show } = reasoning;
  if (show !== null)
    losses.add('reasoning.summary', 'the chat-completions dialect cannot ask for thoughts to be shown or hidden');
  if (mode === 'off') return { reasoning_effort: 'none' };
  if (budgetTokens !== null) {
    losses.add('reasoning.budget_tokens', 'the chat-completions dialect takes an effort and no number of tokens');
  }
  const wanted = effort ?? (budgetTokens === null ? null : effortOf(budgetTokens)) ?? (mode === 'on' ? 'medium' : null);
  return wanted === null ? {} : { reasoning_effort: wanted };
}

/** The effort that spends about so many tokens. */
function effortOf(budgetTokens: number): string {
  if (budgetTokens <= 2048) return 'low';
  return budgetTokens <= 16_384 ? 'medium' : 'high';
}
