import { encodeGeminiError } from '../../errors/gemini-envelope.js';
import { asObject } from '../../json/value.js';
import { encodeData } from '../../sse/frames.js';
import { type DialectDescriptor, type ListedModel, MAX_LINE_BYTES } from '../descriptor.js';
import { EventTap } from '../event-tap.js';
import type { Codec } from '../neutral/codec.js';
import { reading } from '../reading.js';
import { scannedRequest } from '../wire/request-scan.js';
import { findFailure } from '../wire/answer-failure.js';
import { decodeGeminiRequest } from './decode-request.js';
import { decodeGeminiResponse } from './decode-response.js';
import { GeminiStreamDecoder } from './decode-stream.js';
import { encodeGeminiRequest } from './encode-request.js';
import { encodeGeminiResponse } from './encode-response.js';
import { GeminiStreamEncoder } from './encode-stream.js';
import { ACTIONS, EMBED_ACTIONS, GEMINI_PATHS } from './paths.js';
import { readGeminiRequest } from './request-fields.js';
import { createGeminiObserver } from './stream-observer.js';
import { readGeminiAnswerUsage } from './usage.js';

export const GEMINI_CODEC: Codec = {
  dialect: 'gemini_generate_content',
  toolName: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/,
  saysFailure: false,
  decodeRequest: decodeGeminiRequest,
  encodeRequest: encodeGeminiRequest,
  decodeResponse: decodeGeminiResponse,
  encodeResponse: encodeGeminiResponse,
  createStreamDecoder: () => new GeminiStreamDecoder(),
  createStreamEncoder: options => new GeminiStreamEncoder(options),
};

/** Google's GenerateContent: model and action stand in the path. */
export const GEMINI: DialectDescriptor<'gemini_generate_content'> = {
  name: 'gemini_generate_content',
  paths: GEMINI_PATHS,
  codec: GEMINI_CODEC,
  usageFields: { usageMetadata: null, candidates: ['"webSearchQueries"', '"groundingChunks"'] },
  modelList: {
    dialects: ['gemini_generate_content', 'embeddings'],
    one: listed,
    all: models => ({ models: models.map(listed) }),
  },
  readRequest: (body, path) => {
    const { scanned, maxOutputTokens, candidates, repeatedModels } = reading(() => readGeminiRequest(body));
    const { model = null, stream = false } = path ?? {};
    return scannedRequest(body, scanned, {
      ...{ model, modelField: null, stream, maxOutputTokens, choices: candidates, repeatedModels },
    });
  },
  takesPricedOptions: true,
  answer: { hasOutputTokens: true, countsSearches: true, showsThinking: false },
  counting: {
    // Who counts may wrap the request.
    readable: body => asObject(body['generateContentRequest']) ?? body,
    answer: tokens => ({ totalTokens: tokens }),
  },
  readUsage: readGeminiAnswerUsage,
  readState: () => 'ended',
  readFailure: findFailure,
  createTap: () => new EventTap(createGeminiObserver(), { maxLineBytes: MAX_LINE_BYTES, endsWithoutTerminal: true }),
  hideUsage: tap => tap,
  encodeError: encodeGeminiError,
  encodeStreamError: (error, requestId) => encodeData(JSON.stringify(encodeGeminiError(error, requestId))),
};

function listed(model: ListedModel): object {
  return {
    name: `models/${model.id}`,
    baseModelId: model.id,
    version: model.id,
    displayName: model.name,
    description: '',
    ...(model.contextLength === null ? {} : { inputTokenLimit: model.contextLength }),
    ...(model.maxOutputTokens === null ? {} : { outputTokenLimit: model.maxOutputTokens }),
    supportedGenerationMethods: model.embeds ? EMBED_ACTIONS : ACTIONS,
  };
}
