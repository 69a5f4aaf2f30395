import type { GatewayError } from './gateway-error.js';
import { encodeOpenAiError, type OpenAiErrorBody } from './openai-envelope.js';

/**
 * Anthropic's names for what a status means; the vendor's SDK and its agents branch on them. Of the others, what is below
 * 500 is `invalid_request_error` and the rest `api_error`.
 */
const TYPE_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  529: 'overloaded_error',
};

/** What Anthropic's SDK acts on where this field is refused: without threads it sends the whole conversation itself. */
const DETAILS_OF_PARAM: Readonly<Record<string, object>> = {
  thread: { error_code: 'thread_unsupported_request' },
};

export interface AnthropicErrorBody extends OpenAiErrorBody {
  type: 'error';
  request_id: string;
}

/** The gateway's envelope with Anthropic's frame around it (docs/contract.md, rule 1). */
export function encodeAnthropicError(error: GatewayError, requestId: string): AnthropicErrorBody {
  const body = encodeOpenAiError(error);
  const type =
    error.code === 'upstream_overloaded'
      ? 'overloaded_error'
      : (TYPE_OF_STATUS[error.status] ?? (error.status < 500 ? 'invalid_request_error' : 'api_error'));
  const details = DETAILS_OF_PARAM[error.param ?? ''];
  return {
    type: 'error',
    ...body,
    error: { ...body.error, type, ...(details !== undefined && { details }) },
    request_id: requestId,
  };
}
