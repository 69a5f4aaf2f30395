import { encodeOpenAiError } from '../../errors/openai-envelope.js';
import { encodeNamedData } from '../../sse/frames.js';
import { type DialectDescriptor, type ListedModel, MAX_LINE_BYTES } from '../descriptor.js';
import { EventTap } from '../event-tap.js';
import type { Codec } from '../neutral/codec.js';
import { reading } from '../reading.js';
import { scannedRequest } from '../wire/request-scan.js';
import { findFailure } from '../wire/answer-failure.js';
import { decodeResponsesRequest } from './decode-request.js';
import { decodeResponsesAnswer } from './decode-response.js';
import { ResponsesStreamDecoder } from './decode-stream.js';
import { encodeResponsesRequest } from './encode-request.js';
import { encodeResponsesAnswer } from './encode-response.js';
import { ResponsesStreamEncoder } from './encode-stream.js';
import { readResponsesState } from './finish-reason.js';
import { readResponsesRequest } from './request-fields.js';
import { createResponsesObserver } from './stream-observer.js';
import { readResponsesAnswerUsage } from './usage.js';

/** Stateless: nothing here refers to an answer that somebody keeps (docs/dialects.md). */
const OPENAI_RESPONSES_CODEC: Codec = {
  dialect: 'openai_responses',
  toolName: /^[a-zA-Z0-9_-]{1,64}$/,
  saysFailure: true,
  decodeRequest: decodeResponsesRequest,
  encodeRequest: encodeResponsesRequest,
  decodeResponse: decodeResponsesAnswer,
  encodeResponse: encodeResponsesAnswer,
  createStreamDecoder: () => new ResponsesStreamDecoder(),
  createStreamEncoder: options => new ResponsesStreamEncoder(options),
};

/** The vendor's own tools that are paid for each time. */
const TOOL_CALLS = [
  '"web_search_call"',
  '"file_search_call"',
  '"code_interpreter_call"',
  '"image_generation_call"',
  '"shell_call"',
];

export const OPENAI_RESPONSES: DialectDescriptor<'openai_responses'> = {
  name: 'openai_responses',
  paths: {
    answers: ['openai/v1/responses', 'ai-gateway/openai/v1/responses'],
    counts: [],
    models: ['openai/v1/models', 'ai-gateway/openai/v1/models'],
    card: '/openai/v1/responses',
    errors: [],
  },
  codec: OPENAI_RESPONSES_CODEC,
  usageFields: { usage: null, service_tier: null, tool_usage: null, output: TOOL_CALLS },
  modelList: {
    dialects: ['openai_responses'],
    one: listed,
    all: models => ({ object: 'list', data: models.map(listed) }),
  },
  readRequest: body => {
    const { scanned, ...fields } = reading(() => readResponsesRequest(body));
    return scannedRequest(body, scanned, fields);
  },
  takesPricedOptions: true,
  answer: { hasOutputTokens: true, countsSearches: true, showsThinking: false },
  counting: null,
  readUsage: readResponsesAnswerUsage,
  readState: readResponsesState,
  readFailure: findFailure,
  createTap: () =>
    new EventTap(createResponsesObserver(), { maxLineBytes: MAX_LINE_BYTES, endsWithoutTerminal: false }),
  hideUsage: tap => tap,
  encodeError: encodeOpenAiError,
  encodeStreamError: (error, _, sequence = 0) => {
    const { message, code, param } = encodeOpenAiError(error).error;
    // The vendor's event is flat; its SDK throws what it finds there.
    return encodeNamedData('error', JSON.stringify({ type: 'error', code, message, param, sequence_number: sequence }));
  },
};

function listed({ id, releasedAt, ownedBy }: ListedModel): object {
  return { id, object: 'model', created: releasedAt, owned_by: ownedBy };
}
