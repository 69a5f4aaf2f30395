import type { AnswerState } from '../dialects/answer-state.js';
import { ANTHROPIC_MESSAGES_CODEC } from '../dialects/anthropic-messages/codec.js';
import { readMessagesRequest } from '../dialects/anthropic-messages/request-fields.js';
import { createMessagesObserver } from '../dialects/anthropic-messages/stream-observer.js';
import { readMessagesUsage } from '../dialects/anthropic-messages/usage.js';
import { CHAT_COMPLETIONS_CODEC } from '../dialects/chat-completions/codec.js';
import { encodeChatStreamError } from '../dialects/chat-completions/in-band-error.js';
import { readChatRequest } from '../dialects/chat-completions/request-fields.js';
import { ChatStreamTap } from '../dialects/chat-completions/stream-tap.js';
import { readChatAnswerUsage } from '../dialects/chat-completions/usage.js';
import type { Dialect } from '../dialects/dialect.js';
import { readEmbeddingsRequest } from '../dialects/embeddings/request-fields.js';
import { readEmbeddingsUsage } from '../dialects/embeddings/usage.js';
import { EventTap } from '../dialects/event-tap.js';
import { GEMINI_CODEC } from '../dialects/gemini/codec.js';
import { readGeminiRequest } from '../dialects/gemini/request-fields.js';
import { createGeminiObserver } from '../dialects/gemini/stream-observer.js';
import { readGeminiAnswerUsage } from '../dialects/gemini/usage.js';
import type { Codec } from '../dialects/neutral/codec.js';
import { readResponsesState } from '../dialects/openai-responses/finish-reason.js';
import { OPENAI_RESPONSES_CODEC } from '../dialects/openai-responses/codec.js';
import { readResponsesRequest } from '../dialects/openai-responses/request-fields.js';
import { createResponsesObserver } from '../dialects/openai-responses/stream-observer.js';
import { readResponsesAnswerUsage } from '../dialects/openai-responses/usage.js';
import { RequestFieldError } from '../dialects/request-field-error.js';
import type { ScannedRequest } from '../dialects/scanned-request.js';
import type { StreamObserver } from '../dialects/stream-observer.js';
import type { StreamTap } from '../dialects/stream-tap.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import type { UsageFields } from '../dialects/usage-fields.js';
import { encodeAnthropicError } from '../errors/anthropic-envelope.js';
import { GatewayError } from '../errors/gateway-error.js';
import { encodeGeminiError } from '../errors/gemini-envelope.js';
import { encodeOpenAiError } from '../errors/openai-envelope.js';
import { JsonSyntaxError, NotAnObjectError, type ScannedObject, StructureError } from '../json/scan.js';
import { NO_JSON_STRING } from '../json/string-walker.js';
import type { JsonObject } from '../json/value.js';
import { encodeData, encodeNamedData } from '../sse/frames.js';

const MAX_LINE_BYTES = 16_777_216;

/** What a path says of a request, where the dialect says it there. */
export interface PathFields {
  readonly model: string;
  readonly action: string;
  readonly stream: boolean;
  /** the stream is to come as one JSON array, and not as server-sent events */
  readonly jsonArray: boolean;
}

/** One dialect as the data plane uses it: what to read of a request, what to watch in an answer, how to say an error. */
export interface WireDialect {
  readonly name: Dialect;
  /** null where nothing is translated: embeddings */
  readonly codec: Codec | null;
  readonly usageFields: UsageFields;
  /** @throws {GatewayError} invalid_json or invalid_request, naming the field */
  readRequest(body: Buffer, path: PathFields | null): ScannedRequest;
  /** of a whole answer, or of as many of its `usageFields` as were found */
  readUsage(answer: Readonly<Record<string, unknown>>): TokenCounts | null;
  /** what a whole answer says of the work behind it; absent where a dialect only has answers that are over */
  readonly readState?: (body: Buffer) => AnswerState;
  createTap(): StreamTap;
  encodeError(error: GatewayError, requestId: string): object;
  encodeStreamError(error: GatewayError, requestId: string): Buffer;
}

/** The vendor's own tools that are paid for each time. */
const TOOL_CALLS = ['"web_search_call"', '"file_search_call"', '"code_interpreter_call"'];

const openAiStreamError = (error: GatewayError) => encodeChatStreamError(encodeOpenAiError(error));

export const CHAT_COMPLETIONS: WireDialect = {
  name: 'chat_completions',
  codec: CHAT_COMPLETIONS_CODEC,
  usageFields: { usage: null, service_tier: null },
  readRequest: body => {
    const { scanned, n, ...fields } = reading(() => readChatRequest(body));
    const read = scannedRequest(body, scanned, { ...fields, choices: n });
    if (!fields.stream || fields.includeUsage) return read;
    const streamOptions = scanned.fields.get('stream_options') ?? null;
    return { ...read, unaskedUsage: { streamOptions } };
  },
  readUsage: readChatAnswerUsage,
  createTap: () => new ChatStreamTap({ maxLineBytes: MAX_LINE_BYTES }),
  encodeError: encodeOpenAiError,
  encodeStreamError: openAiStreamError,
};

