import { join } from 'node:path';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';

/** Recorded requests and answers of each dialect, and what becomes of them in the others. */
export const ROOT = join(__dirname, '..', 'golden', 'translate');
export const FOLDERS: Readonly<Record<ChatDialect, string>> = {
  chat_completions: 'chat-completions',
  anthropic_messages: 'anthropic-messages',
  openai_responses: 'openai-responses',
  gemini_generate_content: 'gemini',
};
export const DIALECTS = Object.keys(FOLDERS) as ChatDialect[];
