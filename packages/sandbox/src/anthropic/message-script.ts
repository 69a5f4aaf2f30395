import type {
  MessageDeltaUsage,
  RawContentBlockDelta,
  RawContentBlockStartEvent,
  RawMessageStreamEvent,
} from 'anthropic-sdk/resources/messages/messages';
import type { AnsweredCall, AnsweredChoice, ModelAnswer } from '../answer.js';
import { encodeAnthropicFailure } from '../error-envelopes.js';
import type { FaultPlan } from '../fault-plan.js';
import type { StreamFrame, StreamScript } from '../stream-script.js';
import type { Thought } from '../thought.js';
import type { TokenPiece } from '../tokenizer.js';
import { type ReportedUsage, reportedUsage, usagePlaces } from '../usage-fault.js';
import { emptyMessage, encodeUsage, openToolUse, stopReasonOf, thoughtBlock } from './message-encoding.js';
import type { MessagesRequest } from './messages.types.js';

/** The API tells this many tokens of output at the start, before it knows. */
const FIRST_OUTPUT_TOKENS = 1;

/** The answer as a stream, with the events that its faults need. */
export function messageScript(request: MessagesRequest, answer: ModelAnswer, plan: FaultPlan): StreamScript {
  const message = plan.message ?? 'The server had an error while processing your request.';
  const failure = encodeAnthropicFailure({ status: 500, message, param: null, code: plan.code ?? null });
  return {
    form: 'events',
    frames: messageFrames(request, answer, plan),
    terminal: [frameOf('head', { type: 'message_stop' })],
    failure: { event: 'error', data: failure },
    garbage: { event: 'content_block_delta', text: '{"type":"content_block_delta","index":0,"delta":{' },
  };
}

function frameOf(
  kind: StreamFrame['kind'],
  data: RawMessageStreamEvent | { type: 'ping' },
  tokens = 0,
  filled?: StreamFrame['filled'],
): StreamFrame {
  return { kind, event: data.type, data, tokens, ...(filled && { filled }) };
}

function* messageFrames(request: MessagesRequest, answer: ModelAnswer, plan: FaultPlan): Generator<StreamFrame> {
  const [choice] = answer.choices;
  const usage = reportedUsage(answer, plan.usage);
  const places = usagePlaces(plan.usage);
  yield startFrame(request, usage, places?.first ?? null);
  let isMiddleDue = places?.middle === true;
  let isPingDue = true;
  for (const frame of contentFrames(request, choice)) {
    yield frame;
    if (isPingDue) yield frameOf('head', { type: 'ping' });
    isPingDue = false;
    if (isMiddleDue && frame.event === 'content_block_delta') {
      yield deltaFrame('usage', { stop_reason: null, stop_sequence: null }, usage);
      isMiddleDue = false;
    }
  }
  const stop = { stop_reason: stopReasonOf(choice), stop_sequence: choice.stopSequence };
  yield deltaFrame('finish', stop, places?.last === false ? null : usage);
}

/** `isWholeUsage` is null where the start tells what it always tells: the input. */
function startFrame(request: MessagesRequest, usage: ReportedUsage | null, isWholeUsage: boolean | null): StreamFrame {
  const told = isWholeUsage === null && usage !== null ? { ...usage, output: firstOutput(usage), reasoning: 0 } : usage;
  const message = { ...emptyMessage(request), ...(told && isWholeUsage !== false && { usage: encodeUsage(told) }) };
  return { kind: 'head', event: 'message_start', data: { type: 'message_start', message }, tokens: 0 };
}

function firstOutput({ output }: ReportedUsage): number {
  return Math.min(output, FIRST_OUTPUT_TOKENS);
}

function deltaFrame(
  kind: 'usage' | 'finish',
  stop: { stop_reason: string | null; stop_sequence: string | null },
  usage: ReportedUsage | null,
): StreamFrame {
  const data = { type: 'message_delta', delta: stop, ...(usage && { usage: deltaUsage(usage) }) };
  return { kind, event: 'message_delta', data, tokens: 0 };
}

function deltaUsage(usage: ReportedUsage): Omit<MessageDeltaUsage, 'server_tool_use'> {
  const encoded = encodeUsage(usage);
  return {
    input_tokens: encoded.input_tokens,
    cache_creation_input_tokens: encoded.cache_creation_input_tokens,
    cache_read_input_tokens: encoded.cache_read_input_tokens,
    output_tokens: encoded.output_tokens,
    output_tokens_details: encoded.output_tokens_details,
  };
}

function* contentFrames(request: MessagesRequest, choice: AnsweredChoice): Generator<StreamFrame> {
  let index = 0;
  if (choice.thought !== null) yield* thoughtFrames(index++, request, choice.thought);
  if (choice.pieces.length > 0) yield* textFrames(index++, choice.pieces);
  for (const call of choice.calls) yield* callFrames(index++, call);
}

function openFrame(index: number, block: OpenBlock, tokens = 0): StreamFrame {
  const data = { type: 'content_block_start', index, content_block: block };
  return { kind: 'head', event: data.type, data, tokens };
}

type OpenBlock = Exclude<RawContentBlockStartEvent['content_block'], { type: 'text' }> | { type: 'text'; text: string };

function blockDelta(index: number, delta: RawContentBlockDelta): RawMessageStreamEvent {
  return { type: 'content_block_delta', index, delta };
}

/** Thoughts never repeat in an endless answer: their block must be closed before the words come. */
function* thoughtFrames(index: number, request: MessagesRequest, thought: Thought): Generator<StreamFrame> {
  const block = thoughtBlock(request, thought);
  if (block.type === 'redacted_thinking') {
    yield openFrame(index, block, thought.tokens);
  } else {
    const isShown = block.thinking !== '';
    yield openFrame(index, { ...block, thinking: '', signature: '' }, isShown ? 0 : thought.tokens);
    for (const { text, tokens } of isShown ? thought.pieces : []) {
      yield frameOf('head', blockDelta(index, { type: 'thinking_delta', thinking: text }), tokens);
    }
    yield frameOf('head', blockDelta(index, { type: 'signature_delta', signature: block.signature }));
  }
  yield frameOf('head', { type: 'content_block_stop', index });
}

function* textFrames(index: number, pieces: readonly TokenPiece[]): Generator<StreamFrame> {
  const delta = (text: string): RawMessageStreamEvent => blockDelta(index, { type: 'text_delta', text });
  yield openFrame(index, { type: 'text', text: '' });
  for (const { text, tokens } of pieces) yield frameOf('delta', delta(text), tokens, delta);
  yield frameOf('close', { type: 'content_block_stop', index });
}

/** The name first; then an empty piece of the input, as the API begins, and the rest of it a token at a time. */
function* callFrames(index: number, call: AnsweredCall): Generator<StreamFrame> {
  const delta = (json: string): RawMessageStreamEvent => {
    return blockDelta(index, { type: 'input_json_delta', partial_json: json });
  };
  yield openFrame(index, openToolUse(call), 1);
  yield frameOf('head', delta(''), 0, delta);
  for (const { text, tokens } of call.pieces) yield frameOf('delta', delta(text), tokens, delta);
  yield frameOf('close', { type: 'content_block_stop', index });
}
