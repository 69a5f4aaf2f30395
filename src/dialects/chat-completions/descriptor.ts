import type { GatewayError } from '../../errors/gateway-error.js';
import { encodeOpenAiError } from '../../errors/openai-envelope.js';
import { encodeData } from '../../sse/frames.js';
import { type DialectDescriptor, MAX_LINE_BYTES } from '../descriptor.js';
import type { Codec } from '../neutral/codec.js';
import { reading } from '../reading.js';
import { scannedRequest } from '../wire/request-scan.js';
import { findChatFailure } from '../wire/answer-failure.js';
import { decodeChatRequest } from './decode-request.js';
import { decodeChatResponse } from './decode-response.js';
import { ChatStreamDecoder } from './decode-stream.js';
import { encodeChatRequest } from './encode-request.js';
import { encodeChatResponse } from './encode-response.js';
import { ChatStreamEncoder } from './encode-stream.js';
import { HiddenUsageTap } from './hidden-usage-tap.js';
import { readChatRequest } from './request-fields.js';
import { ChatStreamTap } from './stream-tap.js';
import { readChatAnswerUsage } from './usage.js';

/** OpenAI Chat Completions, with what gateways and open-weight servers add to it. */
export const CHAT_COMPLETIONS_CODEC: Codec = {
  dialect: 'chat_completions',
  toolName: /^[a-zA-Z0-9_-]{1,64}$/,
  saysFailure: false,
  decodeRequest: decodeChatRequest,
  encodeRequest: encodeChatRequest,
  decodeResponse: decodeChatResponse,
  encodeResponse: encodeChatResponse,
  createStreamDecoder: () => new ChatStreamDecoder(),
  createStreamEncoder: options => new ChatStreamEncoder(options),
};

export const CHAT_COMPLETIONS: DialectDescriptor<'chat_completions'> = {
  name: 'chat_completions',
  paths: {
    answers: ['v1/chat/completions', 'ai-gateway/mlflow/v1/chat/completions'],
    counts: [],
    models: ['v1/models', 'ai-gateway/mlflow/v1/models'],
    card: '/v1/chat/completions',
    errors: [],
  },
  codec: CHAT_COMPLETIONS_CODEC,
  usageFields: { usage: null, service_tier: null },
  modelList: null,
  readRequest: body => {
    const { scanned, model, stream, maxOutputTokens, n: choices, includeUsage } = reading(() => readChatRequest(body));
    const isUnasked = stream && !includeUsage;
    const unaskedUsage = isUnasked ? { streamOptions: scanned.fields.get('stream_options') ?? null } : undefined;
    return scannedRequest(body, scanned, { model, stream, maxOutputTokens, choices, unaskedUsage });
  },
  takesPricedOptions: true,
  answer: { hasOutputTokens: true, countsSearches: false, showsThinking: false },
  counting: null,
  readUsage: readChatAnswerUsage,
  readState: () => 'ended',
  readFailure: findChatFailure,
  createTap: () => new ChatStreamTap({ maxLineBytes: MAX_LINE_BYTES }),
  hideUsage: tap => new HiddenUsageTap(tap, MAX_LINE_BYTES),
  encodeError: encodeOpenAiError,
  encodeStreamError: encodeChatStreamError,
};

/** A failure after the first byte, as the dialect's own error event. */
export function encodeChatStreamError(error: GatewayError): Buffer {
  return encodeData(JSON.stringify(encodeOpenAiError(error)));
}
