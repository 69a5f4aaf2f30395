export type { DialectDescriptor as WireDialect, PathFields } from '../dialects/descriptor.js';
export { ANTHROPIC_MESSAGES } from '../dialects/anthropic-messages/descriptor.js';
export { CHAT_COMPLETIONS } from '../dialects/chat-completions/descriptor.js';
export { DESCRIPTORS as WIRE_DIALECTS } from '../dialects/descriptors.js';
export { EMBEDDINGS } from '../dialects/embeddings/descriptor.js';
export { GEMINI } from '../dialects/gemini/descriptor.js';
export { OPENAI_RESPONSES } from '../dialects/openai-responses/descriptor.js';
export { parseRequest, reading } from '../dialects/reading.js';
