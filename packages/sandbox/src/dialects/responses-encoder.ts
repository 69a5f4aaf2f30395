import { randomUUID } from 'node:crypto';
import {
  type AnsweredCall,
  type AnsweredChoice,
  composeAnswer,
  type ModelAnswer,
  type Thought,
} from '../compose/answer.js';
import { logprobsOf } from '../compose/logprobs.js';
import type { TokenPiece } from '../compose/tokenizer.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import { type ReportedUsage, reportedUsage, usagePlaces } from '../faults/usage-fault.js';
import { asNumber, asObject, asObjects, type JsonObject } from '../json.js';
import { getModel } from '../model.js';
import { signReasoning } from '../reasoning-signature.js';
import { failureOf } from '../wire/error-envelopes.js';
import { namedFrame, type StreamFrame, type StreamScript } from '../wire/stream-script.js';
import type { Endpoint } from './endpoint.js';
import { includes, readResponses, showsSummary } from './responses-reader.js';

/** OpenAI's Responses, without a memory. */
export const answerResponses: Endpoint = async ({ body, findModel, plan }) => {
  getModel(body['model'], 'openai_responses', findModel, 400);
  const answer = await composeAnswer(readResponses(body), plan.answerTokens);
  return {
    tokens: answer.completionTokens,
    whole: () => encodeResponse(body, answer, plan),
    stream: body['stream'] === true ? () => responseScript(body, answer, plan) : null,
  };
};

function freshId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

/** A response before anything of it is known; it tells the request again, and whatever may be null is there. */
function emptyResponse(request: JsonObject): JsonObject {
  const { effort, summary } = asObject(request['reasoning']);
  const { format, verbosity } = asObject(request['text']);
  return {
    id: freshId('resp'),
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: 'in_progress',
    access_programs: null,
    background: false,
    completed_at: null,
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    instructions: request['instructions'] ?? null,
    max_output_tokens: request['max_output_tokens'] ?? null,
    max_tool_calls: request['max_tool_calls'] ?? null,
    model: request['model'],
    output: [],
    parallel_tool_calls: request['parallel_tool_calls'] ?? true,
    presence_penalty: 0,
    previous_response_id: null,
    prompt_cache_key: request['prompt_cache_key'] ?? null,
    reasoning: { effort: effort ?? null, summary: summary ?? null },
    safety_identifier: request['safety_identifier'] ?? null,
    service_tier: 'default',
    store: false,
    temperature: request['temperature'] ?? 1,
    text: { format: format ?? { type: 'text' }, verbosity: verbosity ?? 'medium' },
    tool_choice: request['tool_choice'] ?? 'auto',
    tools: asObjects(request['tools']).map(toldTool),
    top_logprobs: request['top_logprobs'] ?? 0,
    top_p: request['top_p'] ?? 1,
    truncation: request['truncation'] ?? 'disabled',
    metadata: request['metadata'] ?? {},
    usage: null,
    ...(request['user'] !== undefined && { user: request['user'] }),
  };
}

function toldTool(tool: JsonObject): JsonObject {
  return tool['type'] === 'function' ? { description: null, parameters: null, strict: null, ...tool } : tool;
}

/** An item of the output, at its end, and the frames that a stream sends of it. */
interface AnsweredItem {
  item: JsonObject;
  frames: (index: number) => Generator<StreamFrame>;
}

/** The whole output, each item under the id it keeps. */
function answeredItems(request: JsonObject, { choices: [choice] }: ModelAnswer): AnsweredItem[] {
  const { thought, pieces, call } = choice;
  const status = choice.finish === 'length' ? 'incomplete' : 'completed';
  return [
    ...(thought === null ? [] : [reasoningItem(request, thought)]),
    ...(pieces.length > 0 ? [messageItem(request, choice, status)] : []),
    ...(call === null ? [] : [callItem(call, status)]),
  ];
}

function encodeResponse(request: JsonObject, answer: ModelAnswer, plan: FaultPlan): JsonObject {
  const items = answeredItems(request, answer);
  return finished(emptyResponse(request), items, answer.choices[0], reportedUsage(answer, plan.usage));
}

/** The response at its end. */
function finished(
  response: JsonObject,
  items: readonly AnsweredItem[],
  { finish }: AnsweredChoice,
  usage: ReportedUsage | null,
): JsonObject {
  const isCut = finish === 'length';
  const { usage: _, ...rest } = response;
  return {
    ...rest,
    status: isCut ? 'incomplete' : 'completed',
    completed_at: isCut ? null : Math.floor(Date.now() / 1000),
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: items.map(({ item }) => item),
    ...(usage && { usage: encodeUsage(usage) }),
  };
}

function encodeUsage({ input, output, reasoning }: ReportedUsage): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

/** The answer as a stream. The writer numbers the events. */
function responseScript(request: JsonObject, answer: ModelAnswer, plan: FaultPlan): StreamScript {
  const [choice] = answer.choices;
  const response = emptyResponse(request);
  const items = answeredItems(request, answer);
  const usage = reportedUsage(answer, plan.usage);
  const isLast = usagePlaces(plan.usage)?.last !== false;
  const type = choice.finish === 'length' ? 'response.incomplete' : 'response.completed';
  const { message, code, param } = failureOf(plan);
  return {
    form: 'events',
    frames: responseFrames(response, items, usage, plan),
    terminal: [namedFrame('finish', { type, response: finished(response, items, choice, isLast ? usage : null) })],
    failure: { event: 'error', data: { type: 'error', code: code ?? 'server_error', message, param } },
    garbage: { event: 'response.output_text.delta', data: '{"type":"response.output_text.delta","delta":' },
    isNumbered: true,
  };
}

