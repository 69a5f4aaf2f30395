import { randomUUID } from 'node:crypto';
import {
  type AnsweredCall,
  type AnsweredChoice,
  composeAnswer,
  type ModelAnswer,
  type Thought,
} from '../compose/answer.js';
import { countPromptTokens } from '../compose/prompt-tokens.js';
import type { TokenPiece } from '../compose/tokenizer.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import { type ReportedUsage, reportedUsage, usagePlaces } from '../faults/usage-fault.js';
import { asObject, type JsonObject, parsedObject } from '../json.js';
import { getModel } from '../model.js';
import { signReasoning } from '../reasoning-signature.js';
import { encodeAnthropicFailure, failureOf } from '../wire/error-envelopes.js';
import { namedFrame, type StreamFrame, type StreamScript } from '../wire/stream-script.js';
import type { Endpoint } from './endpoint.js';
import { readMessages } from './messages-reader.js';

/** Anthropic's Messages. */
export const answerMessages: Endpoint = async ({ body, findModel, plan }) => {
  getModel(body['model'], 'anthropic_messages', findModel);
  const answer = await composeAnswer(readMessages(body), plan.answerTokens);
  return {
    tokens: answer.completionTokens,
    whole: () => encodeMessage(body, answer, plan),
    stream: body['stream'] === true ? () => messageScript(body, answer, plan) : null,
  };
};

/** What a prompt would cost, by the same count as the answer's usage. */
export const countMessageTokens: Endpoint = async ({ body, findModel }) => {
  getModel(body['model'], 'anthropic_messages', findModel);
  const tokens = await countPromptTokens(readMessages(body));
  return { tokens: 0, whole: () => ({ input_tokens: tokens }), stream: null };
};

