import type { JsonObject } from '../../json/value.js';
import type { Encoded, EncodeRequestOptions } from '../neutral/codec.js';
import { fitRequest } from '../neutral/fit-request.js';
import type { NeutralRequest, OutputFormat } from '../neutral/neutral.types.js';
import { isOff } from '../neutral/reasoning-limits.js';
import { heldOutput } from '../schemas/held-output.js';
import { endUserId, OPENAI_USER_CHARS } from '../wire/end-user.js';
import { LossList } from '../wire/loss-list.js';
import { encodeInput } from './encode-turns.js';
import { encodeReasoning } from './reasoning.js';
import { encodeToolFields } from './tools.js';

export function encodeResponsesRequest(asked: NeutralRequest, options: EncodeRequestOptions): Encoded {
  const losses = new LossList();
  const request = fitRequest(asked, 'openai_responses', losses);
  const { temperature, topP, serviceTier, user, metadata, promptCacheKey } = request;
  const wire: JsonObject = {
    model: options.model,
    ...encodeInstructions(request, losses),
    input: encodeInput(request, losses),
    ...(request.stream && { stream: true }),
    store: false,
    ...encodeToolFields(request, losses),
    ...encodeText(request, losses),
    ...encodeBound(request, losses),
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...encodeReasoning(request.reasoning, options.reasoning, losses),
    ...encodeInclude(request, options.reasoning?.thinks ?? true),
    ...(serviceTier !== null && { service_tier: serviceTier }),
    ...(user !== null && { safety_identifier: endUserId(user, OPENAI_USER_CHARS) }),
    ...(metadata !== null && { metadata }),
    ...(promptCacheKey !== null && { prompt_cache_key: promptCacheKey }),
  };
  noteUnsaid(request, losses);
  return { wire, losses: losses.losses };
}

/** The API takes no smaller bound. */
const LEAST_OUTPUT_TOKENS = 16;

function encodeBound(request: NeutralRequest, losses: LossList): JsonObject {
  const { maxOutputTokens } = request;
  if (maxOutputTokens === null) return {};
  if (maxOutputTokens < LEAST_OUTPUT_TOKENS) {
    const field = 'max_output_tokens';
    losses.add(field, `this model takes ${LEAST_OUTPUT_TOKENS} at least, which is asked for`);
  }
  return { max_output_tokens: Math.max(LEAST_OUTPUT_TOKENS, maxOutputTokens) };
}

function encodeInstructions({ instructions }: NeutralRequest, losses: LossList): JsonObject {
  if (instructions.some(part => part.cache !== undefined)) {
    losses.addOnce('cache_control', 'this dialect caches by itself');
  }
  const text = instructions.map(part => part.text).join('\n\n');
  return text === '' ? {} : { instructions: text };
}

function encodeText({ output, verbosity }: NeutralRequest, losses: LossList): JsonObject {
  const text: JsonObject = {
    ...(output !== null && { format: encodeFormat(output, losses) }),
    ...(verbosity !== null && { verbosity }),
  };
  return Object.keys(text).length === 0 ? {} : { text };
}

export function encodeFormat(output: OutputFormat, losses: LossList): JsonObject {
  if (output.type === 'json') return { type: 'json_object' };
  const { name, description } = output;
  return {
    type: 'json_schema',
    // The API demands a name; a schema without one is an answer's.
    name: name ?? 'answer',
    ...(description !== null && { description }),
    ...heldOutput(output, losses),
  };
}

/** @param canThink a model that does not is refused when it is asked for its thoughts */
function encodeInclude({ reasoning, turns, logprobs }: NeutralRequest, canThink: boolean): JsonObject {
  const thinks = reasoning !== null && !isOff(reasoning);
  const thought = turns.some(turn => turn.role === 'assistant' && turn.parts.some(part => part.type === 'reasoning'));
  const include = [
    ...(canThink && (thinks || thought) ? ['reasoning.encrypted_content'] : []),
    ...(logprobs === null ? [] : ['message.output_text.logprobs']),
  ];
  return {
    ...(include.length > 0 && { include }),
    ...(logprobs !== null && logprobs.top > 0 && { top_logprobs: logprobs.top }),
  };
}

function noteUnsaid(request: NeutralRequest, losses: LossList): void {
  const lost = (field: string, isSaid: boolean) => {
    if (isSaid) losses.add(field, 'is not part of the Responses dialect');
  };
  lost('stop', request.stop.length > 0);
  lost('seed', request.seed !== null);
  lost('frequency_penalty', request.frequencyPenalty !== null);
  lost('presence_penalty', request.presencePenalty !== null);
  lost('n', request.candidates > 1);
  lost('top_k', request.topK !== null);
}
