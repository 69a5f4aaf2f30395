import type { ErrorCode } from '../errors/error-table.js';
import { GatewayError, type GatewayErrorOptions } from '../errors/gateway-error.js';
import { codeOfReported, meaningOf } from '../errors/provider-failure.js';
import type { Header } from '../providers/provider.js';
import type { AnswerHeaders } from './answer-headers.js';
import { codeOfAwsError } from './aws-errors.js';
import { type ProviderError, readProviderError } from './provider-error.js';
import { type Hidden, isPublic, rejectionMessage } from './rejection.js';

/** Google answers a key of ours that it does not know with 400, as if the request were to blame. */
const REFUSED_KEY = new Set(['API_KEY_INVALID', 'API_KEY_EXPIRED']);

/**
 * How those begin that tell only in words that they do not know our key (xAI), or that our account is empty (Anthropic): nothing
 * of the request stands before these words.
 */
const OF_OUR_ACCOUNT =
  /^(?:(?:incorrect|invalid|expired) api key|api key (?:not valid|expired)|your credit balance is too low)\b/i;

const TLS_CODES = /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;
const TIMEOUT_CODES = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT', 'BOUGH_TOTAL_TIMEOUT']);
/** The time for a connection or for a first byte was over. */
const SILENCE_CODES = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);
const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'EADDRNOTAVAIL',
  'BOUGH_FORBIDDEN_ADDRESS',
]);
const BROKEN_CONNECTION_CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);

/** The `code` of an error or of the first cause that has one. */
function errorCodeOf(error: unknown): string {
  let cause = error;
  for (let depth = 0; typeof cause === 'object' && cause !== null && depth < 5; depth += 1) {
    const { code, cause: deeper } = cause as { code?: unknown; cause?: unknown };
    if (typeof code === 'string') return code;
    cause = deeper;
  }
  return '';
}

/** undici's words for a protocol switch, or a 100, that nobody asked for: the connection is well, the answer is not. */
function isUnaskedAnswer(error: unknown): boolean {
  return (
    error instanceof Error && errorCodeOf(error) === 'UND_ERR_SOCKET' && /^bad (upgrade|response)/.test(error.message)
  );
}

/** Whether a connection broke so that the same request may be sent once more (nothing of an answer has come). */
export function isBrokenConnection(error: unknown): boolean {
  return BROKEN_CONNECTION_CODES.has(errorCodeOf(error)) && !isUnaskedAnswer(error);
}

/** Whether a failure without an answer took all the time that there was for one; others fail as soon as they can. */
export function isSilence({ cause }: GatewayError): boolean {
  return SILENCE_CODES.has(errorCodeOf(cause));
}

/** A failure without an answer: the connection, TLS, the clock, or bytes that are no HTTP. */
export function connectionFailure(error: unknown): GatewayError {
  const code = errorCodeOf(error);
  const failed = (name: ErrorCode) =>
    new GatewayError(name, { internal: `upstream connection: ${code}`, cause: error });
  if (isUnaskedAnswer(error)) return failed('upstream_invalid_response');
  if (TIMEOUT_CODES.has(code)) return failed('upstream_timeout');
  if (TLS_CODES.test(code)) return failed('upstream_tls_error');
  if (UNREACHABLE_CODES.has(code) || BROKEN_CONNECTION_CODES.has(code)) return failed('upstream_unreachable');
  return failed('upstream_invalid_response');
}

/** An answer whose head was fine and whose body broke off: the upstream was reached, its answer is what is wrong. */
export function bodyFailure(error: unknown): GatewayError {
  if (!isBrokenConnection(error)) return connectionFailure(error);
  return new GatewayError('upstream_invalid_response', { internal: 'the answer broke off', cause: error });
}

/**
 * An answer that is not 2xx, as docs/contract.md sections 0.7 and 6 say. `body` holds at most its first 64 KiB.
 */
export function answerFailure(status: number, headers: AnswerHeaders, body: Buffer, hidden: Hidden): GatewayError {
  const internal = `the upstream answered ${status}`;
  const forwarded = headers.forwarded;
  const error = readProviderError(body);
  const code = codeFor(status, error, headers.errorType);
  const told = { internal, upstreamStatus: status };
  if (code === 'upstream_rejected') return refusal(error, hidden, { ...told, headers: forwarded });
  const own = code === 'upstream_rate_limited' ? withRetryInfo(forwarded, body) : forwarded;
  return new GatewayError(code, { ...told, headers: own });
}

/**
 * A failure that the provider told inside an answer of 200: the body of a whole one, or an event of a stream. The same
 * codes mean the same as beside a status.
 */
export function reportedFailure(said: ProviderError, hidden: Hidden): GatewayError {
  const code = codeOfReported(said);
  const internal = `the upstream told a failure in its answer: ${said.code ?? 'without a code'}`;
  return code === 'upstream_rejected' ? refusal(said, hidden, { internal }) : new GatewayError(code, { internal });
}

/** The provider's own words, code and field, which its vendor's tools know. */
function refusal(said: ProviderError, hidden: Hidden, options: GatewayErrorOptions): GatewayError {
  return new GatewayError('upstream_rejected', {
    ...options,
    publicMessage: rejectionMessage(said.message, hidden),
    ...(said.param !== null && isPublic(said.param, hidden) && { param: said.param }),
    ...(said.ownCode !== null && isPublic(said.ownCode, hidden) && { providerCode: said.ownCode }),
  });
}

function codeFor(status: number, error: ProviderError, errorType: string): ErrorCode {
  if (status < 400) return 'upstream_invalid_response';
  const meaning = meaningOf(String(status)) ?? 'upstream_error';
  return meaning === 'upstream_rejected' ? codeOfRefusal(error, errorType) : meaning;
}

/** A 400 is about the request, unless the provider names something else: its own limits, our key or our account. */
function codeOfRefusal({ names, code, message }: ProviderError, errorType: string): ErrorCode {
  const isOurs = names.some(name => REFUSED_KEY.has(name)) || meaningOf(code) === 'upstream_auth_error';
  if (isOurs || OF_OUR_ACCOUNT.test(message ?? '')) return 'upstream_auth_error';
  return codeOfAwsError(errorType) ?? names.map(codeOfAwsError).find(known => known !== null) ?? 'upstream_rejected';
}

/** Google tells the delay in the body only (`"retryDelay": "34.4s"`); callers look for a header. */
function withRetryInfo(headers: readonly Header[], body: Buffer): readonly Header[] {
  if (headers.some(([name]) => name.toLowerCase() === 'retry-after')) return headers;
  const delay = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body.toString('utf8'))?.[1];
  return delay === undefined ? headers : [...headers, ['Retry-After', String(Math.ceil(Number(delay)))]];
}
