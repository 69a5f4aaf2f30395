import type { GatewayError } from './gateway-error.js';
import { encodeOpenAiError } from './openai-envelope.js';

/**
 * google.rpc.Code by HTTP status (cloud.google.com/apis/design/errors). Of the others, what is below 500 is the argument's
 * fault and the rest is internal: a client can do nothing with UNKNOWN.
 */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export interface GeminiErrorBody {
  error: { code: number; message: string; status: string; type: string; details: object[] };
  error_code?: string;
  message?: string;
}

/** Google's form of an error: `code` is the HTTP status there, ours stands in `details` (docs/contract.md, rule 1). */
export function encodeGeminiError(error: GatewayError, requestId: string): GeminiErrorBody {
  const { error: nested, ...flat } = encodeOpenAiError(error);
  const reason = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: nested.code, domain: 'bough' };
  const served = { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId };
  const status = STATUS_NAMES[error.status] ?? (error.status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');
  const details = [reason, served, ...retryInfo(error)];
  return { error: { code: error.status, message: nested.message, status, type: nested.type, details }, ...flat };
}

function retryInfo({ retryAfterSeconds }: GatewayError): object[] {
  if (retryAfterSeconds === undefined) return [];
  return [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterSeconds}s` }];
}
