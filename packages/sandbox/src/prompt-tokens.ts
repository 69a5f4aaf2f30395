import type { ChatMessage, ChatRequest } from './chat-request.js';
import { countTokens } from './tokenizer.js';

/** Text up to this many characters is counted exactly; what is beyond is estimated from the density so far. */
const EXACT_CHARS = 256 * 1024;

const TOKENS_PER_MESSAGE = 3;
const TOKENS_FOR_REPLY = 3;
/** What each image, sound and file costs, whatever is in it. */
export const MEDIA_TOKENS = { lowImage: 85, image: 765, audio: 128, file: 1024 };

interface PromptParts {
  texts: string[];
  flatTokens: number;
}

/** Tokens of the whole prompt: messages, tool definitions and response schema. Media cost a flat amount each. */
export async function countPromptTokens(request: ChatRequest): Promise<number> {
  const { texts, flatTokens } = promptParts(request);
  return flatTokens + (await countTextTokens(texts));
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

function promptParts(request: ChatRequest): PromptParts {
  const parts: PromptParts = { texts: [], flatTokens: TOKENS_FOR_REPLY };
  for (const message of request.messages) addMessage(message, parts);
  for (const definition of [request.tools, request.functions, request.response_format]) {
    if (definition !== undefined) parts.texts.push(JSON.stringify(definition));
  }
  return parts;
}

function addMessage(message: ChatMessage, parts: PromptParts): void {
  parts.flatTokens += TOKENS_PER_MESSAGE;
  parts.texts.push(message.role);
  if ('name' in message && message.name !== undefined) parts.texts.push(message.name);
  if (typeof message.content === 'string') parts.texts.push(message.content);
  else for (const part of message.content ?? []) addPart(part, parts);
  if (message.role !== 'assistant') return;
  if (message.tool_calls) parts.texts.push(JSON.stringify(message.tool_calls));
  if (message.function_call) parts.texts.push(JSON.stringify(message.function_call));
}

function addPart(part: Exclude<ChatMessage['content'], string | null | undefined>[number], parts: PromptParts): void {
  if (part.type === 'text') parts.texts.push(part.text);
  else if (part.type === 'refusal') parts.texts.push(part.refusal);
  else if (part.type === 'image_url') {
    parts.flatTokens += part.image_url.detail === 'low' ? MEDIA_TOKENS.lowImage : MEDIA_TOKENS.image;
  } else parts.flatTokens += part.type === 'input_audio' ? MEDIA_TOKENS.audio : MEDIA_TOKENS.file;
}
