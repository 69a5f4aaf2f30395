import { type Conversation, lastResults } from '../conversation.js';
import { type PromptReading, readPrompt } from './prompt-reading.js';
import { countPromptTokens } from './prompt-tokens.js';
import { StepBudget } from './schema-check.js';
import { schemaValue } from './schema-value.js';
import { seededRandom } from './seeded-random.js';
import { type TokenPiece, tokenPieces } from './tokenizer.js';
import { type PlannedCall, planTools } from './tool-request.js';
import { writeAnswer, writeThought, writeToolSummary } from './words.js';

/** A call whose input is already in the pieces a stream sends. */
export interface AnsweredCall extends PlannedCall {
  pieces: TokenPiece[];
}

/** What a model thought before it answered. */
export interface Thought {
  text: string;
  pieces: TokenPiece[];
  tokens: number;
  /** The prompt speaks of redacted thinking: where a dialect has such a form, nobody gets to read this. */
  isRedacted: boolean;
}

export interface AnsweredChoice {
  thought: Thought | null;
  /** Empty when the choice is a call. */
  text: string;
  pieces: TokenPiece[];
  call: AnsweredCall | null;
  finish: 'stop' | 'length' | 'call';
  /** Which of the caller's sequences ended the text; null for none. */
  stopSequence: string | null;
  /** Of the thought, the text and the call. */
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
const MAX_CHOICES = 128;

/**
 * Composes the answer to a conversation: the same one gives the same answer. `exactTokens` asks for a text of that length
 * instead of a natural one. Throws `RequestRefusal` (400) for a schema that no value was found for.
 */
export async function composeAnswer(conversation: Conversation, exactTokens?: number): Promise<ModelAnswer> {
  const reading = readPrompt(conversation.turns);
  const promptTokens = await countPromptTokens(conversation);
  const budget = new StepBudget();
  const choices: AnsweredChoice[] = [];
  for (let index = 0; index < Math.min(conversation.choices, MAX_CHOICES); index++) {
    const variant = Math.abs(Math.trunc(conversation.seed)) + index;
    choices.push(await composeChoice(conversation, reading, variant, budget, exactTokens));
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
  conversation: Conversation,
  reading: PromptReading,
  variant: number,
  budget: StepBudget,
  exactTokens?: number,
): Promise<AnsweredChoice> {
  const limit = conversation.maxTokens;
  const thought = conversation.thinks ? await composeThought(reading, variant, limit) : null;
  const left = limit - (thought?.tokens ?? 0);
  const tools = planTools(conversation, reading, variant, budget);
  const planned = tools ?? writeText(conversation, reading, variant, budget);
  const isText = typeof planned === 'string';
  const said = await (isText ? composeText(planned, conversation, left, exactTokens) : composeCall(planned, left));
  return { ...said, thought, tokens: said.tokens + (thought?.tokens ?? 0) };
}

async function composeThought(reading: PromptReading, variant: number, limit: number): Promise<Thought> {
  const cut = cutAtLimit(await tokenPieces(writeThought(reading, variant)), limit);
  return { ...cut, isRedacted: /\bredacted thinking\b/i.test(reading.question) };
}

type Said = Omit<AnsweredChoice, 'thought'>;

async function composeText(
  text: string,
  { stop }: Conversation,
  limit: number,
  exactTokens: number | undefined,
): Promise<Said> {
  const { kept, sequence } = cutAtStop(text, stop);
  const natural = await tokenPieces(kept);
  const pieces = exactTokens === undefined ? natural : stretched(natural, exactTokens);
  const cut = cutAtLimit(pieces, limit);
  const isWhole = cut.pieces.length === pieces.length;
  return { ...cut, call: null, finish: isWhole ? 'stop' : 'length', stopSequence: isWhole ? sequence : null };
}

async function composeCall(call: PlannedCall, limit: number): Promise<Said> {
  const pieces = await tokenPieces(call.input);
  const cut = cutAtLimit(pieces, Math.max(0, limit - TOKENS_PER_CALL));
  const tokens = Math.min(TOKENS_PER_CALL, Math.max(0, limit)) + cut.tokens;
  const finish = cut.pieces.length < pieces.length ? 'length' : 'call';
  const answered = { ...call, input: cut.text, pieces: cut.pieces };
  return { text: '', pieces: [], call: answered, finish, stopSequence: null, tokens };
}

function writeText(conversation: Conversation, reading: PromptReading, variant: number, budget: StepBudget): string {
  const { format, turns } = conversation;
  if (format?.schema) {
    const random = seededRandom(`${reading.fingerprint} ${variant}`);
    return JSON.stringify(schemaValue(format.schema, { reading, random, budget, isFull: true }));
  }
  if (format !== null) {
    return JSON.stringify({ answer: writeAnswer(reading, variant), keywords: reading.keywords.slice(0, 5) });
  }
  const results = lastResults(turns);
  return results.length > 0 ? writeToolSummary(results, variant) : writeAnswer(reading, variant);
}

/** The text before the first of the sequences in it. */
function cutAtStop(text: string, stop: readonly string[]): { kept: string; sequence: string | null } {
  const places = stop.filter(sequence => sequence !== '').map(sequence => ({ at: text.indexOf(sequence), sequence }));
  const [first] = places.filter(({ at }) => at >= 0).toSorted((one, other) => one.at - other.at);
  return first === undefined
    ? { kept: text, sequence: null }
    : { kept: text.slice(0, first.at), sequence: first.sequence };
}

function cutAtLimit(pieces: TokenPiece[], limit: number): { text: string; pieces: TokenPiece[]; tokens: number } {
  const kept: TokenPiece[] = [];
  let tokens = 0;
  for (const piece of pieces) {
    if (tokens + piece.tokens > limit) break;
    tokens += piece.tokens;
    kept.push(piece);
  }
  return { text: kept.map(({ text }) => text).join(''), pieces: kept, tokens };
}

/** The text again and again, or its beginning, until it has this many tokens. */
function stretched(pieces: TokenPiece[], tokens: number): TokenPiece[] {
  const source = pieces.filter(piece => piece.tokens === 1);
  if (source.length === 0) return [];
  return Array.from({ length: tokens }, (_, index) => source[index % source.length]);
}
