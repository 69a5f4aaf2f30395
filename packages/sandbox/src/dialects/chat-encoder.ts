import { randomUUID } from 'node:crypto';
import { type AnsweredCall, type AnsweredChoice, composeAnswer, type ModelAnswer } from '../compose/answer.js';
import { logprobsOf } from '../compose/logprobs.js';
import type { TokenPiece } from '../compose/tokenizer.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import { type ReportedUsage, reportedUsage, usagePlaces } from '../faults/usage-fault.js';
import { asNumber, asObject, type JsonObject } from '../json.js';
import { getModel } from '../model.js';
import { encodeOpenAiError, failureOf } from '../wire/error-envelopes.js';
import { inTurns, type StreamFrame, type StreamScript } from '../wire/stream-script.js';
import { readChat } from './chat-reader.js';
import type { Endpoint } from './endpoint.js';

/** OpenAI's Chat Completions. */
export const answerChat: Endpoint = async ({ body, findModel, plan }) => {
  getModel(body['model'], 'chat_completions', findModel);
  const answer = await composeAnswer(readChat(body), plan.answerTokens);
  return {
    tokens: answer.completionTokens,
    whole: () => encodeCompletion(body, answer, plan),
    stream: body['stream'] === true ? () => completionScript(body, answer, plan) : null,
  };
};

function envelopeOf(request: JsonObject, object: string): JsonObject {
  return {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model: request['model'],
    service_tier: 'default',
    system_fingerprint: 'fp_bough_sandbox',
  };
}

/** A request that offers `functions`, as in the first version of the API, is answered in its words. */
function isOlder(request: JsonObject): boolean {
  return request['functions'] !== undefined && request['tools'] === undefined;
}

function encodeCompletion(request: JsonObject, answer: ModelAnswer, plan: FaultPlan): JsonObject {
  const choices = answer.choices.map(({ text, pieces, call, finish }, index) => ({
    index,
    message: {
      role: 'assistant',
      content: call === null ? text : null,
      refusal: null,
      annotations: [],
      ...(call !== null && encodeCall(request, call)),
    },
    logprobs: call === null ? encodeLogprobs(request, pieces) : null,
    finish_reason: finishReasonOf(request, finish),
  }));
  const usage = reportedUsage(answer, plan.usage);
  return { ...envelopeOf(request, 'chat.completion'), choices, ...(usage && { usage: encodeUsage(usage) }) };
}

function encodeCall(request: JsonObject, { id, kind, name, input }: AnsweredCall): JsonObject {
  if (isOlder(request)) return { function_call: { name, arguments: input } };
  const called = kind === 'function' ? { function: { name, arguments: input } } : { custom: { name, input } };
  return { tool_calls: [{ id, type: kind, ...called }] };
}

function finishReasonOf(request: JsonObject, finish: AnsweredChoice['finish']): string {
  if (finish !== 'call') return finish;
  return isOlder(request) ? 'function_call' : 'tool_calls';
}

function encodeLogprobs({ logprobs, top_logprobs: top }: JsonObject, pieces: readonly TokenPiece[]): object | null {
  return logprobs === true ? { content: logprobsOf(pieces, asNumber(top) ?? 0), refusal: null } : null;
}

function encodeUsage({ input, output, reasoning }: ReportedUsage): JsonObject {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function completionScript(request: JsonObject, answer: ModelAnswer, plan: FaultPlan): StreamScript {
  return {
    form: 'events',
    frames: chunkFrames(request, answer, plan),
    terminal: [{ kind: 'head', event: null, data: '[DONE]', tokens: 0 }],
    failure: { event: null, data: encodeOpenAiError(failureOf(plan)) },
    garbage: { event: null, data: '{"id":"chatcmpl-broken","choices":[{' },
  };
}

/** A role for every choice, then a token each in turn, the finish reasons, and usage where it was asked for. */
function* chunkFrames(request: JsonObject, answer: ModelAnswer, plan: FaultPlan): Generator<StreamFrame> {
  const asksUsage = asObject(request['stream_options'])['include_usage'] === true;
  const usage = reportedUsage(answer, plan.usage);
  const places = usagePlaces(plan.usage);
  const envelope = { ...envelopeOf(request, 'chat.completion.chunk'), ...(asksUsage && { usage: null }) };
  const usageFrame = (): StreamFrame[] => {
    const data = { ...envelope, choices: [], ...(usage && { usage: encodeUsage(usage) }) };
    return usage === null ? [] : [{ kind: 'usage', event: null, data, tokens: 0 }];
  };
  const choices = answer.choices.map((choice, index) => choiceFrames(request, envelope, choice, index));

  if (places?.first === true) yield* usageFrame();
  let sent = 0;
  for (const frame of inTurns(choices)) {
    yield frame;
    if (places?.middle === true && ++sent === choices.length + 1) yield* usageFrame();
  }
  if (places?.last ?? (asksUsage || plan.usage !== undefined)) yield* usageFrame();
}

function* choiceFrames(
  request: JsonObject,
  envelope: JsonObject,
  { pieces, call, finish }: AnsweredChoice,
  index: number,
): Generator<StreamFrame> {
  const chunk = (delta: object, more: object = {}): JsonObject => ({
    ...envelope,
    choices: [{ index, delta, logprobs: null, finish_reason: null, ...more }],
  });
  const frame = (kind: StreamFrame['kind'], data: JsonObject, tokens = 0): StreamFrame => {
    return { kind, event: null, data, tokens };
  };
  yield frame('head', chunk({ role: 'assistant', content: call === null ? '' : null, refusal: null }));
  for (const piece of pieces) {
    const delta = chunk({ content: piece.text }, { logprobs: encodeLogprobs(request, [piece]) });
    yield frame('delta', delta, piece.tokens);
  }
  for (const { delta, tokens } of call === null ? [] : callDeltas(request, call)) {
    yield frame('delta', chunk(delta), tokens);
  }
  yield frame('finish', chunk({}, { finish_reason: finishReasonOf(request, finish) }));
}

/** The name first, with no input yet; then the input, a token at a time. */
function* callDeltas(
  request: JsonObject,
  { id, kind, name, pieces }: AnsweredCall,
): Generator<{ delta: object; tokens: number }> {
  const older = isOlder(request);
  const field = kind === 'function' ? 'arguments' : 'input';
  const wrap = (called: object, more: object = {}): object =>
    older ? { function_call: called } : { tool_calls: [{ index: 0, ...more, [kind]: called }] };
  yield { delta: wrap({ name, [field]: '' }, { id, type: kind }), tokens: 1 };
  for (const { text, tokens } of pieces) yield { delta: wrap({ [field]: text }), tokens };
}
