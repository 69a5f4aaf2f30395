import { createHash } from 'node:crypto';
import { ownTexts, spokenTurns, textsOf, type Turn } from '../conversation.js';

/** Longer questions are read at their beginning and their end only: nobody's meaning hides in the 40th megabyte. */
const READ_CHARS = 2 * 1024;
const MAX_KEYWORDS = 24;
const MAX_NUMBERS = 64;

/** What the sandbox understands of a prompt: its words, no more. */
export interface PromptReading {
  /** The last thing the user said: whole, and its two ends when it is long. */
  lastText: string;
  question: string;
  /** The question's telling words, most telling first, as they were written. */
  keywords: string[];
  numbers: number[];
  /** Images, sounds and files beside the question. */
  attachments: number;
  /** Differs whenever the conversation differs. */
  fingerprint: string;
}

const COMMON_WORDS = new Set(
  (
    'a about after again all also an and any are as ask at be because been before but by call can could describe did do ' +
    'does each every exactly explain for from get give go had has have hello her here his how i if in into is it its just ' +
    'let like list make many may me more most much must my need no not now of on one only or other our out over please ' +
    'reply say sentence she should show so some such tell than that the their them then there these they this those to ' +
    'tool two up us use using very want was we were what when where which while who why will with word words would write ' +
    'you your'
  ).split(' '),
);

export function readPrompt(turns: readonly Turn[]): PromptReading {
  const isUsers = ({ role }: Turn): boolean => role === 'user';
  const asked = spokenTurns(turns).findLast(isUsers) ?? turns.findLast(isUsers);
  const lastText = asked === undefined ? '' : ownTexts(asked).join('\n') || textsOf(asked).join('\n');
  const question = ends(lastText);
  const numbers = [...question.matchAll(/(?<![\w.-])-?\d{1,15}(?:\.\d{1,6})?(?![\w-])/g)];
  return {
    lastText,
    question,
    keywords: keywordsOf(question),
    numbers: numbers.slice(0, MAX_NUMBERS).map(([number]) => Number(number)),
    attachments: (asked?.parts ?? []).filter(part => typeof part !== 'string').length,
    fingerprint: fingerprintOf(turns),
  };
}

function ends(text: string): string {
  if (text.length <= 2 * READ_CHARS) return text;
  return `${text.slice(0, READ_CHARS)}\n${text.slice(-READ_CHARS)}`;
}

function keywordsOf(question: string): string[] {
  const seen = new Map<string, string>();
  for (const [word] of question.matchAll(/[\p{L}\p{N}][\p{L}\p{N}_'’-]{1,63}/gu)) {
    const lower = word.toLowerCase();
    if (!COMMON_WORDS.has(lower) && !seen.has(lower)) seen.set(lower, word);
    if (seen.size === MAX_KEYWORDS) break;
  }
  // A word with a digit in it is an id or a version, which a reader looks for first.
  const telling = (word: string): number => (/\d/.test(word) ? 0 : /^\p{Lu}/u.test(word) ? 1 : 2);
  return [...seen.values()].toSorted((left, right) => telling(left) - telling(right));
}

function fingerprintOf(turns: readonly Turn[]): string {
  const hash = createHash('sha256');
  for (const said of turns) {
    const text = textsOf(said).join('\n');
    hash.update(`\n${said.role} ${said.parts.length} ${text.length} ${ends(text)}`);
    hash.update(said.result?.callId ?? '');
  }
  return hash.digest('hex');
}