function* responseFrames(
  response: JsonObject,
  items: readonly AnsweredItem[],
  usage: ReportedUsage | null,
  plan: FaultPlan,
): Generator<StreamFrame> {
  const places = usagePlaces(plan.usage);
  const lifecycle = (type: string, told: ReportedUsage | null): StreamFrame =>
    namedFrame('head', { type, response: { ...response, ...(told && { usage: encodeUsage(told) }) } });
  yield lifecycle('response.created', places?.first === true ? usage : null);
  yield lifecycle('response.in_progress', null);
  let isMiddleDue = places?.middle === true;
  for (const [index, { frames }] of items.entries()) {
    for (const frame of frames(index)) {
      yield frame;
      if (!isMiddleDue || frame.kind !== 'delta') continue;
      yield lifecycle('response.in_progress', usage);
      isMiddleDue = false;
    }
  }
}

/** Opens and closes an item around what is said of it. */
function* itemFrames(
  index: number,
  item: JsonObject,
  opened: JsonObject,
  tokens: number,
  said: Iterable<StreamFrame>,
  close: 'head' | 'close' = 'close',
): Generator<StreamFrame> {
  yield namedFrame('head', { type: 'response.output_item.added', output_index: index, item: opened }, tokens);
  yield* said;
  yield namedFrame(close, { type: 'response.output_item.done', output_index: index, item });
}

/** Thoughts never repeat in an endless answer: their item must be done before the words come. */
function reasoningItem(request: JsonObject, { text, pieces, tokens }: Thought): AnsweredItem {
  const isShown = showsSummary(request);
  const isSigned = includes(request, 'reasoning.encrypted_content');
  const part = (words: string) => ({ type: 'summary_text', text: words });
  const item = {
    id: freshId('rs'),
    type: 'reasoning',
    summary: isShown ? [part(text)] : [],
    ...(isSigned && { encrypted_content: signReasoning('responses reasoning', '', text) }),
  };
  function* said(index: number): Generator<StreamFrame> {
    const at = { item_id: item.id, output_index: index, summary_index: 0 };
    yield namedFrame('head', { type: 'response.reasoning_summary_part.added', ...at, part: part('') });
    for (const piece of pieces) {
      const delta = { type: 'response.reasoning_summary_text.delta', ...at, delta: piece.text };
      yield namedFrame('head', delta, piece.tokens);
    }
    yield namedFrame('head', { type: 'response.reasoning_summary_text.done', ...at, text });
    yield namedFrame('head', { type: 'response.reasoning_summary_part.done', ...at, part: part(text) });
  }
  const opened = { ...item, summary: [] };
  return {
    item,
    frames: index => itemFrames(index, item, opened, isShown ? 0 : tokens, isShown ? said(index) : [], 'head'),
  };
}

function messageItem(request: JsonObject, { text, pieces }: AnsweredChoice, status: string): AnsweredItem {
  const logprobs = (of: readonly TokenPiece[]) =>
    includes(request, 'message.output_text.logprobs') ? logprobsOf(of, asNumber(request['top_logprobs']) ?? 0) : [];
  const part = { type: 'output_text', text, annotations: [], logprobs: logprobs(pieces) };
  const item = { id: freshId('msg'), type: 'message', status, role: 'assistant', content: [part] };
  function* said(index: number): Generator<StreamFrame> {
    const at = { item_id: item.id, output_index: index, content_index: 0 };
    const empty = { ...part, text: '', logprobs: [] };
    yield namedFrame('head', { type: 'response.content_part.added', ...at, part: empty });
    for (const piece of pieces) {
      const delta = (words: string) => {
        return { type: 'response.output_text.delta', ...at, delta: words, logprobs: logprobs([piece]) };
      };
      yield namedFrame('delta', delta(piece.text), piece.tokens);
    }
    yield namedFrame('close', { type: 'response.output_text.done', ...at, text, logprobs: part.logprobs });
    yield namedFrame('close', { type: 'response.content_part.done', ...at, part });
  }
  const opened = { ...item, status: 'in_progress', content: [] };
  return { item, frames: index => itemFrames(index, item, opened, 0, said(index)) };
}

/** The name first, with no input yet; then the input, a token at a time. */
function callItem({ id, kind, name, input, pieces }: AnsweredCall, status: string): AnsweredItem {
  const isFunction = kind === 'function';
  const field = isFunction ? 'arguments' : 'input';
  const event = isFunction ? 'response.function_call_arguments' : 'response.custom_tool_call_input';
  const item = {
    id: freshId(isFunction ? 'fc' : 'ctc'),
    type: isFunction ? 'function_call' : 'custom_tool_call',
    status,
    call_id: id,
    name,
    [field]: input,
  };
  function* said(index: number): Generator<StreamFrame> {
    const at = { item_id: item.id, output_index: index };
    const delta = (text: string) => ({ type: `${event}.delta`, ...at, delta: text });
    for (const { text, tokens } of pieces) yield namedFrame('delta', delta(text), tokens);
    yield namedFrame('close', { type: `${event}.done`, ...at, [field]: input });
  }
  const opened = { ...item, [field]: '', status: 'in_progress' };
  return { item, frames: index => itemFrames(index, item, opened, 1, said(index)) };
}
