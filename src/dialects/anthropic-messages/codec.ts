import type { Codec } from '../neutral/codec.js';
import { decodeMessagesRequest } from './decode-request.js';
import { decodeMessagesAnswer } from './decode-response.js';
import { MessagesStreamDecoder } from './decode-stream.js';
import { encodeMessagesRequest } from './encode-request.js';
import { encodeMessagesAnswer } from './encode-response.js';
import { MessagesStreamEncoder } from './encode-stream.js';

/** Anthropic Messages, both ways (docs/dialects.md). */
export const ANTHROPIC_MESSAGES_CODEC: Codec = {
  dialect: 'anthropic_messages',
  decodeRequest: decodeMessagesRequest,
  encodeRequest: encodeMessagesRequest,
  decodeResponse: decodeMessagesAnswer,
  encodeResponse: encodeMessagesAnswer,
  createStreamDecoder: () => new MessagesStreamDecoder(),
  createStreamEncoder: options => new MessagesStreamEncoder(options),
};
