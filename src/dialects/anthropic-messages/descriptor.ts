import { encodeAnthropicError } from '../../errors/anthropic-envelope.js';
import { encodeNamedData } from '../../sse/frames.js';
import { type DialectDescriptor, type ListedModel, MAX_LINE_BYTES } from '../descriptor.js';
import { EventTap } from '../event-tap.js';
import type { Codec } from '../neutral/codec.js';
import { reading } from '../reading.js';
import { scannedRequest } from '../wire/request-scan.js';
import { findFailure } from '../wire/answer-failure.js';
import { decodeRequest } from './decode-request.js';
import { decodeResponse } from './decode-response.js';
import { MessagesStreamDecoder } from './decode-stream.js';
import { encodeRequest } from './encode-request.js';
import { encodeResponse } from './encode-response.js';
import { MessagesStreamEncoder } from './encode-stream.js';
import { readMessagesRequest } from './request-fields.js';
import { createMessagesObserver } from './stream-observer.js';
import { readMessagesUsage } from './usage.js';

export const ANTHROPIC_MESSAGES_CODEC: Codec = {
  dialect: 'anthropic_messages',
  toolName: /^[a-zA-Z0-9_-]{1,128}$/,
  saysFailure: false,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  createStreamDecoder: () => new MessagesStreamDecoder(),
  createStreamEncoder: options => new MessagesStreamEncoder(options),
};

export const ANTHROPIC_MESSAGES: DialectDescriptor<'anthropic_messages'> = {
  name: 'anthropic_messages',
  paths: {
    answers: ['anthropic/v1/messages', 'ai-gateway/anthropic/v1/messages'],
    counts: ['anthropic/v1/messages/count_tokens', 'ai-gateway/anthropic/v1/messages/count_tokens'],
    models: ['anthropic/v1/models', 'ai-gateway/anthropic/v1/models'],
    card: '/anthropic/v1/messages',
    errors: ['anthropic', 'ai-gateway/anthropic'],
  },
  codec: ANTHROPIC_MESSAGES_CODEC,
  usageFields: { usage: null },
  modelList: {
    dialects: ['anthropic_messages'],
    one: listed,
    all: models => ({
      data: models.map(listed),
      has_more: false,
      first_id: models[0]?.id ?? null,
      last_id: models.at(-1)?.id ?? null,
    }),
  },
  readRequest: body => {
    const { scanned, ...fields } = reading(() => readMessagesRequest(body));
    return scannedRequest(body, scanned, fields);
  },
  takesPricedOptions: true,
  answer: { hasOutputTokens: true, countsSearches: true, showsThinking: true },
  counting: {
    // A count is asked for without the bound that an answer needs.
    readable: body => ({ max_tokens: 1, ...body }),
    answer: tokens => ({ input_tokens: tokens }),
  },
  readUsage: ({ usage }) => readMessagesUsage(usage),
  readState: () => 'ended',
  readFailure: findFailure,
  createTap: () => new EventTap(createMessagesObserver(), { maxLineBytes: MAX_LINE_BYTES, endsWithoutTerminal: false }),
  hideUsage: tap => tap,
  encodeError: encodeAnthropicError,
  encodeStreamError: (error, requestId) =>
    encodeNamedData('error', JSON.stringify(encodeAnthropicError(error, requestId))),
};

function listed(model: ListedModel): object {
  return {
    type: 'model',
    id: model.id,
    display_name: model.name,
    created_at: new Date(model.releasedAt * 1000).toISOString(),
    max_input_tokens: model.contextLength,
    max_tokens: model.maxOutputTokens,
  };
}
