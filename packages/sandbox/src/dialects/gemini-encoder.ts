import { randomUUID } from 'node:crypto';
import { type AnsweredChoice, composeAnswer, type ModelAnswer } from '../compose/answer.js';
import { countPromptTokens } from '../compose/prompt-tokens.js';
import type { Conversation } from '../conversation.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import { reportedUsage, usagePlaces } from '../faults/usage-fault.js';
import { asObject, type JsonObject, parsedObject } from '../json.js';
import { getModel } from '../model.js';
import { encodeGoogleError, failureOf } from '../wire/error-envelopes.js';
import { RequestRefusal } from '../wire/request-refusal.js';
import { inTurns, type StreamFrame, type StreamScript } from '../wire/stream-script.js';
import type { AskedRequest, Endpoint } from './endpoint.js';
import { readContents } from './gemini-reader.js';
import { signCall, signText } from './gemini-signatures.js';
import { withCamelNames } from './proto-json.js';

/** A request as its answer is encoded for it. */
interface Asked {
  model: string;
  conversation: Conversation;
}

/** Google's models: the path names the model and what it shall do. Throws `RequestRefusal` (404) for anything else. */
export const answerGemini: Endpoint = async asked => {
  const [, model, action] = /^([^:]+):([^:]+)$/.exec(asked.rest) ?? [];
  if (action === 'generateContent') return generate(model, asked, false);
  if (action === 'streamGenerateContent') return generate(model, asked, true);
  if (action === 'countTokens') return countTokens(model, asked);
  const message = `'${asked.rest.slice(0, 128)}' is no model with an action that it has.`;
  throw new RequestRefusal(404, message, { code: 'unknown_url' });
};

async function generate(id: string, { body, findModel, plan, query }: AskedRequest, isStream: boolean) {
  const model = getModel(id, 'gemini_generate_content', findModel).id;
  const request = withCamelNames(body);
  const asked = { model, conversation: readContents(request) };
  const answer = await composeAnswer(asked.conversation, plan.answerTokens);
  const form = query.get('alt') === 'sse' ? ('events' as const) : ('array' as const);
  return {
    tokens: answer.completionTokens,
    whole: () => encodeGeneration(asked, answer, plan),
    stream: isStream ? () => generationScript(asked, answer, plan, form) : null,
  };
}

/** Tokens are counted of contents, or of a whole request. */
async function countTokens(id: string, { body, findModel }: AskedRequest) {
  getModel(id, 'gemini_generate_content', findModel);
  const { generateContentRequest: whole, ...request } = withCamelNames(body);
  const conversation = readContents(whole === undefined ? request : asObject(whole));
  const totalTokens = await countPromptTokens(conversation);
  return { tokens: 0, whole: () => ({ totalTokens, ...promptDetails(conversation, totalTokens) }), stream: null };
}

/** What stands in every answer and in every chunk of one. */
function envelopeOf({ model }: Asked): JsonObject {
  return { modelVersion: model, responseId: randomUUID().replaceAll('-', '').slice(0, 22) };
}

function encodeGeneration(asked: Asked, answer: ModelAnswer, plan: FaultPlan): JsonObject {
  const candidates = answer.choices.map((choice, index) => {
    const { thought, text, pieces, call } = choice;
    const parts = [
      ...(thought === null ? [] : [{ text: thought.text, thought: true }]),
      ...(pieces.length > 0 ? [{ text, ...textSignature(asked, choice) }] : []),
      ...(call === null ? [] : [callPart(asked, choice)]),
    ];
    const content = { parts, role: 'model' };
    return { content, finishReason: finishReasonOf(choice), index };
  });
  return { candidates, ...usageOf(asked, answer, plan), ...envelopeOf(asked) };
}

/** Models that must be shown their signatures always give them; others only when their thoughts are asked for. */
function isSigned({ model }: Asked, { thought }: AnsweredChoice): boolean {
  return thought !== null || model.startsWith('gemini-3');
}

function textSignature(asked: Asked, choice: AnsweredChoice): object {
  return choice.call === null && isSigned(asked, choice) ? { thoughtSignature: signText(choice.text) } : {};
}

