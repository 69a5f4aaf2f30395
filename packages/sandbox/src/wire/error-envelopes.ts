import type { FaultPlan } from '../faults/fault-plan.js';
import type { WireError } from './request-refusal.js';

/** Puts an error into the envelope of one vendor. */
export type ErrorEncoder = (error: WireError, requestId: string) => object;

/** The envelope a caller of this path expects, also when there is nothing at the path. */
export function errorEncoderOf(path: string): ErrorEncoder {
  if (path.startsWith('/anthropic/')) return encodeAnthropicError;
  return path.startsWith('/gemini/') ? encodeGoogleError : encodeOpenAiError;
}

/** The `type` and `code` OpenAI writes beside a status, so that clients which branch on them see what they would see there. */
const OPENAI_TYPES: Record<number, [type: string, code: string | null]> = {
  401: ['authentication_error', 'invalid_api_key'],
  403: ['permission_error', null],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['rate_limit_error', 'rate_limit_exceeded'],
};

/** What a fault says of a failure in the middle of a stream. */
export function failureOf({ message, code }: FaultPlan): WireError {
  const usual = 'The server had an error while processing your request.';
  return { status: 500, message: message ?? usual, param: null, code: code ?? null };
}

export function encodeOpenAiError({ status, message, param, code, details }: WireError): object {
  const [type, usual] = OPENAI_TYPES[status] ?? [status >= 500 ? 'server_error' : 'invalid_request_error', null];
  return { error: { message, type, param, code: code ?? usual, ...(details && { details }) } };
}

const ANTHROPIC_TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};

function encodeAnthropicError(error: WireError, requestId: string): object {
  return { ...encodeAnthropicFailure(error), request_id: requestId };
}

/** Inside a stream. A code that is one of Anthropic's own types takes the place of the one that goes with the status. */
export function encodeAnthropicFailure({ status, message, code, details }: WireError): object {
  const usual = ANTHROPIC_TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  const type = code !== null && Object.values(ANTHROPIC_TYPES).includes(code) ? code : usual;
  return { type: 'error', error: { type, message, ...(details && { details }) } };
}

const GOOGLE_STATUSES: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** A code in capitals is a status of Google's and takes the place of the one that goes with the number. */
export function encodeGoogleError({ status, message, param, code, details = [] }: WireError): object {
  const usual = GOOGLE_STATUSES[status] ?? (status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT');
  const violations = param === null ? [] : [badRequest(param, message)];
  const all = [...violations, ...details];
  return {
    error: {
      code: status,
      message,
      status: code !== null && /^[A-Z_]+$/.test(code) ? code : usual,
      ...(all.length > 0 && { details: all }),
    },
  };
}

function badRequest(field: string, description: string): object {
  return { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description }] };
}
