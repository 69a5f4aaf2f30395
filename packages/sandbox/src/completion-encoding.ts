import { randomUUID } from 'node:crypto';
import type { ChatCompletion, ChatCompletionChunk } from 'openai7/resources/chat/completions';
import type { CompletionUsage } from 'openai7/resources/completions';
import type { AnsweredCall, AnsweredChoice, ModelAnswer } from './answer.js';
import type { ChatRequest } from './chat-request.js';
import type { FaultPlan, UsageFault } from './fault-plan.js';
import { logprobsOf } from './logprobs.js';
import type { StreamFrame, StreamScript } from './stream-script.js';

type Delta = ChatCompletionChunk.Choice.Delta;

const FINGERPRINT = 'fp_bough_sandbox';

interface Envelope {
  id: string;
  created: number;
  model: string;
  system_fingerprint: string;
  service_tier: 'default';
}

function envelopeFor(request: ChatRequest): Envelope {
  return {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    service_tier: 'default',
    system_fingerprint: FINGERPRINT,
  };
}

/** The answer as one JSON object. */
export function encodeCompletion(request: ChatRequest, answer: ModelAnswer, fault?: UsageFault): ChatCompletion {
  const choices = answer.choices.map((choice, index): ChatCompletion.Choice => {
    const words = choice.calls.length > 0 ? null : choice.pieces.map(piece => piece.text).join('');
    const logprobs =
      request.logprobs === true && words !== null ? logprobsOf(choice.pieces, request.top_logprobs ?? 0) : null;
    return {
      index,
      message: { role: 'assistant', content: words, refusal: null, annotations: [], ...encodeCalls(choice) },
      logprobs: logprobs && { content: logprobs, refusal: null },
      finish_reason: choice.finishReason,
    };
  });
  const usage = faultyUsage(usageOf(answer), fault);
  return { ...envelopeFor(request), object: 'chat.completion', choices, ...(usage === undefined ? {} : { usage }) };
}

function encodeCalls(choice: AnsweredChoice): Partial<ChatCompletion['choices'][number]['message']> {
  if (choice.calls.length === 0) return {};
  if (choice.finishReason === 'function_call') {
    const [{ name, input }] = choice.calls;
    return { function_call: { name, arguments: input } };
  }
  return {
    tool_calls: choice.calls.map(({ id, kind, name, input }) =>
      kind === 'function'
        ? { id, type: 'function', function: { name, arguments: input } }
        : { id, type: 'custom', custom: { name, input } },
    ),
  };
}

