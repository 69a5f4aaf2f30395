import { ANTHROPIC_MESSAGES } from './anthropic-messages/descriptor.js';
import { CHAT_COMPLETIONS } from './chat-completions/descriptor.js';
import type { DialectDescriptor } from './descriptor.js';
import type { Dialect } from './dialect.js';
import { EMBEDDINGS } from './embeddings/descriptor.js';
import { GEMINI } from './gemini/descriptor.js';
import { OPENAI_RESPONSES } from './openai-responses/descriptor.js';

export const DESCRIPTORS: { readonly [Name in Dialect]: DialectDescriptor<Name> } = {
  chat_completions: CHAT_COMPLETIONS,
  anthropic_messages: ANTHROPIC_MESSAGES,
  openai_responses: OPENAI_RESPONSES,
  gemini_generate_content: GEMINI,
  embeddings: EMBEDDINGS,
};
