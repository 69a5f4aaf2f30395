import type { Codec } from '../neutral/codec.js';
import { decodeChatRequest } from './decode-request.js';
import { decodeChatResponse } from './decode-response.js';
import { ChatStreamDecoder } from './decode-stream.js';
import { encodeChatRequest } from './encode-request.js';
import { encodeChatResponse } from './encode-response.js';
import { ChatStreamEncoder } from './encode-stream.js';

/** OpenAI Chat Completions, with what gateways and open-weight servers add to it. */
export const CHAT_COMPLETIONS_CODEC: Codec = {
  dialect: 'chat_completions',
  decodeRequest: decodeChatRequest,
  encodeRequest: encodeChatRequest,
  decodeResponse: decodeChatResponse,
  encodeResponse: encodeChatResponse,
  createStreamDecoder: () => new ChatStreamDecoder(),
  createStreamEncoder: options => new ChatStreamEncoder(options),
};