function usageOf(answer: ModelAnswer): CompletionUsage {
  return {
    prompt_tokens: answer.promptTokens,
    completion_tokens: answer.completionTokens,
    total_tokens: answer.promptTokens + answer.completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function faultyUsage(usage: CompletionUsage, fault: UsageFault | undefined): CompletionUsage | undefined {
  if (fault === 'missing') return undefined;
  if (fault === 'zero') return { ...usage, prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  if (fault === 'negative') return { ...usage, prompt_tokens: -5, completion_tokens: -7, total_tokens: -12 };
  if (fault === 'huge') return { ...usage, prompt_tokens: 2 ** 60, completion_tokens: 2 ** 60, total_tokens: 2 ** 61 };
  return usage;
}

/** The answer as a stream, with the events that its faults need. */
export function completionScript(request: ChatRequest, answer: ModelAnswer, plan: FaultPlan): StreamScript {
  const error = {
    message: plan.message ?? 'The server had an error while processing your request.',
    type: 'server_error',
    param: null,
    code: plan.code ?? null,
  };
  return {
    form: 'events',
    frames: chunkFrames(request, answer, plan.usage),
    terminal: [{ kind: 'head', event: null, data: '[DONE]', tokens: 0 }],
    failure: { event: null, data: { error } },
    garbage: { event: null, text: '{"id":"chatcmpl-broken","choices":[{' },
  };
}

/**
 * The answer as events: a role for every choice, then a token each in turn, the finish reasons, and usage where it was
 * asked for. Lazy, so that nothing is encoded which the client does not read.
 */
function* chunkFrames(request: ChatRequest, answer: ModelAnswer, fault?: UsageFault): Generator<StreamFrame> {
  const asksUsage = request.stream_options?.include_usage === true;
  const usage = faultyUsage(usageOf(answer), fault);
  const envelope = {
    ...envelopeFor(request),
    object: 'chat.completion.chunk' as const,
    ...(asksUsage ? { usage: null } : {}),
  };
  const frameOf = ({ kind, choice, tokens }: ChoiceEvent): StreamFrame => ({
    kind,
    event: null,
    data: { ...envelope, choices: [choice] } satisfies ChatCompletionChunk,
    tokens,
    filled: content => ({ ...envelope, choices: [{ ...choice, delta: { content }, finish_reason: null }] }),
  });
  const usageFrame = (): StreamFrame => {
    return { kind: 'usage', event: null, data: { ...envelope, choices: [], usage }, tokens: 0 };
  };
  const spoken = [...answer.choices.entries()].map(([index, choice]) => choiceEvents(index, choice, request));
  const between = fault === 'middle' || fault === 'everywhere' || fault === 'duplicate';
  let sent = 0;

  if (fault === 'first' || fault === 'everywhere') yield usageFrame();
  for (let open = spoken; open.length > 0;) {
    const still: typeof open = [];
    for (const events of open) {
      const step = events.next();
      if (step.done === true) continue;
      yield frameOf(step.value);
      if (between && ++sent === answer.choices.length + 1) yield usageFrame();
      still.push(events);
    }
    open = still;
  }
  const isElsewhere = fault === 'middle' || fault === 'first' || fault === 'missing';
  if (!isElsewhere && (asksUsage || fault !== undefined)) yield usageFrame();
}

type ChoiceEvent = Pick<StreamFrame, 'kind' | 'tokens'> & { choice: ChatCompletionChunk.Choice };

function* choiceEvents(index: number, answered: AnsweredChoice, request: ChatRequest): Generator<ChoiceEvent> {
  const isLegacy = request.functions !== undefined;
  const content = answered.calls.length > 0 ? null : '';
  const choice = (
    delta: Delta,
    logprobs: ChatCompletionChunk.Choice['logprobs'] = null,
  ): ChatCompletionChunk.Choice => {
    return { index, delta, logprobs, finish_reason: null };
  };
  yield { kind: 'head', choice: choice({ role: 'assistant', content, refusal: null }), tokens: 0 };
  for (const piece of answered.pieces) {
    const logprobs =
      request.logprobs === true ? { content: logprobsOf([piece], request.top_logprobs ?? 0), refusal: null } : null;
    yield { kind: 'delta', choice: choice({ content: piece.text }, logprobs), tokens: piece.tokens };
  }
  for (const [position, call] of answered.calls.entries()) {
    for (const { delta, tokens } of callDeltas(call, position, isLegacy)) {
      yield { kind: 'delta', choice: choice(delta), tokens };
    }
  }
  yield { kind: 'finish', choice: { ...choice({}), finish_reason: answered.finishReason }, tokens: 0 };
}

/** The name first, with no input yet; then the input, a token at a time. */
function* callDeltas(
  call: AnsweredCall,
  index: number,
  isLegacy: boolean,
): Generator<{ delta: Delta; tokens: number }> {
  const { id, kind, name } = call;
  if (isLegacy) {
    yield { delta: { function_call: { name, arguments: '' } }, tokens: 1 };
    for (const { text, tokens } of call.pieces) yield { delta: { function_call: { arguments: text } }, tokens };
    return;
  }
  const named = kind === 'function' ? { function: { name, arguments: '' } } : { custom: { name, input: '' } };
  yield { delta: { tool_calls: [{ index, id, type: kind, ...named }] }, tokens: 1 };
  for (const { text, tokens } of call.pieces) {
    const more = kind === 'function' ? { function: { arguments: text } } : { custom: { input: text } };
    yield { delta: { tool_calls: [{ index, ...more }] }, tokens };
  }
}
