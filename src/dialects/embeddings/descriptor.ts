import { GatewayError } from '../../errors/gateway-error.js';
import { encodeOpenAiError } from '../../errors/openai-envelope.js';
import { encodeChatStreamError } from '../chat-completions/descriptor.js';
import type { DialectDescriptor } from '../descriptor.js';
import { reading } from '../reading.js';
import { scannedRequest } from '../wire/request-scan.js';
import { findFailure } from '../wire/answer-failure.js';
import { EMBED_ACTIONS } from '../gemini/paths.js';
import { readEmbedContent } from './embed-content.js';
import { readEmbeddingsRequest } from './request-fields.js';
import { readEmbeddingsUsage } from './usage.js';

export const EMBEDDINGS: DialectDescriptor<'embeddings'> = {
  name: 'embeddings',
  paths: {
    answers: ['v1/embeddings', 'ai-gateway/mlflow/v1/embeddings'],
    counts: [],
    models: [],
    card: '/v1/embeddings',
    errors: [],
  },
  codec: null,
  usageFields: { usage: null },
  modelList: null,
  readRequest: (sent, path) => {
    const asked =
      path !== null && EMBED_ACTIONS.includes(path.action) ? reading(() => readEmbedContent(sent, path)) : null;
    const body = asked?.body ?? sent;
    const { scanned, model, inputs, inputTokensKnown, encodingFormat } = reading(() => readEmbeddingsRequest(body));
    const fields = { model, stream: false, maxOutputTokens: 0, inputTokens: inputTokensKnown, losses: asked?.losses };
    const base64 = encodingFormat === 'base64' ? encodingFormat : undefined;
    return scannedRequest(body, scanned, { ...fields, vectors: inputs, vectorForm: asked?.form ?? base64 });
  },
  takesPricedOptions: false,
  answer: { hasOutputTokens: false, countsSearches: false, showsThinking: false },
  counting: null,
  readUsage: ({ usage }) => readEmbeddingsUsage(usage),
  readState: () => 'ended',
  readFailure: findFailure,
  createTap: () => {
    throw new GatewayError('internal_error', { internal: 'embeddings are never streamed' });
  },
  hideUsage: tap => tap,
  encodeError: encodeOpenAiError,
  encodeStreamError: encodeChatStreamError,
};