/** Older models give their calls no ids. */
function callPart(asked: Asked, choice: AnsweredChoice): object {
  const { id, name, input } = choice.call ?? { id: '', name: '', input: '' };
  const functionCall = { name, args: parsedObject(input) ?? {}, ...(!/^gemini-[12]/.test(asked.model) && { id }) };
  return { functionCall, ...(isSigned(asked, choice) && { thoughtSignature: signCall(functionCall) }) };
}

function finishReasonOf({ finish }: AnsweredChoice): string {
  return finish === 'length' ? 'MAX_TOKENS' : 'STOP';
}

/** Thoughts are counted beside the candidates here, and not among them. */
function usageOf({ conversation }: Asked, answer: ModelAnswer, plan: FaultPlan): object {
  const usage = reportedUsage(answer, plan.usage);
  if (usage === null) return {};
  const { input, output, reasoning } = usage;
  return {
    usageMetadata: {
      promptTokenCount: input,
      candidatesTokenCount: output - reasoning,
      totalTokenCount: input + output,
      ...promptDetails(conversation, input),
      ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
    },
  };
}

/** What of the prompt was text, and what was media. */
function promptDetails({ turns }: Conversation, input: number): object {
  const tokens = new Map<string, number>([['TEXT', input]]);
  for (const part of turns.flatMap(({ parts }) => parts)) {
    if (typeof part === 'string') continue;
    tokens.set(part.modality, (tokens.get(part.modality) ?? 0) + part.tokens);
    tokens.set('TEXT', (tokens.get('TEXT') ?? 0) - part.tokens);
  }
  return { promptTokensDetails: [...tokens].map(([modality, tokenCount]) => ({ modality, tokenCount })) };
}

/** The answer as chunks, the last of which says how it ended and what it cost. */
function generationScript(
  asked: Asked,
  answer: ModelAnswer,
  plan: FaultPlan,
  form: StreamScript['form'],
): StreamScript {
  const envelope = envelopeOf(asked);
  const usage = usageOf(asked, answer, plan);
  const places = usagePlaces(plan.usage);
  const candidates = answer.choices.map((choice, index) => ({
    content: { parts: [{ text: '', ...textSignature(asked, choice) }], role: 'model' },
    ...(plan.noFinish !== true && { finishReason: finishReasonOf(choice) }),
    index,
  }));
  const last = { candidates, ...(places?.last !== false && usage), ...envelope };
  const choices = answer.choices.map((choice, index) => choiceFrames(asked, choice, index, envelope));
  return {
    form,
    frames: withUsage(inTurns(choices), usage, [places?.first === true, places?.middle === true]),
    terminal: [{ kind: 'usage', event: null, data: last, tokens: 0 }],
    failure: { event: null, data: encodeGoogleError(failureOf(plan)) },
    garbage: { event: null, data: '{"candidates":[{"content":{"parts":[{' },
  };
}

/** The same chunks, and where the fault wants it the usage in the first or the second of them. */
function* withUsage(frames: Iterable<StreamFrame>, usage: object, isTold: boolean[]): Generator<StreamFrame> {
  let index = 0;
  for (const frame of frames) {
    yield isTold[index] === true ? { ...frame, data: { ...asObject(frame.data), ...usage } } : frame;
    index++;
  }
}

/** A call comes whole, in a chunk of its own. */
function* choiceFrames(
  asked: Asked,
  choice: AnsweredChoice,
  index: number,
  envelope: JsonObject,
): Generator<StreamFrame> {
  const chunk = (part: object): object => ({
    candidates: [{ content: { parts: [part], role: 'model' }, index }],
    ...envelope,
  });
  const { thought, pieces, call } = choice;
  for (const { text, tokens } of thought?.pieces ?? []) {
    yield { kind: 'head', event: null, data: chunk({ text, thought: true }), tokens };
  }
  for (const piece of pieces) {
    yield { kind: 'delta', event: null, data: chunk({ text: piece.text }), tokens: piece.tokens };
  }
  if (call === null) return;
  const tokens = call.pieces.reduce((sum, piece) => sum + piece.tokens, 1);
  yield { kind: 'head', event: null, data: chunk(callPart(asked, choice)), tokens };
}
