import type { Candidate, Part } from 'genai3';
import type { AnsweredChoice, ModelAnswer } from '../answer.js';
import { encodeGoogleError } from '../error-envelopes.js';
import type { FaultPlan } from '../fault-plan.js';
import type { StreamFrame, StreamScript } from '../stream-script.js';
import { reportedUsage, usagePlaces } from '../usage-fault.js';
import type { GeminiRequest } from './gemini.types.js';
import {
  callPart,
  encodeUsage,
  type Envelope,
  envelopeFor,
  finishReasonOf,
  logprobFields,
  textSignature,
} from './generate-encoding.js';

/** The answer as chunks, the last of which says how it ended and what it cost. */
export function generationScript(
  request: GeminiRequest,
  answer: ModelAnswer,
  plan: FaultPlan,
  form: StreamScript['form'],
): StreamScript {
  const envelope = envelopeFor(request);
  const message = plan.message ?? 'The server had an error while processing your request.';
  const failure = encodeGoogleError({ status: 500, message, param: null, code: plan.code ?? null });
  const usage = reportedUsage(answer, plan.usage);
  const metadata = usage && { usageMetadata: encodeUsage(request, usage) };
  const places = usagePlaces(plan.usage);
  const last = {
    candidates: answer.choices.map((choice, index) => lastCandidate(request, choice, index, plan)),
    ...(places?.last !== false && metadata),
    ...envelope,
  };
  return {
    form,
    frames: withUsage(chunkFrames(request, answer, envelope), metadata, places),
    terminal: [{ kind: 'usage', event: null, data: last, tokens: 0 }],
    failure: { event: null, data: failure },
    garbage: { event: null, text: '{"candidates":[{"content":{"parts":[{' },
  };
}

function lastCandidate(request: GeminiRequest, choice: AnsweredChoice, index: number, plan: FaultPlan): Candidate {
  const parts = [{ text: '', ...textSignature(request, choice) }];
  const reason = plan.noFinish === true ? {} : { finishReason: finishReasonOf(choice) };
  return { content: { parts, role: 'model' }, ...reason, index };
}

/** The same chunks, and where the fault wants it the usage in the first or the second of them. */
function* withUsage(
  frames: Iterable<StreamFrame>,
  metadata: object | null,
  places: { first: boolean; middle: boolean } | null,
): Generator<StreamFrame> {
  let index = 0;
  for (const frame of frames) {
    const isTold = (index === 0 && places?.first === true) || (index === 1 && places?.middle === true);
    yield isTold ? { ...frame, data: { ...(frame.data as object), ...metadata } } : frame;
    index++;
  }
}

/** A token of every candidate in turn. */
function* chunkFrames(request: GeminiRequest, answer: ModelAnswer, envelope: Envelope): Generator<StreamFrame> {
  for (
    let open = answer.choices.map((choice, index) => candidateFrames(request, choice, index, envelope));
    open.length > 0;
  ) {
    const still: typeof open = [];
    for (const frames of open) {
      const step = frames.next();
      if (step.done === true) continue;
      yield step.value;
      still.push(frames);
    }
    open = still;
  }
}

/** A call comes whole, in a chunk of its own. */
function* candidateFrames(
  request: GeminiRequest,
  choice: AnsweredChoice,
  index: number,
  envelope: Envelope,
): Generator<StreamFrame> {
  const chunk = (part: Part, more: Partial<Candidate> = {}): object => ({
    candidates: [{ content: { parts: [part], role: 'model' }, index, ...more }],
    ...envelope,
  });
  const filled = (text: string): object => chunk({ text });
  for (const { text, tokens } of choice.thought?.pieces ?? []) {
    yield { kind: 'head', event: null, data: chunk({ text, thought: true }), tokens };
  }
  for (const piece of choice.pieces) {
    const data = chunk({ text: piece.text }, logprobFields(request, [piece]));
    yield { kind: 'delta', event: null, data, tokens: piece.tokens, filled };
  }
  for (const [place, call] of choice.calls.entries()) {
    const tokens = call.pieces.reduce((sum, piece) => sum + piece.tokens, 1);
    yield { kind: 'head', event: null, data: chunk(callPart(request, choice, place)), tokens, filled };
  }
}
