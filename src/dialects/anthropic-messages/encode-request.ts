import type {
  JSONOutputFormat,
  MessageCreateParams,
  OutputConfig,
  TextBlockParam,
  ThinkingConfigParam,
} from 'anthropic-sdk/resources/messages';
import type { JsonObject } from '../../json/value.js';
import type { Encoded, EncodeRequestOptions } from '../neutral/codec.js';
import { fitRequest } from '../neutral/fit-request.js';
import type { NeutralRequest, OutputFormat } from '../neutral/neutral.types.js';
import { ANTHROPIC_USER_CHARS, endUserId } from '../wire/end-user.js';
import { LossList } from '../wire/loss-list.js';
import { encodeText, encodeTurns } from './encode-turns.js';
import { encodeThinking } from './reasoning.js';
import { encodeRequestTier } from './service-tier.js';
import { constrainedSchema } from './schema.js';
import { encodeToolChoice, encodeTools } from './tools.js';

type SchemaOutput = Extract<OutputFormat, { readonly type: 'schema' }>;

/** What stands for OpenAI's JSON mode, and Gemini's: Claude would put JSON that a prompt alone asks for between fences. */
const JSON_ONLY = 'Answer with a single JSON object, without anything before or behind it and without a code fence.';

/** @throws {RequestFieldError} for content that the model cannot be shown */
export function encodeRequest(asked: NeutralRequest, options: EncodeRequestOptions): Encoded {
  const losses = new LossList();
  const request = fitRequest(asked, 'anthropic_messages', losses);
  const system = encodeSystem(request, losses);
  const messages = encodeTurns(request.turns, losses);
  const maxTokens = request.maxOutputTokens ?? options.defaultMaxTokens;
  const { adaptiveThinking, reasoning: limits } = options;
  const target = { adaptiveThinking, limits, maxTokens, messages };
  const { thinking, effort } = encodeThinking(request.reasoning, target, losses);
  const tools = encodeTools(request, losses);
  const thinks = thinking !== null && thinking.type !== 'disabled';
  const toolChoice = encodeToolChoice(request, tools, thinks, losses);
  const outputConfig = encodeOutput(request, effort, losses);
  const stop = encodeStop(request, losses);
  const wire: MessageCreateParams = {
    model: options.model,
    max_tokens: maxTokens,
    ...(system !== null && { system }),
    messages,
    ...(tools.length > 0 && { tools }),
    ...(toolChoice !== null && { tool_choice: toolChoice }),
    ...(thinking !== null && { thinking }),
    ...(outputConfig !== null && { output_config: outputConfig }),
    ...(stop.length > 0 && { stop_sequences: stop }),
    ...encodeSampling(request, thinking, adaptiveThinking, losses),
    ...(request.user !== null && { metadata: { user_id: endUserId(request.user, ANTHROPIC_USER_CHARS) } }),
    ...encodeTier(request, losses),
    ...(request.stream && { stream: true }),
  };
  loseRest(request, losses);
  return { wire: wire as unknown as JsonObject, losses: losses.losses };
}

function encodeSystem({ instructions, output }: NeutralRequest, losses: LossList): string | TextBlockParam[] | null {
  const blocks = instructions.flatMap((part, index) => encodeText(part, part.at ?? `system[${index}]`, losses));
  if (output?.type === 'json') {
    losses.add('response_format', 'JSON without a schema can only be asked for in words here');
    blocks.push({ type: 'text', text: JSON_ONLY });
  }
  const [first] = blocks;
  if (first === undefined) return null;
  return blocks.length === 1 && Object.keys(first).length === 2 ? first.text : blocks;
}

function encodeOutput(
  { output }: NeutralRequest,
  effort: OutputConfig['effort'] | null,
  losses: LossList,
): OutputConfig | null {
  const format = output?.type === 'schema' ? { format: encodeFormat(output, losses) } : {};
  const config = { ...(effort !== null && { effort }), ...format };
  return Object.keys(config).length > 0 ? config : null;
}

/** A schema has no name here; what describes the answer as a whole stands in it. */
function encodeFormat({ schema, description }: SchemaOutput, losses: LossList): JSONOutputFormat {
  const constrained = constrainedSchema(schema, 'output.schema', losses);
  return { type: 'json_schema', schema: { ...(description !== null && { description }), ...constrained } };
}

function encodeStop({ stop }: NeutralRequest, losses: LossList): string[] {
  const kept = stop.filter(text => text.trim() !== '');
  if (kept.length < stop.length) losses.add('stop', 'the API refuses stop strings that are blank');
  return kept;
}

type Sampling = { temperature?: number; top_p?: number; top_k?: number };

/** Models that think adaptively take no sampling parameters at all, the others not while they think, and never both of two. */
function encodeSampling(
  request: NeutralRequest,
  thinking: ThinkingConfigParam | null,
  adaptiveOnly: boolean,
  losses: LossList,
): Sampling {
  const { topK } = request;
  const fixed = adaptiveOnly || (thinking !== null && thinking.type !== 'disabled');
  const reason = adaptiveOnly ? 'the model does not take it' : 'a model that thinks does not take it';
  // One is what the API fills in, so it needs no words.
  const temperature = request.temperature === 1 ? null : request.temperature;
  const topP = request.topP === 1 ? null : request.topP;
  if (fixed) {
    for (const [field, value] of Object.entries({ temperature, top_p: topP, top_k: topK })) {
      if (value !== null) losses.add(field, reason);
    }
    return {};
  }
  if (temperature !== null && topP !== null) {
    losses.add('top_p', 'the API takes it only without temperature');
  }
  return {
    ...(temperature !== null && { temperature }),
    ...(temperature === null && topP !== null && { top_p: topP }),
    ...(topK !== null && { top_k: topK }),
  };
}

function encodeTier({ serviceTier }: NeutralRequest, losses: LossList): { service_tier?: 'auto' | 'standard_only' } {
  const tier = serviceTier === null ? null : encodeRequestTier(serviceTier);
  if (serviceTier !== null && tier === null) losses.add('service_tier', 'there is no such tier here');
  return tier === null ? {} : { service_tier: tier };
}

/** What the API has no field for, by the name that most callers know it by. */
function loseRest(request: NeutralRequest, losses: LossList): void {
  const given = {
    seed: request.seed !== null,
    frequency_penalty: request.frequencyPenalty !== null && request.frequencyPenalty !== 0,
    presence_penalty: request.presencePenalty !== null && request.presencePenalty !== 0,
    n: request.candidates > 1,
    logprobs: request.logprobs !== null,
    metadata: request.metadata !== null && Object.keys(request.metadata).length > 0,
    verbosity: request.verbosity !== null,
    prompt_cache_key: request.promptCacheKey !== null,
  };
  for (const [field, lost] of Object.entries(given)) {
    if (lost) losses.add(field, 'the API has no such field');
  }
}
