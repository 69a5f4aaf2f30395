import type { Json, JsonObject } from '../../json/value.js';
import type { EncodeResponseOptions } from '../neutral/codec.js';
import type { FinishReason, NeutralRequest } from '../neutral/neutral.types.js';
import type { TokenCounts } from '../token-counts.js';
import { LossList } from '../wire/loss-list.js';
import { encodeToolFields } from './decode-tools.js';
import { encodeFormat } from './encode-request.js';
import { encodeStatus } from './finish.js';
import { writeResponsesUsage } from './usage.js';

export interface AnswerFacts {
  /** the upstream's; '' where it gave none */
  readonly id: string;
  readonly createdAt: number | null;
  readonly serviceTier: string | null;
}

export function responseId({ id }: AnswerFacts, { requestId }: EncodeResponseOptions): string {
  return id.startsWith('resp_') ? id : `resp_${requestId.replaceAll(/[^A-Za-z0-9_-]/g, '')}`;
}

/** The whole object around an answer's items, with what was asked repeated in it, as the vendor does. */
export function answerFrame(
  facts: AnswerFacts,
  options: EncodeResponseOptions,
  outcome: {
    readonly finish: FinishReason | null;
    readonly output: readonly Json[];
    readonly usage: TokenCounts | null;
  },
): JsonObject {
  const { finish, output, usage } = outcome;
  const status = finish === null ? { status: 'in_progress', incomplete_details: null } : encodeStatus(finish);
  return {
    id: responseId(facts, options),
    object: 'response',
    created_at: facts.createdAt ?? options.now,
    ...status,
    background: false,
    error: null,
    model: options.model,
    output,
    ...echo(options.request),
    previous_response_id: null,
    service_tier: facts.serviceTier ?? 'default',
    store: false,
    truncation: 'disabled',
    usage: usage === null ? null : (writeResponsesUsage(usage) as unknown as Json),
  };
}

function echo(request: NeutralRequest): JsonObject {
  const instructions = request.instructions.map(part => part.text).join('\n\n');
  const { tools = [], tool_choice: choice = 'auto' } = encodeToolFields(request, new LossList());
  const { output, verbosity, reasoning, metadata, user, promptCacheKey } = request;
  return {
    instructions: instructions === '' ? null : instructions,
    max_output_tokens: request.maxOutputTokens,
    metadata: metadata ?? {},
    parallel_tool_calls: request.parallelToolCalls ?? true,
    reasoning: { effort: reasoning?.effort ?? null, summary: shownOf(request) },
    temperature: request.temperature ?? 1,
    text: { format: output === null ? { type: 'text' } : encodeFormat(output), verbosity: verbosity ?? 'medium' },
    tool_choice: choice,
    tools,
    top_logprobs: request.logprobs?.top ?? 0,
    top_p: request.topP ?? 1,
    ...(promptCacheKey !== null && { prompt_cache_key: promptCacheKey }),
    ...(user !== null && { safety_identifier: user }),
  };
}

function shownOf({ reasoning }: NeutralRequest): string | null {
  return reasoning?.show == null || reasoning.show === 'none' ? null : reasoning.show;
}