/** What opens a message, whole or streamed. Fields of features that were not used are absent, as they are on the wire. */
function emptyMessage(request: JsonObject): JsonObject {
  return {
    id: `msg_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    type: 'message',
    role: 'assistant',
    model: request['model'],
    content: [],
    stop_reason: null,
    stop_sequence: null,
    // Only those who manage their context get to hear what became of it.
    ...('context_management' in request && { context_management: { applied_edits: [] } }),
  };
}

function encodeMessage(request: JsonObject, answer: ModelAnswer, plan: FaultPlan): JsonObject {
  const [choice] = answer.choices;
  const { thought, text, pieces, call } = choice;
  const usage = reportedUsage(answer, plan.usage);
  return {
    ...emptyMessage(request),
    content: [
      ...(thought === null ? [] : [thoughtBlock(request, thought)]),
      ...(pieces.length > 0 ? [{ type: 'text', text }] : []),
      ...(call === null ? [] : [{ ...openCall(call), input: parsedObject(call.input) ?? {} }]),
    ],
    ...stopOf(choice),
    ...(usage && { usage: encodeUsage(usage) }),
  };
}

/** A thought as it is shown: whole, without its words, or not at all. */
function thoughtBlock({ thinking }: JsonObject, { text, isRedacted }: Thought): Block {
  if (isRedacted) return { type: 'redacted_thinking', data: signReasoning('anthropic redacted thinking', '', text) };
  const shown = asObject(thinking)['display'] === 'omitted' ? '' : text;
  return { type: 'thinking', thinking: shown, signature: signReasoning('anthropic thinking', shown, text) };
}

type Block = { type: 'redacted_thinking'; data: string } | { type: 'thinking'; thinking: string; signature: string };

/** A call before anything of its input is known. */
function openCall({ id, name }: AnsweredCall): JsonObject {
  return { type: 'tool_use', id: id.replace(/^call_/, 'toolu_'), name, input: {}, caller: { type: 'direct' } };
}

function stopOf({ finish, stopSequence }: AnsweredChoice): { stop_reason: string; stop_sequence: string | null } {
  const ended = stopSequence === null ? 'end_turn' : 'stop_sequence';
  const reason = finish === 'length' ? 'max_tokens' : finish === 'call' ? 'tool_use' : ended;
  return { stop_reason: reason, stop_sequence: stopSequence };
}

/** The counts that `message_delta` tells too. */
function countsOf({ input, output, reasoning }: ReportedUsage): JsonObject {
  return {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
  };
}

function encodeUsage(usage: ReportedUsage): JsonObject {
  return {
    ...countsOf(usage),
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    service_tier: 'standard',
    inference_geo: 'not_available',
    speed: 'standard',
  };
}

function messageScript(request: JsonObject, answer: ModelAnswer, plan: FaultPlan): StreamScript {
  return {
    form: 'events',
    frames: messageFrames(request, answer, plan),
    terminal: [namedFrame('head', { type: 'message_stop' })],
    failure: { event: 'error', data: encodeAnthropicFailure(failureOf(plan)) },
    garbage: { event: 'content_block_delta', data: '{"type":"content_block_delta","index":0,"delta":{' },
  };
}

function* messageFrames(request: JsonObject, answer: ModelAnswer, plan: FaultPlan): Generator<StreamFrame> {
  const [choice] = answer.choices;
  const usage = reportedUsage(answer, plan.usage);
  const places = usagePlaces(plan.usage);
  const delta = (kind: StreamFrame['kind'], stop: object, told: ReportedUsage | null): StreamFrame => {
    const data = { type: 'message_delta', delta: stop, ...(told && { usage: countsOf(told) }) };
    return namedFrame(kind, data);
  };
  yield startFrame(request, usage, places?.first);
  let isMiddleDue = places?.middle === true;
  let isPingDue = true;
  for (const frame of contentFrames(request, choice)) {
    yield frame;
    if (isPingDue) yield namedFrame('head', { type: 'ping' });
    isPingDue = false;
    if (isMiddleDue && frame.event === 'content_block_delta') {
      yield delta('usage', { stop_reason: null, stop_sequence: null }, usage);
      isMiddleDue = false;
    }
  }
  yield delta('finish', stopOf(choice), places?.last === false ? null : usage);
}

/** The start tells the input and a first token of the output, unless a fault wants all of the usage there, or none. */
function startFrame(request: JsonObject, usage: ReportedUsage | null, isWhole: boolean | undefined): StreamFrame {
  const usual = usage && { ...usage, output: Math.min(usage.output, 1), reasoning: 0 };
  const told = isWhole === undefined ? usual : isWhole ? usage : null;
  const message = { ...emptyMessage(request), ...(told && { usage: encodeUsage(told) }) };
  return namedFrame('head', { type: 'message_start', message });
}

function* contentFrames(request: JsonObject, { thought, pieces, call }: AnsweredChoice): Generator<StreamFrame> {
  let index = 0;
  if (thought !== null) yield* thoughtFrames(index++, thoughtBlock(request, thought), thought);
  if (pieces.length > 0) yield* textFrames(index++, pieces);
  if (call !== null) yield* callFrames(index++, call);
}

function openFrame(index: number, block: object, tokens = 0): StreamFrame {
  return namedFrame('head', { type: 'content_block_start', index, content_block: block }, tokens);
}

function blockDelta(index: number, delta: object): { type: string; index: number; delta: object } {
  return { type: 'content_block_delta', index, delta };
}

function closeFrame(index: number, kind: 'head' | 'close' = 'close'): StreamFrame {
  return namedFrame(kind, { type: 'content_block_stop', index });
}

/** Thoughts never repeat in an endless answer: their block must be closed before the words come. */
function* thoughtFrames(index: number, block: Block, { pieces, tokens }: Thought): Generator<StreamFrame> {
  if (block.type === 'redacted_thinking') {
    yield openFrame(index, block, tokens);
    return yield closeFrame(index, 'head');
  }
  const isShown = block.thinking !== '';
  yield openFrame(index, { ...block, thinking: '', signature: '' }, isShown ? 0 : tokens);
  for (const piece of isShown ? pieces : []) {
    yield namedFrame('head', blockDelta(index, { type: 'thinking_delta', thinking: piece.text }), piece.tokens);
  }
  yield namedFrame('head', blockDelta(index, { type: 'signature_delta', signature: block.signature }));
  yield closeFrame(index, 'head');
}

function* textFrames(index: number, pieces: readonly TokenPiece[]): Generator<StreamFrame> {
  const delta = (text: string) => blockDelta(index, { type: 'text_delta', text });
  yield openFrame(index, { type: 'text', text: '' });
  for (const { text, tokens } of pieces) yield namedFrame('delta', delta(text), tokens);
  yield closeFrame(index);
}

/** The name first; then an empty piece of the input, as the API begins, and the rest of it a token at a time. */
function* callFrames(index: number, call: AnsweredCall): Generator<StreamFrame> {
  const delta = (json: string) => blockDelta(index, { type: 'input_json_delta', partial_json: json });
  yield openFrame(index, openCall(call), 1);
  yield namedFrame('head', delta(''));
  for (const { text, tokens } of call.pieces) yield namedFrame('delta', delta(text), tokens);
  yield closeFrame(index);
}
