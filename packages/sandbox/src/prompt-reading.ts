import { createHash } from 'node:crypto';
import type { ChatMessage } from './chat-request.js';

/** Longer questions are read at their beginning and their end only: nobody's meaning hides in the 40th megabyte. */
const READ_CHARS = 2 * 1024;
/** What is in quotes, and how many numbers are looked at. */
const MAX_FINDINGS = 64;

/** What the sandbox understands of a prompt: its words, no more. */
export interface PromptReading {
  /** The last thing the user said: whole, and its two ends when it is long. */
  lastText: string;
  question: string;
  /** The question's telling words, most telling first, as they were written. */
  keywords: string[];
  /** Capitalised names that do not merely begin a sentence. */
  names: string[];
  quoted: string[];
  numbers: number[];
  /** Images, sounds and files beside the question. */
  attachments: number;
  /** Differs whenever the conversation differs. */
  fingerprint: string;
}

const COMMON_WORDS = new Set(
  (
    'a about after again all also an and any are as ask at be because been before but by can call could describe did ' +
    'do does each every exactly explain for from function get give go had has have hello her here his how i if in into ' +
    'is it its just let like list make many may me more most much must my need no not now of on one only or other our ' +
    'out over please reply say sentence she should show so some such tell than that the their them then there these ' +
    'they this those to tool two up us use using very want was we were what when where which while who why will with ' +
    'word words would write you your'
  ).split(' '),
);

export function isCommonWord(word: string): boolean {
  return word.length < 2 || COMMON_WORDS.has(word.toLowerCase());
}

export function readPrompt(messages: readonly ChatMessage[]): PromptReading {
  const asked = messages.findLast(message => message.role === 'user');
  const lastText = asked === undefined ? '' : textOf(asked);
  const question = ends(lastText);
  const parts = asked !== undefined && Array.isArray(asked.content) ? asked.content : [];
  return {
    lastText,
    question,
    keywords: keywordsOf(question),
    names: namesOf(question),
    quoted: [...question.matchAll(/"([^"\n]{1,200})"|“([^”\n]{1,200})”|`([^`\n]{1,200})`/g)]
      .slice(0, MAX_FINDINGS)
      .map(found => found[1] ?? found[2] ?? found[3]),
    numbers: [...question.matchAll(/(?<![\w.-])-?\d{1,15}(?:\.\d{1,6})?(?![\w-])/g)]
      .slice(0, MAX_FINDINGS)
      .map(found => Number(found[0])),
    attachments: parts.filter(part => part.type !== 'text').length,
    fingerprint: fingerprintOf(messages),
  };
}

/** The text of a message; media and refusals left out. */
export function textOf(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).flatMap(part => (part.type === 'text' ? [part.text] : [])).join('\n');
}

function ends(text: string): string {
  if (text.length <= 2 * READ_CHARS) return text;
  return `${text.slice(0, READ_CHARS)}\n${text.slice(-READ_CHARS)}`;
}

function keywordsOf(question: string): string[] {
  const seen = new Map<string, string>();
  for (const [word] of question.matchAll(/[\p{L}\p{N}][\p{L}\p{N}_'’-]{0,63}/gu)) {
    if (!isCommonWord(word) && !seen.has(word.toLowerCase())) seen.set(word.toLowerCase(), word);
    if (seen.size === 24) break;
  }
  // A word with a digit in it is an id or a version, which a reader looks for first.
  const words = [...seen.values()];
  const telling = (word: string): number => (/\d/.test(word) ? 0 : /^\p{Lu}/u.test(word) ? 1 : 2);
  return words.toSorted((left, right) => telling(left) - telling(right));
}

function namesOf(question: string): string[] {
  const names = [...question.matchAll(/(?<![.!?]\s|^|\n)\b\p{Lu}[\p{L}\p{N}-]*(?: \p{Lu}[\p{L}\p{N}-]*){0,3}/gu)].map(
    found => found[0],
  );
  return [...new Set(names)].filter(name => !isCommonWord(name)).slice(0, 16);
}

function fingerprintOf(messages: readonly ChatMessage[]): string {
  const hash = createHash('sha256');
  for (const message of messages) {
    const text = textOf(message);
    hash.update(`\n${message.role} ${text.length} ${ends(text)}`);
    if (Array.isArray(message.content)) hash.update(` ${message.content.map(part => part.type).join(' ')}`);
    if (message.role === 'tool') hash.update(message.tool_call_id);
  }
  return hash.digest('hex');
}
