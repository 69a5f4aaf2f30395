import type { Dialect } from '../dialects/dialect.js';
import type { ScannedRequest } from '../dialects/scanned-request.js';
import type { StreamTap } from '../dialects/stream-tap.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import { encodeChatStreamError } from '../dialects/chat-completions/in-band-error.js';
import { readChatRequest } from '../dialects/chat-completions/request-fields.js';
import { RequestFieldError } from '../dialects/request-field-error.js';
import { ChatStreamTap } from '../dialects/chat-completions/stream-tap.js';
import { readChatUsage } from '../dialects/chat-completions/usage.js';
import { GatewayError } from '../errors/gateway-error.js';
import { encodeOpenAiError } from '../errors/openai-envelope.js';
import { JsonSyntaxError } from '../json/scan.js';

const MAX_LINE_BYTES = 16_777_216;

/** One dialect as the data plane uses it: what to read of a request, what to watch in an answer, how to say an error. */
export interface WireDialect {
  readonly name: Dialect;
  /** @throws {GatewayError} invalid_json or invalid_request, naming the field */
  readRequest(body: Buffer): ScannedRequest;
  readUsage(value: unknown): TokenCounts | null;
  createTap(): StreamTap;
  encodeStreamError(error: GatewayError): Buffer;
}

export const CHAT_COMPLETIONS: WireDialect = {
  name: 'chat_completions',
  readRequest: body => reading(() => readChat(body)),
  readUsage: readChatUsage,
  createTap: () => new ChatStreamTap({ maxLineBytes: MAX_LINE_BYTES }),
  encodeStreamError: error => encodeChatStreamError(encodeOpenAiError(error)),
};

function readChat(body: Buffer): ScannedRequest {
  const { scanned, model, stream, maxOutputTokens, n } = readChatRequest(body);
  return {
    body,
    modelField: scanned.fields.get('model') ?? null,
    model,
    stream,
    maxOutputTokens,
    choices: n,
    textBytes: scanned.textBytes,
    blobs: scanned.blobs,
    blobBytes: scanned.blobBytes,
  };
}

function reading<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new GatewayError('invalid_json', { publicMessage: error.message });
    if (error instanceof RequestFieldError) {
      throw new GatewayError('invalid_request', { publicMessage: error.message, param: error.field });
    }
    throw error;
  }
}
