import { fillFrom, variedPicker, type Variant } from './answer-text.js';
import type { PromptReading } from './prompt-reading.js';
import { type TokenPiece, tokenPieces } from './tokenizer.js';

/** What a model thinks before it answers, for dialects that show it. */
export interface Thought {
  pieces: TokenPiece[];
  tokens: number;
  /** The prompt speaks of redacted thinking: where a dialect has such a form, nobody gets to read this. */
  isRedacted: boolean;
}

const BEGINNINGS = ['I am asked: {topic}.', 'The subject: {topic}.', 'What is wanted here: {topic}.', 'So: {topic}.'];
const MIDDLES = [
  'The word that carries most of it is {a}; {b} comes second.',
  'I should look at {a} first and leave {c} for later.',
  'Whatever I say must not lose sight of {a}.',
  'It would be easy to talk about {b} and forget {a}.',
];
const ENDINGS = [
  'A plain answer will do.',
  'I can say that in a few sentences.',
  'Better short and right than long.',
  'That is enough to begin with.',
];
const AFTER_TOOLS = 'The tools have answered, and their words are what counts.';

/** Thinks about the question: the same reading and variant give the same thought. */
export async function composeThought(reading: PromptReading, variant: Variant, hasResults: boolean): Promise<Thought> {
  const pick = variedPicker(`${reading.fingerprint} thought`, variant);
  const fill = fillFrom(reading);
  const text = [pick(BEGINNINGS), pick(MIDDLES), hasResults ? AFTER_TOOLS : pick(ENDINGS)].map(fill).join(' ');
  const pieces = await tokenPieces(text);
  return {
    pieces,
    tokens: pieces.reduce((sum, piece) => sum + piece.tokens, 0),
    isRedacted: /\bredacted thinking\b/i.test(reading.question),
  };
}
