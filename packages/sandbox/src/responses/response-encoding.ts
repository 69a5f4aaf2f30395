import { randomUUID } from 'node:crypto';
import type {
  Response,
  ResponseCustomToolCall,
  ResponseFunctionToolCall,
  ResponseOutputMessage,
  ResponseOutputText,
  ResponseReasoningItem,
  ResponseUsage,
} from 'openai7/resources/responses/responses';
import type { AnsweredCall, AnsweredChoice, ModelAnswer } from '../answer.js';
import type { UsageFault } from '../fault-plan.js';
import { logprobsOf } from '../logprobs.js';
import { seal } from '../seal.js';
import type { Thought } from '../thought.js';
import type { TokenPiece } from '../tokenizer.js';
import { type ReportedUsage, reportedUsage } from '../usage-fault.js';
import { REASONING_SEAL, type ResponsesRequest } from './responses-request.js';

/** An item of the output beside the pieces that a stream sends of it. */
export type AnsweredItem =
  | { item: ResponseReasoningItem; thought: Thought }
  | { item: ResponseOutputMessage; pieces: TokenPiece[] }
  | { item: ResponseFunctionToolCall | ResponseCustomToolCall; call: AnsweredCall };

function freshId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

/** The whole output, each item under the id it keeps. */
export function answeredItems(request: ResponsesRequest, { choices: [choice] }: ModelAnswer): AnsweredItem[] {
  const { thought, pieces, calls } = choice;
  const isCut = choice.finishReason === 'length';
  return [
    ...(thought === null ? [] : [{ item: reasoningItem(request, thought), thought }]),
    ...(pieces.length > 0 ? [{ item: messageItem(request, pieces, isCut), pieces }] : []),
    ...calls.map((call, index) => ({ item: callItem(call, isCut && index === calls.length - 1), call })),
  ];
}

export function showsSummary({ reasoning }: ResponsesRequest): boolean {
  return (reasoning?.summary ?? reasoning?.generate_summary) != null;
}

function reasoningItem(request: ResponsesRequest, thought: Thought): ResponseReasoningItem {
  const text = joined(thought.pieces);
  const isSealed = request.include?.includes('reasoning.encrypted_content') === true;
  return {
    id: freshId('rs'),
    type: 'reasoning',
    summary: showsSummary(request) ? [{ type: 'summary_text', text }] : [],
    ...(isSealed && { encrypted_content: seal(REASONING_SEAL, '', text) }),
  };
}

function messageItem(request: ResponsesRequest, pieces: TokenPiece[], isCut: boolean): ResponseOutputMessage {
  return {
    id: freshId('msg'),
    type: 'message',
    status: isCut ? 'incomplete' : 'completed',
    role: 'assistant',
    content: [textPart(request, pieces)],
  };
}

export function textPart(request: ResponsesRequest, pieces: TokenPiece[]): ResponseOutputText {
  return { type: 'output_text', text: joined(pieces), annotations: [], logprobs: partLogprobs(request, pieces) };
}

export function partLogprobs(
  request: ResponsesRequest,
  pieces: TokenPiece[],
): NonNullable<ResponseOutputText['logprobs']> {
  const isAsked = request.include?.includes('message.output_text.logprobs') === true;
  return isAsked ? logprobsOf(pieces, request.top_logprobs ?? 0) : [];
}

function callItem(call: AnsweredCall, isCut: boolean): ResponseFunctionToolCall | ResponseCustomToolCall {
  const { id, name, input } = call;
  if (call.kind === 'custom') return { id: freshId('ctc'), type: 'custom_tool_call', call_id: id, name, input };
  const status = isCut ? 'incomplete' : 'completed';
  return { id: freshId('fc'), type: 'function_call', status, arguments: input, call_id: id, name };
}

export function joined(pieces: readonly TokenPiece[]): string {
  return pieces.map(piece => piece.text).join('');
}

/** A response before anything of it is known; it tells the request again. */
export function emptyResponse(request: ResponsesRequest): Omit<Response, 'usage' | 'output_text'> & { store: false } {
  return {
    id: freshId('resp'),
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: 'in_progress',
    access_programs: null,
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model: request.model,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: 'default',
    store: false,
    temperature: request.temperature ?? 1,
    text: { format: request.text?.format ?? { type: 'text' }, verbosity: request.text?.verbosity ?? 'medium' },
    tool_choice: request.tool_choice ?? 'auto',
    tools: request.tools ?? [],
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? 'disabled',
    metadata: request.metadata ?? {},
    ...(request.user !== undefined && { user: request.user }),
  };
}

/** The answer as one JSON object. */
export function encodeResponse(request: ResponsesRequest, answer: ModelAnswer, fault?: UsageFault): object {
  const usage = reportedUsage(answer, fault);
  return finished(emptyResponse(request), answeredItems(request, answer), answer.choices[0], usage);
}

/** The response at its end. */
export function finished(
  response: ReturnType<typeof emptyResponse>,
  items: readonly AnsweredItem[],
  { finishReason }: AnsweredChoice,
  usage: ReportedUsage | null,
): object {
  const isCut = finishReason === 'length';
  return {
    ...response,
    status: isCut ? 'incomplete' : 'completed',
    completed_at: isCut ? null : Math.floor(Date.now() / 1000),
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: items.map(({ item }) => item),
    ...(usage && { usage: encodeUsage(usage) }),
  };
}

export function encodeUsage({ input, output, reasoning }: ReportedUsage): ResponseUsage {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}
