import type { ErrorCode } from '../errors/error-table.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ERROR_TABLE } from '../errors/error-table.js';
import type { AnswerHeaders, Header } from './answer-headers.js';

const MAX_DETAIL_LENGTH = 16_384;
/** A page is no sentence for a caller. */
const PAGE = /<html|<!doctype/i;
/** What is shaped like a key, whoever's it is, and where we call: nobody's business but ours. */
const SECRETS = [
  /\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi,
  /\b(sk|pk|rk|gsk|xai|hf|napi|nt_live)[-_][a-z0-9_*.-]{6,}/gi,
  /\bdapi[0-9a-f*]{8,}(-\d+)?/gi,
  /\bAIza[\w*-]{10,}/g,
  /\b(api[-_ ]?key|access[-_ ]?token|token|secret|password|authorization)(["']?\s*[:=]\s*["']?)[^\s"',;]{6,}/gi,
  /\b[a-f0-9]{40,}\b/gi,
  /\beyJ[\w-]{10,}\.[\w-]{10,}(\.[\w-]*)?/g,
];
const REDACTED = '[redacted]';

const TLS_CODES = /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;
const TIMEOUT_CODES = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT', 'BOUGH_TOTAL_TIMEOUT']);
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
 * An answer that is not 2xx, as docs/contract.md sections 0.7 and 6 say. `body` holds at most its first 64 KiB; `origin` is ours to
 * call and nobody's to read.
 */
export function answerFailure(status: number, headers: AnswerHeaders, body: Buffer, origin: string): GatewayError {
  const internal = `the upstream answered ${status}`;
  const forwarded = headers.forwarded;
  if (status === 400 || status === 422) {
    return new GatewayError('upstream_rejected', {
      internal,
      headers: forwarded,
      publicMessage: rejection(body, origin),
    });
  }
  if (status === 413) return new GatewayError('upstream_too_large', { internal, headers: forwarded });
  if (status === 429)
    return new GatewayError('upstream_rate_limited', { internal, headers: withRetryInfo(forwarded, body) });
  return new GatewayError(codeFor(status), { internal, headers: forwarded });
}

function codeFor(status: number): ErrorCode {
  if (status < 400) return 'upstream_invalid_response';
  if (status === 401 || status === 403) return 'upstream_auth_error';
  if (status === 404) return 'upstream_model_unavailable';
  if (status === 408 || status === 504) return 'upstream_timeout';
  if (status === 503 || status === 529) return 'upstream_overloaded';
  return 'upstream_error';
}

function rejection(body: Buffer, origin: string): string {
  const detail = providerMessage(body);
  if (detail === null || PAGE.test(detail)) return ERROR_TABLE.upstream_rejected.message;
  return `ai gateway upstream model rejected the request: ${shortened(redact(detail, origin))}`;
}

function redact(detail: string, origin: string): string {
  const { host } = new URL(origin);
  const named = detail.replaceAll(origin, REDACTED).replaceAll(host, REDACTED);
  return SECRETS.reduce((text, shape) => text.replace(shape, REDACTED), named);
}

/** At a character's end: half of one would be no text. */
function shortened(text: string): string {
  if (text.length <= MAX_DETAIL_LENGTH) return text;
  return `${text.slice(0, MAX_DETAIL_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** The provider's own sentence, from OpenAI's, Databricks', Anthropic's, Google's or FastAPI's form of an error. */
function providerMessage(body: Buffer): string | null {
  const parsed = parseJson(body.toString('utf8'));
  if (parsed === null) return null;
  const { error, message, detail } = parsed;
  const nested = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)['message'] : error;
  for (const candidate of [nested, message, detail]) {
    if (typeof candidate === 'string' && candidate !== '') return innerMessage(candidate);
  }
  return Array.isArray(detail) ? JSON.stringify(detail) : null;
}

/** Databricks sends a provider's whole JSON error as the text of its own message. */
function innerMessage(text: string): string {
  if (!text.startsWith('{')) return text;
  const inner = parseJson(text)?.['error'];
  const message = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)['message'] : null;
  return typeof message === 'string' && message !== '' ? message : text;
}

function parseJson(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Google tells the delay in the body only (`"retryDelay": "34.4s"`); callers look for a header. */
function withRetryInfo(headers: readonly Header[], body: Buffer): readonly Header[] {
  if (headers.some(([name]) => name.toLowerCase() === 'retry-after')) return headers;
  const delay = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body.toString('utf8'))?.[1];
  return delay === undefined ? headers : [...headers, ['Retry-After', String(Math.ceil(Number(delay)))]];
}
