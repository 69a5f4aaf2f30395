import type { Header } from '../providers/provider.js';
import type { KnownSecrets } from '../platform/known-secrets.js';

/**
 * The upstream's headers that a caller may see: the specification's table, byte for byte (docs/contract.md section 4).
 * Everything else, such as cookies, hop-by-hop and internal headers, stays here.
 */
const FORWARDED = new Set([
  'retry-after',
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-tokens',
]);
const FORWARDED_PREFIX = 'anthropic-ratelimit-';
const REQUEST_ID_HEADERS = new Set(['x-request-id', 'request-id', 'x-amzn-requestid', 'apim-request-id']);
/** What Node would refuse to send; a header must never turn a served answer into an error. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** A count or a time is no secret. */
const MIN_TELLING = 8;

export interface AnswerHeaders {
  readonly forwarded: readonly Header[];
  /** whether the upstream told its own limits */
  readonly rateLimited: boolean;
  /** lower case, without parameters; '' when absent */
  readonly contentType: string;
  /** lower case; '' when absent */
  readonly contentEncoding: string;
  /** of the body as it is sent; null where it is not told */
  readonly contentLength: number | null;
  readonly requestId: string | null;
  /** AWS's name for an error; '' when absent */
  readonly errorType: string;
}

/** Sorts an answer's raw headers. Names keep the upstream's spelling. */
export function readAnswerHeaders(raw: readonly (Buffer | string)[]): AnswerHeaders {
  const forwarded: Header[] = [];
  let contentType = '';
  let contentEncoding = '';
  let contentLength: number | null = null;
  let requestId: string | null = null;
  let errorType = '';
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = text(raw[index]);
    const lower = name.toLowerCase();
    if (FORWARDED.has(lower) || lower.startsWith(FORWARDED_PREFIX)) {
      const value = text(raw[index + 1]);
      if (!UNSENDABLE.test(value)) forwarded.push([name, value]);
    } else if (lower === 'content-type') contentType = (text(raw[index + 1]).split(';')[0] ?? '').trim().toLowerCase();
    else if (lower === 'content-encoding')
      contentEncoding = text(raw[index + 1])
        .trim()
        .toLowerCase();
    else if (lower === 'content-length') contentLength = Number(text(raw[index + 1]));
    else if (lower === 'x-amzn-errortype') errorType = text(raw[index + 1]);
    else if (REQUEST_ID_HEADERS.has(lower) && requestId === null) requestId = plainId(text(raw[index + 1]));
  }
  const rateLimited = forwarded.some(([name]) => name.toLowerCase() !== 'retry-after');
  return { forwarded, rateLimited, contentType, contentEncoding, contentLength, requestId, errorType };
}

/** Without the headers in which a provider says what only we should know. */
export function withoutSecrets(headers: AnswerHeaders, secrets: KnownSecrets): AnswerHeaders {
  const { forwarded, requestId } = headers;
  const told = (value: string) => value.length >= MIN_TELLING && secrets.isIn(value);
  const tells = requestId !== null && told(requestId);
  if (!tells && !forwarded.some(([, value]) => told(value))) return headers;
  return { ...headers, forwarded: forwarded.filter(([, value]) => !told(value)), requestId: tells ? null : requestId };
}

function text(value: Buffer | string | undefined): string {
  return typeof value === 'string' ? value : (value?.toString('latin1') ?? '');
}

function plainId(value: string): string | null {
  return /^[\x21-\x7e]{1,128}$/.test(value) ? value : null;
}
