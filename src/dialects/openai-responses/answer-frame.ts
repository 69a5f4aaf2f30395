import type { Json, JsonObject } from '../../json/value.js';
import type { EncodeResponseOptions } from '../neutral/codec.js';
import type {
  Citation,
  FinishReason,
  NamespacedName,
  NeutralRequest,
  Opaque,
  TokenLogprob,
  ToolCallPart,
} from '../neutral/neutral.types.js';
import { writeOpaque } from '../neutral/opaque.js';
import type { TokenCounts } from '../token-counts.js';
import { LossList } from '../wire/loss-list.js';
import { encodeAnnotation } from './citations.js';
import { encodeFormat } from './encode-request.js';
import { encodeStatus } from './finish-reason.js';
import { encodeLogprobList } from './logprobs.js';
import { REDACTED_ID, SIGNATURE_FOR_ID } from './reasoning-signature.js';
import { calledName } from './tool-namespaces.js';
import { encodeToolFields } from './tools.js';
import { writeResponsesUsage } from './usage.js';

export interface AnswerFacts {
  /** the upstream's; '' where it gave none */
  readonly id: string;
  readonly createdAt: number | null;
  readonly serviceTier: string | null;
}

/** The vendor's form of what went wrong with an answer that has begun. */
export interface AnswerError {
  readonly code: string;
  readonly message: string;
}

export function responseId({ id }: AnswerFacts, { requestId }: EncodeResponseOptions): string {
  return id.startsWith('resp_') ? id : `resp_${requestId.replaceAll(/[^A-Za-z0-9_-]/g, '')}`;
}

/**
 * The whole object around an answer's items, with what was asked repeated in it, as the vendor does. Every field of the
 * published schema is there, null where there is nothing to say.
 */
export function answerFrame(
  facts: AnswerFacts,
  options: EncodeResponseOptions,
  outcome: {
    readonly finish: FinishReason | null;
    /** the answer holds a refusal in words */
    readonly refuses?: boolean;
    /** why it failed */
    readonly error?: AnswerError;
    readonly output: readonly Json[];
    readonly usage: TokenCounts | null;
  },
): JsonObject {
  const { finish, refuses = false, error = null, output, usage } = outcome;
  const state = finish === null ? { status: 'in_progress', incomplete_details: null } : encodeStatus(finish, refuses);
  const created = facts.createdAt ?? options.now;
  return {
    id: responseId(facts, options),
    object: 'response',
    created_at: created,
    completed_at: state.status === 'completed' ? Math.max(created, options.now) : null,
    ...state,
    access_programs: null,
    background: false,
    error: error as Json,
    model: options.model,
    output,
    ...echo(options.request),
    max_tool_calls: null,
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
    frequency_penalty: request.frequencyPenalty ?? 0,
    presence_penalty: request.presencePenalty ?? 0,
    instructions: instructions === '' ? null : instructions,
    max_output_tokens: request.maxOutputTokens,
    metadata: metadata ?? {},
    parallel_tool_calls: request.parallelToolCalls ?? true,
    reasoning: { effort: reasoning?.effort ?? null, summary: shownOf(request) },
    temperature: request.temperature ?? 1,
    text: {
      format: output === null ? { type: 'text' } : encodeFormat(output, new LossList()),
      verbosity: verbosity ?? 'medium',
    },
    tool_choice: choice,
    tools: (tools as readonly JsonObject[]).map(toldTool),
    top_logprobs: request.logprobs?.top ?? 0,
    top_p: request.topP ?? 1,
    prompt_cache_key: promptCacheKey,
    safety_identifier: user,
  };
}

/** A function without a description has none by name: readers of the published schema demand every field. */
function toldTool(tool: JsonObject): JsonObject {
  return tool['type'] === 'function' ? { description: null, ...tool } : tool;
}

function shownOf({ reasoning }: NeutralRequest): string | null {
  return reasoning?.show == null || reasoning.show === 'none' ? null : reasoning.show;
}

/** The items of an answer as a caller reads them. Ids follow from the answer's id and the item's place. */
export class ItemNames {
  private readonly stem: string;

  constructor(answerId: string) {
    this.stem = answerId
      .replace(/^resp_/, '')
      .replaceAll(/[^A-Za-z0-9_-]/g, '')
      .slice(0, 48);
  }

  of(kind: 'msg' | 'fc' | 'ctc' | 'rs' | 'ig', place: number): string {
    return `${kind}_${this.stem}_${place}`;
  }

  /** of an item that holds the signature of a call */
  forCall(callId: string): string {
    return `${SIGNATURE_FOR_ID}${callId}`;
  }

  redacted(place: number): string {
    return `${REDACTED_ID}${this.stem}_${place}`;
  }
}

export function textContent(
  text: string,
  citations: readonly Citation[],
  logprobs: readonly TokenLogprob[],
): JsonObject {
  const annotations = citations.flatMap(citation => encodeAnnotation(citation, text.length) ?? []);
  return { type: 'output_text', text, annotations, logprobs: encodeLogprobList(logprobs) };
}

export function messageItem(id: string, content: readonly Json[], status = 'completed'): JsonObject {
  return { type: 'message', id, status, role: 'assistant', content };
}

/** A call as its item tells it. */
export type Call = Pick<ToolCallPart, 'id' | 'name' | 'arguments' | 'custom'>;

/** @param place the two parts of the tool's name, where the caller listed it in a namespace */
export function callItem(id: string, call: Call, place: NamespacedName | undefined, status = 'completed'): JsonObject {
  const { custom = false, arguments: input } = call;
  const called = { id, call_id: call.id, ...calledName(call.name, place) };
  if (custom) return { type: 'custom_tool_call', ...called, input, status };
  return { type: 'function_call', ...called, arguments: input, status };
}

export function thoughtItem(id: string, text: string, opaque: Opaque | null): JsonObject {
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  return {
    type: 'reasoning',
    id,
    summary,
    ...(opaque !== null && { encrypted_content: writeOpaque(opaque, 'openai') }),
  };
}
