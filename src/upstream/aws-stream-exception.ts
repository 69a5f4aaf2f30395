import { ERROR_TABLE, type ErrorCode } from '../errors/error-table.js';
import { encodeNamedData } from '../sse/frames.js';
import { codeOfAwsError } from './aws-errors.js';
import { readProviderError } from './provider-error.js';
import { rejectionMessage } from './rejection.js';

/** Anthropic's names for what an error event tells; its SDK and its agents branch on them. */
const TYPES: Partial<Record<ErrorCode, string>> = {
  upstream_rejected: 'invalid_request_error',
  upstream_rate_limited: 'rate_limit_error',
  upstream_overloaded: 'overloaded_error',
  upstream_timeout: 'timeout_error',
};

/**
 * An exception within Amazon's stream as the error event that Anthropic's own stream would end with. Only the words about the
 * caller's own request are handed on.
 */
export function encodeStreamException(name: string, payload: Buffer): Buffer {
  const code = codeOfAwsError(name) ?? 'upstream_error';
  const message =
    code === 'upstream_rejected'
      ? rejectionMessage(readProviderError(payload).message, { origin: null, secrets: [] })
      : ERROR_TABLE[code].message;
  const error = { type: TYPES[code] ?? 'api_error', message };
  return encodeNamedData('error', JSON.stringify({ type: 'error', error }));
}
