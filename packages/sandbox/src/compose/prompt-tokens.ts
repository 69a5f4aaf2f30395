import type { Conversation } from '../conversation.js';
import { countTokens } from './tokenizer.js';

/** Text up to this many characters is counted exactly; what is beyond is estimated from the density so far. */
const EXACT_CHARS = 256 * 1024;

const TOKENS_PER_MESSAGE = 3;
const TOKENS_FOR_REPLY = 3;

/** Tokens of the whole prompt: turns, tool definitions and schemas. Media cost a flat amount each. */
export async function countPromptTokens({ turns, definitions }: Conversation): Promise<number> {
  let flat = TOKENS_FOR_REPLY + TOKENS_PER_MESSAGE * turns.length;
  const texts: string[] = [];
  for (const { role, parts, calls } of turns) {
    texts.push(role);
    for (const part of parts) {
      if (typeof part === 'string') texts.push(part);
      else flat += part.tokens;
    }
    if (calls.length > 0) texts.push(JSON.stringify(calls));
  }
  for (const definition of definitions) if (definition != null) texts.push(JSON.stringify(definition));
  return flat + (await countTextTokens(texts));
}

/** Tokens of all the texts together. */
export async function countTextTokens(texts: readonly string[]): Promise<number> {
  let exactChars = 0;
  let exactTokens = 0;
  let otherChars = 0;
  for (const text of texts) {
    const exact = text.slice(0, EXACT_CHARS - exactChars);
    if (exact.length > 0) exactTokens += await countTokens(exact);
    exactChars += exact.length;
    otherChars += text.length - exact.length;
  }
  const estimated = exactChars === 0 ? 0 : Math.ceil((otherChars * exactTokens) / exactChars);
  return exactTokens + estimated;
}
