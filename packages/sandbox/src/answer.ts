import { writeAnswer, writeToolSummary } from './answer-text.js';
import type { ChatRequest } from './chat-request.js';
import { countPromptTokens } from './prompt-tokens.js';
import { readPrompt } from './prompt-reading.js';
import { schemaValue } from './schema/schema-value.js';
import { StepBudget } from './schema/step-budget.js';
import { seededRandom } from './seeded-random.js';
import { composeThought, type Thought } from './thought.js';
import { type TokenPiece, tokenPieces } from './tokenizer.js';
import { type Choice, lastToolResults, type PlannedCall, planToolCalls } from './tool-calls.js';

/** A call whose input is already in the pieces a stream sends. */
export interface AnsweredCall extends PlannedCall {
  pieces: TokenPiece[];
}

export interface AnsweredChoice {
  /** What comes before the answer; null where nobody asked to see it. */
  thought: Thought | null;
  /** Empty when the choice is tool calls. */
  pieces: TokenPiece[];
  calls: AnsweredCall[];
  finishReason: 'stop' | 'length' | 'tool_calls' | 'function_call';
  /** Which of the caller's sequences ended the text; null for none. */
  stopSequence: string | null;
  /** Of the thought, the text and the calls. */
  tokens: number;
}

/** What the model answers, before it is put into JSON or events. Token counts. */
export interface ModelAnswer {
  choices: AnsweredChoice[];
  promptTokens: number;
  completionTokens: number;
  /** The part of them that went into thoughts. */
  reasoningTokens: number;
}

/** A tool call costs about this many tokens beside its arguments. */
const TOKENS_PER_CALL = 8;

/**
 * Thinks of the answer to a checked request: the same request gives the same answer. `exactTokens` asks for a text of
 * that length instead of a natural one, `thinks` for a thought before it. Throws `RequestRefusal` (400) for a schema that
 * allows no value.
 */
export async function composeAnswer(request: ChatRequest, exactTokens?: number, thinks = false): Promise<ModelAnswer> {
  const reading = readPrompt(request.messages);
  const promptTokens = await countPromptTokens(request);
  const choices: AnsweredChoice[] = [];
  const budget = new StepBudget();
  for (let index = 0; index < (request.n ?? 1); index++) {
    const variant = Math.abs(request.seed ?? 0) + index;
    choices.push(await composeChoice(request, { reading, variant, budget }, thinks, exactTokens));
  }
  const sum = (count: (choice: AnsweredChoice) => number) =>
    choices.reduce((total, choice) => total + count(choice), 0);
  return {
    choices,
    promptTokens,
    completionTokens: sum(choice => choice.tokens),
    reasoningTokens: sum(choice => choice.thought?.tokens ?? 0),
  };
}

async function composeChoice(
  request: ChatRequest,
  choice: Choice,
  thinks: boolean,
  exactTokens?: number,
): Promise<AnsweredChoice> {
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Infinity;
  const thought = thinks ? await thinkWithin(limit, request, choice) : null;
  const left = limit - (thought?.tokens ?? 0);
  const calls = planToolCalls(request, choice);
  const said =
    calls.length > 0
      ? await composeCalls(calls, request.functions !== undefined, left)
      : await composeText(writeText(request, choice), request.stop, left, exactTokens);
  return { ...said, thought, tokens: said.tokens + (thought?.tokens ?? 0) };
}

async function thinkWithin(limit: number, request: ChatRequest, { reading, variant }: Choice): Promise<Thought> {
  const thought = await composeThought(reading, variant, lastToolResults(request.messages).length > 0);
  return { ...thought, ...cutAtLimit(thought.pieces, limit) };
}

type Said = Omit<AnsweredChoice, 'thought'>;

async function composeText(
  text: string,
  stop: ChatRequest['stop'],
  limit: number,
  exactTokens?: number,
): Promise<Said> {
  const { kept, sequence } = cutAtStop(text, stop);
  const natural = await tokenPieces(kept);
  const pieces = exactTokens === undefined ? natural : stretched(natural, exactTokens);
  const cut = cutAtLimit(pieces, limit);
  const isWhole = cut.pieces.length === pieces.length;
  return { ...cut, calls: [], finishReason: isWhole ? 'stop' : 'length', stopSequence: isWhole ? sequence : null };
}

async function composeCalls(calls: PlannedCall[], isLegacy: boolean, limit: number): Promise<Said> {
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
  return { pieces: [], calls: answered, finishReason, stopSequence: null, tokens };
}

function writeText(request: ChatRequest, { reading, variant, budget }: Choice): string {
  const format = request.response_format;
  if (format?.type === 'json_schema') {
    const random = seededRandom(`${reading.fingerprint} ${variant}`);
    return JSON.stringify(schemaValue(format.json_schema.schema ?? {}, reading, random, budget));
  }
  if (format?.type === 'json_object') {
    return JSON.stringify({ answer: writeAnswer(reading, variant), keywords: reading.keywords.slice(0, 5) });
  }
  const results = lastToolResults(request.messages);
  return results.length > 0 ? writeToolSummary(results, variant) : writeAnswer(reading, variant);
}

/** The text before the first of the sequences in it. */
function cutAtStop(text: string, stop: ChatRequest['stop']): { kept: string; sequence: string | null } {
  let found: { at: number; sequence: string } | null = null;
  for (const sequence of [stop ?? []].flat()) {
    const at = sequence === '' ? -1 : text.indexOf(sequence);
    if (at >= 0 && (found === null || at < found.at)) found = { at, sequence };
  }
  return found === null ? { kept: text, sequence: null } : { kept: text.slice(0, found.at), sequence: found.sequence };
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
