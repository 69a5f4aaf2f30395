import type { Codec } from '../neutral/codec.js';
import { decodeResponsesRequest } from './decode-request.js';
import { decodeResponsesAnswer } from './decode-response.js';
import { ResponsesStreamDecoder } from './decode-stream.js';
import { encodeResponsesRequest } from './encode-request.js';
import { encodeResponsesAnswer } from './encode-response.js';
import { ResponsesStreamEncoder } from './encode-stream.js';

/** OpenAI Responses, both ways (docs/dialects.md). Stateless: nothing here refers to an answer that somebody keeps. */
export const OPENAI_RESPONSES_CODEC: Codec = {
  dialect: 'openai_responses',
  decodeRequest: decodeResponsesRequest,
  encodeRequest: encodeResponsesRequest,
  decodeResponse: decodeResponsesAnswer,
  encodeResponse: encodeResponsesAnswer,
  createStreamDecoder: () => new ResponsesStreamDecoder(),
  createStreamEncoder: options => new ResponsesStreamEncoder(options),
};
