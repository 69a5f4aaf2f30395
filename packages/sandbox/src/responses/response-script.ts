import type {
  ResponseCustomToolCall,
  ResponseFunctionToolCall,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseStreamEvent,
} from 'openai7/resources/responses/responses';
import type { AnsweredCall, ModelAnswer } from '../answer.js';
import type { FaultPlan } from '../fault-plan.js';
import type { StreamFrame, StreamScript } from '../stream-script.js';
import type { Thought } from '../thought.js';
import type { TokenPiece } from '../tokenizer.js';
import { type ReportedUsage, reportedUsage, usagePlaces } from '../usage-fault.js';
import {
  type AnsweredItem,
  answeredItems,
  emptyResponse,
  encodeUsage,
  finished,
  joined,
  partLogprobs,
  textPart,
} from './response-encoding.js';
import type { ResponsesRequest } from './responses-request.js';

/** The answer as a stream, with the events that its faults need. The writer numbers the events. */
export function responseScript(request: ResponsesRequest, answer: ModelAnswer, plan: FaultPlan): StreamScript {
  const [choice] = answer.choices;
  const response = emptyResponse(request);
  const items = answeredItems(request, answer);
  const usage = reportedUsage(answer, plan.usage);
  const isLast = usagePlaces(plan.usage)?.last !== false;
  const event = choice.finishReason === 'length' ? 'response.incomplete' : 'response.completed';
  const end = { type: event, response: finished(response, items, choice, isLast ? usage : null) };
  const message = plan.message ?? 'The server had an error while processing your request.';
  return {
    form: 'events',
    frames: responseFrames(request, response, items, usage, plan),
    terminal: [{ kind: 'finish', event, data: end, tokens: 0 }],
    failure: { event: 'error', data: { type: 'error', code: plan.code ?? 'server_error', message, param: null } },
    garbage: { event: 'response.output_text.delta', text: '{"type":"response.output_text.delta","delta":' },
    isNumbered: true,
  };
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;
/** An event as its dialect has it, before it is numbered. */
type UnnumberedEvent = DistributiveOmit<ResponseStreamEvent, 'sequence_number'>;

function frameOf(
  kind: StreamFrame['kind'],
  data: UnnumberedEvent,
  tokens = 0,
  filled?: StreamFrame['filled'],
): StreamFrame {
  return { kind, event: data.type, data, tokens, ...(filled && { filled }) };
}

function lifecycleFrame(type: string, response: object, usage: ReportedUsage | null): StreamFrame {
  const told = { ...response, ...(usage && { usage: encodeUsage(usage) }) };
  return { kind: 'head', event: type, data: { type, response: told }, tokens: 0 };
}

function* responseFrames(
  request: ResponsesRequest,
  response: object,
  items: readonly AnsweredItem[],
  usage: ReportedUsage | null,
  plan: FaultPlan,
): Generator<StreamFrame> {
  const places = usagePlaces(plan.usage);
  yield lifecycleFrame('response.created', response, places?.first === true ? usage : null);
  yield lifecycleFrame('response.in_progress', response, null);
  let isMiddleDue = places?.middle === true;
  for (const [index, answered] of items.entries()) {
    for (const frame of itemFrames(request, answered, index)) {
      yield frame;
      if (!isMiddleDue || frame.kind !== 'delta') continue;
      yield lifecycleFrame('response.in_progress', response, usage);
      isMiddleDue = false;
    }
  }
}

function itemFrames(request: ResponsesRequest, answered: AnsweredItem, index: number): Generator<StreamFrame> {
  if ('thought' in answered) return reasoningFrames(answered.item, answered.thought, index);
  if ('pieces' in answered) return messageFrames(request, answered.item, answered.pieces, index);
  return callFrames(answered.item, answered.call, index);
}

/** Thoughts never repeat in an endless answer: their item must be done before the words come. */
function* reasoningFrames(item: ResponseReasoningItem, thought: Thought, index: number): Generator<StreamFrame> {
  const at = { item_id: item.id, output_index: index, summary_index: 0 };
  const isShown = item.summary.length > 0;
  const added = { type: 'response.output_item.added' as const, output_index: index, item: { ...item, summary: [] } };
  yield frameOf('head', added, isShown ? 0 : thought.tokens);
  if (isShown) {
    const text = joined(thought.pieces);
    const part = (words: string) => ({ type: 'summary_text' as const, text: words });
    yield frameOf('head', { type: 'response.reasoning_summary_part.added', ...at, part: part('') });
    for (const { text: delta, tokens } of thought.pieces) {
      yield frameOf('head', { type: 'response.reasoning_summary_text.delta', ...at, delta }, tokens);
    }
    yield frameOf('head', { type: 'response.reasoning_summary_text.done', ...at, text });
    yield frameOf('head', { type: 'response.reasoning_summary_part.done', ...at, part: part(text) });
  }
  yield frameOf('head', { type: 'response.output_item.done', output_index: index, item });
}

function* messageFrames(
  request: ResponsesRequest,
  item: ResponseOutputMessage,
  pieces: TokenPiece[],
  index: number,
): Generator<StreamFrame> {
  const at = { item_id: item.id, output_index: index, content_index: 0 };
  const part = textPart(request, pieces);
  const opened = { ...item, status: 'in_progress' as const, content: [] };
  yield frameOf('head', { type: 'response.output_item.added', output_index: index, item: opened });
  yield frameOf('head', { type: 'response.content_part.added', ...at, part: { ...part, text: '', logprobs: [] } });
  for (const piece of pieces) {
    const logprobs = partLogprobs(request, [piece]);
    const delta = (text: string): UnnumberedEvent => {
      return { type: 'response.output_text.delta', ...at, delta: text, logprobs };
    };
    yield frameOf('delta', delta(piece.text), piece.tokens, delta);
  }
  const { text, logprobs = [] } = part;
  yield frameOf('close', { type: 'response.output_text.done', ...at, text, logprobs });
  yield frameOf('close', { type: 'response.content_part.done', ...at, part });
  yield frameOf('close', { type: 'response.output_item.done', output_index: index, item });
}

/** The name first, with no input yet; then the input, a token at a time. */
function* callFrames(
  item: ResponseFunctionToolCall | ResponseCustomToolCall,
  { pieces, input }: AnsweredCall,
  index: number,
): Generator<StreamFrame> {
  const at = { item_id: item.id ?? '', output_index: index };
  const isFunction = item.type === 'function_call';
  const opened = isFunction ? { ...item, arguments: '', status: 'in_progress' as const } : { ...item, input: '' };
  const delta = (text: string): UnnumberedEvent => {
    const type = isFunction ? 'response.function_call_arguments.delta' : 'response.custom_tool_call_input.delta';
    return { type, ...at, delta: text };
  };
  yield frameOf('head', { type: 'response.output_item.added', output_index: index, item: opened }, 1);
  for (const { text, tokens } of pieces) yield frameOf('delta', delta(text), tokens, delta);
  yield frameOf(
    'close',
    isFunction
      ? { type: 'response.function_call_arguments.done', ...at, arguments: input }
      : { type: 'response.custom_tool_call_input.done', ...at, input },
  );
  yield frameOf('close', { type: 'response.output_item.done', output_index: index, item });
}
