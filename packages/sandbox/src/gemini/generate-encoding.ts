import { randomUUID } from 'node:crypto';
import type { Candidate, FinishReason, FunctionCall, MediaModality, Part } from 'genai3';
import type { AnsweredCall, AnsweredChoice, ModelAnswer } from '../answer.js';
import type { UsageFault } from '../fault-plan.js';
import { logprobsOf } from '../logprobs.js';
import { MEDIA_TOKENS } from '../prompt-tokens.js';
import type { TokenPiece } from '../tokenizer.js';
import { type ReportedUsage, reportedUsage } from '../usage-fault.js';
import { signCall, signText } from './gemini-signatures.js';
import type { GeminiRequest } from './gemini.types.js';

/** What stands in every answer and in every chunk of one. */
export interface Envelope {
  modelVersion: string;
  responseId: string;
}

export function envelopeFor({ model }: GeminiRequest): Envelope {
  return { modelVersion: model, responseId: randomUUID().replaceAll('-', '').slice(0, 22) };
}

/** The answer as one JSON object. */
export function encodeGeneration(request: GeminiRequest, answer: ModelAnswer, fault?: UsageFault): object {
  const usage = reportedUsage(answer, fault);
  return {
    candidates: answer.choices.map((choice, index) => encodeCandidate(request, choice, index)),
    ...(usage && { usageMetadata: encodeUsage(request, usage) }),
    ...envelopeFor(request),
  };
}

function encodeCandidate(request: GeminiRequest, choice: AnsweredChoice, index: number): Candidate {
  const { thought, pieces, calls } = choice;
  const words = joined(pieces);
  const thoughts = thought ? [{ text: joined(thought.pieces), thought: true }] : [];
  const texts = pieces.length > 0 ? [{ text: words, ...textSignature(request, choice) }] : [];
  return {
    content: {
      parts: [...thoughts, ...texts, ...calls.map((_, place) => callPart(request, choice, place))],
      role: 'model',
    },
    finishReason: finishReasonOf(choice),
    index,
    ...logprobFields(request, pieces),
  };
}

function joined(pieces: readonly TokenPiece[]): string {
  return pieces.map(piece => piece.text).join('');
}

/** Models that must be shown their signatures always give them; others only when their thoughts are asked for. */
function isSigned({ model }: GeminiRequest, { thought }: AnsweredChoice): boolean {
  return thought !== null || model.startsWith('gemini-3');
}

export function textSignature(request: GeminiRequest, choice: AnsweredChoice): Pick<Part, 'thoughtSignature'> {
  if (choice.calls.length > 0 || !isSigned(request, choice)) return {};
  return { thoughtSignature: signText(joined(choice.pieces)) };
}

/** Only the first of parallel calls is signed; older models give their calls no ids. */
export function callPart(request: GeminiRequest, choice: AnsweredChoice, place: number): Part {
  const call = choice.calls[place];
  const id = /^gemini-[12]/.test(request.model) ? {} : { id: call.id };
  const functionCall: FunctionCall = { name: call.name, args: argsOf(call), ...id };
  const signature = place === 0 && isSigned(request, choice) ? { thoughtSignature: signCall(functionCall) } : {};
  return { functionCall, ...signature };
}

/** Arguments that the token limit cut off are no JSON any more. */
function argsOf({ input }: AnsweredCall): Record<string, unknown> {
  try {
    return JSON.parse(input) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export function finishReasonOf({ finishReason }: AnsweredChoice): FinishReason {
  // The SDK's enumeration is a value, and only its type is there.
  return (finishReason === 'length' ? 'MAX_TOKENS' : 'STOP') as FinishReason;
}

export function logprobFields(
  { generationConfig: config }: GeminiRequest,
  pieces: readonly TokenPiece[],
): Pick<Candidate, 'logprobsResult' | 'avgLogprobs'> {
  if (config?.responseLogprobs !== true || pieces.length === 0) return {};
  const tokens = logprobsOf(pieces, config.logprobs ?? 0);
  const sum = tokens.reduce((total, token) => total + token.logprob, 0);
  const encode = ({ token, logprob }: { token: string; logprob: number }) => ({ token, logProbability: logprob });
  return {
    avgLogprobs: sum / tokens.length,
    logprobsResult: {
      chosenCandidates: tokens.map(encode),
      topCandidates: tokens.map(token => ({ candidates: token.top_logprobs.map(encode) })),
    },
  };
}

/** Thoughts are counted beside the candidates here, and not among them. */
export function encodeUsage(request: GeminiRequest, { input, output, reasoning }: ReportedUsage): object {
  return {
    promptTokenCount: input,
    candidatesTokenCount: output - reasoning,
    totalTokenCount: input + output,
    ...promptDetails(request, input),
    ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
  };
}

/** What of the prompt was text, and what was media. */
export function promptDetails({ contents }: GeminiRequest, input: number): object {
  const tokens = new Map<string, number>();
  const parts = contents.flatMap(content => content.parts ?? []);
  for (const part of [...parts, ...parts.flatMap(({ functionResponse }) => functionResponse?.parts ?? [])]) {
    const media = part.inlineData ?? part.fileData;
    if (media === undefined) continue;
    const { modality, cost } = mediaCost(media.mimeType ?? '');
    tokens.set(modality, (tokens.get(modality) ?? 0) + cost);
  }
  const inMedia = [...tokens.values()].reduce((sum, cost) => sum + cost, 0);
  const details = [['TEXT', input - inMedia] as const, ...tokens];
  return {
    promptTokensDetails: details.map(([modality, tokenCount]) => ({ modality: modality as MediaModality, tokenCount })),
  };
}

function mediaCost(mimeType: string): { modality: string; cost: number } {
  const [kind] = mimeType.split('/', 1);
  if (kind === 'image') return { modality: 'IMAGE', cost: MEDIA_TOKENS.image };
  if (kind === 'audio') return { modality: 'AUDIO', cost: MEDIA_TOKENS.audio };
  return { modality: kind === 'video' ? 'VIDEO' : 'DOCUMENT', cost: MEDIA_TOKENS.file };
}
