import { writeAnswer, writeToolSummary } from './answer-text.js';
import type { ChatRequest } from './chat-request.js';
import { countPromptTokens } from './prompt-tokens.js';
import { type PromptReading, readPrompt } from './prompt-reading.js';
import { schemaValue } from './schema/schema-value.js';
import { seededRandom } from './seeded-random.js';
import { type TokenPiece, tokenPieces } from './tokenizer.js';
import { lastToolResults, type PlannedCall, planToolCalls } from './tool-calls.js';

/** A call whose input is already in the pieces a stream sends. */
export interface AnsweredCall extends PlannedCall {
  pieces: TokenPiece[];
}

export interface AnsweredChoice {
  /** Empty when the choice is tool calls. */
  pieces: TokenPiece[];
  calls: AnsweredCall[];
  finishReason: 'stop' | 'length' | 'tool_calls' | 'function_call';
  tokens: number;
}

/** What the model answers, before it is put into JSON or events. Token counts. */
export interface ModelAnswer {
  choices: AnsweredChoice[];
  promptTokens: number;
  completionTokens: number;
}

/** A tool call costs about this many tokens beside its arguments. */
const TOKENS_PER_CALL = 8;

/**
 * Thinks of the answer to a checked request: the same request gives the same answer. `exactTokens` asks for a text of
 * that length instead of a natural one. Throws `RequestRefusal` (400) for a schema that allows no value.
 */
export async function composeAnswer(request: ChatRequest, exactTokens?: number): Promise<ModelAnswer> {
  const reading = readPrompt(request.messages);
  const promptTokens = await countPromptTokens(request);
  const choices: AnsweredChoice[] = [];
  for (let index = 0; index < (request.n ?? 1); index++) {
    choices.push(await composeChoice(request, reading, Math.abs(request.seed ?? 0) + index, exactTokens));
  }
  const completionTokens = choices.reduce((sum, choice) => sum + choice.tokens, 0);
  return { choices, promptTokens, completionTokens };
}

async function composeChoice(
  request: ChatRequest,
  reading: PromptReading,
  variant: number,
  exactTokens?: number,
): Promise<AnsweredChoice> {
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Infinity;
  const calls = planToolCalls(request, reading, variant);
  if (calls.length > 0) return composeCalls(calls, request.functions !== undefined, limit);

  const text = cutAtStop(writeText(request, reading, variant), request.stop);
  const natural = await tokenPieces(text);
  const pieces = exactTokens === undefined ? natural : stretched(natural, exactTokens);
  const cut = cutAtLimit(pieces, limit);
  return { ...cut, calls: [], finishReason: cut.pieces.length < pieces.length ? 'length' : 'stop' };
}

async function composeCalls(calls: PlannedCall[], isLegacy: boolean, limit: number): Promise<AnsweredChoice> {
  const answered: AnsweredCall[] = [];
  let tokens = 0;
  let wasCut = false;
  for (const call of calls) {
    const pieces = await tokenPieces(call.input);
    const cut = cutAtLimit(pieces, Math.max(0, limit - tokens - TOKENS_PER_CALL));
    wasCut ||= cut.pieces.length < pieces.length;
    tokens += Math.min(TOKENS_PER_CALL, Math.max(0, limit - tokens)) + cut.tokens;
    answered.push({ ...call, input: cut.pieces.map(piece => piece.text).join(''), pieces: cut.pieces });
    if (wasCut) break;
  }
  const finishReason = wasCut ? 'length' : isLegacy ? 'function_call' : 'tool_calls';
  return { pieces: [], calls: answered, finishReason, tokens };
}

function writeText(request: ChatRequest, reading: PromptReading, variant: number): string {
  const format = request.response_format;
  if (format?.type === 'json_schema') {
    const random = seededRandom(`${reading.fingerprint} ${variant}`);
    return JSON.stringify(schemaValue(format.json_schema.schema ?? {}, reading, random));
  }
  if (format?.type === 'json_object') {
    return JSON.stringify({ answer: writeAnswer(reading, variant), keywords: reading.keywords.slice(0, 5) });
  }
  const results = lastToolResults(request.messages);
  return results.length > 0 ? writeToolSummary(results, variant) : writeAnswer(reading, variant);
}

function cutAtStop(text: string, stop: ChatRequest['stop']): string {
  const cuts = [stop ?? []].flat().map(sequence => (sequence === '' ? -1 : text.indexOf(sequence)));
  return text.slice(0, Math.min(text.length, ...cuts.filter(cut => cut >= 0)));
}

function cutAtLimit(pieces: TokenPiece[], limit: number): { pieces: TokenPiece[]; tokens: number } {
  let tokens = 0;
  for (const [index, piece] of pieces.entries()) {
    if (tokens + piece.tokens > limit) return { pieces: pieces.slice(0, index), tokens };
    tokens += piece.tokens;
  }
  return { pieces, tokens };
}

/** The text again and again, or its beginning, until it has this many tokens. */
function stretched(pieces: TokenPiece[], tokens: number): TokenPiece[] {
  const source = pieces.filter(piece => piece.tokens === 1);
  if (source.length === 0) return [];
  return Array.from({ length: tokens }, (_, index) => source[index % source.length]);
}