export const ANTHROPIC_MESSAGES: WireDialect = {
  name: 'anthropic_messages',
  codec: ANTHROPIC_MESSAGES_CODEC,
  usageFields: { usage: null },
  readRequest: body => {
    const { scanned, ...fields } = reading(() => readMessagesRequest(body));
    return scannedRequest(body, scanned, fields);
  },
  readUsage: ({ usage }) => readMessagesUsage(usage),
  createTap: () => eventTap(createMessagesObserver()),
  encodeError: encodeAnthropicError,
  encodeStreamError: (error, requestId) =>
    encodeNamedData('error', JSON.stringify(encodeAnthropicError(error, requestId))),
};

export const OPENAI_RESPONSES: WireDialect = {
  name: 'openai_responses',
  codec: OPENAI_RESPONSES_CODEC,
  usageFields: { usage: null, service_tier: null, tool_usage: null, output: TOOL_CALLS },
  readRequest: body => {
    const { scanned, ...fields } = reading(() => readResponsesRequest(body));
    return scannedRequest(body, scanned, fields);
  },
  readUsage: readResponsesAnswerUsage,
  readState: readResponsesState,
  createTap: () => eventTap(createResponsesObserver()),
  encodeError: encodeOpenAiError,
  encodeStreamError: error => {
    const { error: nested } = encodeOpenAiError(error);
    const { message, code, param } = nested;
    // The vendor's event is flat; its SDK throws what it finds there.
    return encodeNamedData('error', JSON.stringify({ type: 'error', code, message, param, sequence_number: 0 }));
  },
};

export const GEMINI: WireDialect = {
  name: 'gemini_generate_content',
  codec: GEMINI_CODEC,
  usageFields: { usageMetadata: null, candidates: ['"webSearchQueries"'] },
  readRequest: (body, path) => {
    const { scanned, maxOutputTokens, candidates, repeatedModels } = reading(() => readGeminiRequest(body));
    const read = scannedRequest(body, scanned, {
      model: path?.model ?? null,
      modelInPath: true,
      stream: path?.stream ?? false,
      maxOutputTokens,
      choices: candidates ?? 1,
    });
    return { ...read, repeatedModels };
  },
  readUsage: readGeminiAnswerUsage,
  createTap: () => eventTap(createGeminiObserver(), true),
  encodeError: encodeGeminiError,
  encodeStreamError: (error, requestId) => encodeData(JSON.stringify(encodeGeminiError(error, requestId))),
};

export const EMBEDDINGS: WireDialect = {
  name: 'embeddings',
  codec: null,
  usageFields: { usage: null },
  readRequest: body => {
    const { scanned, model, inputTokensKnown, encodingFormat } = reading(() => readEmbeddingsRequest(body));
    const fields = { model, stream: false, maxOutputTokens: 0, inputTokens: inputTokensKnown };
    return { ...scannedRequest(body, scanned, fields), wantsBase64: encodingFormat === 'base64' };
  },
  readUsage: ({ usage }) => readEmbeddingsUsage(usage),
  createTap: () => {
    throw new GatewayError('internal_error', { internal: 'embeddings are never streamed' });
  },
  encodeError: encodeOpenAiError,
  encodeStreamError: openAiStreamError,
};

export const WIRE_DIALECTS: Readonly<Record<Dialect, WireDialect>> = {
  chat_completions: CHAT_COMPLETIONS,
  anthropic_messages: ANTHROPIC_MESSAGES,
  openai_responses: OPENAI_RESPONSES,
  gemini_generate_content: GEMINI,
  embeddings: EMBEDDINGS,
};

function eventTap(observer: StreamObserver, endsWithoutTerminal = false): StreamTap {
  return new EventTap(observer, { maxLineBytes: MAX_LINE_BYTES, endsWithoutTerminal });
}

interface ReadFields {
  readonly model: string | null;
  readonly modelInPath?: boolean;
  readonly stream: boolean;
  readonly maxOutputTokens: number | null;
  readonly choices?: number;
  readonly inputTokens?: number | null;
}

function scannedRequest(body: Buffer, scanned: ScannedObject, fields: ReadFields): ScannedRequest {
  return {
    body,
    modelField: fields.modelInPath === true ? null : (scanned.fields.get('model') ?? null),
    fields: scanned.fields,
    model: fields.model,
    stream: fields.stream,
    maxOutputTokens: fields.maxOutputTokens,
    choices: fields.choices ?? 1,
    inputTokens: fields.inputTokens ?? null,
    textBytes: scanned.textBytes,
    blobs: scanned.blobs,
    blobBytes: scanned.blobBytes,
    suspicious: scanned.suspicious,
    documentBytes: scanned.documentBytes,
  };
}

/**
 * The request's body as an object. The scan has looked at all of it but the ends of long strings.
 * @throws {GatewayError} invalid_json
 */
export function parseRequest(body: Uint8Array): JsonObject {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  try {
    return JSON.parse(text) as JsonObject;
  } catch (cause) {
    const publicMessage = `the request body is not a valid JSON object: ${NO_JSON_STRING}`;
    throw new GatewayError('invalid_json', { publicMessage, cause });
  }
}

/** What the pure readers throw, as the caller's error. */
export function reading<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotAnObjectError || error instanceof StructureError) {
      throw new GatewayError('invalid_request', { publicMessage: error.message });
    }
    if (error instanceof JsonSyntaxError) throw new GatewayError('invalid_json', { publicMessage: error.message });
    if (error instanceof RequestFieldError) {
      throw new GatewayError('invalid_request', { publicMessage: error.message, param: error.field });
    }
    throw error;
  }
}
