import type { StreamedText } from '../dialects/stream-tap.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { AnswerHeaders } from '../upstream/answer-headers.js';

/** How a relayed answer ended. */
export type RelayStatus = 'completed' | 'client_disconnected' | 'truncated' | 'upstream_timeout' | 'upstream_error';

/** What the relay knows when an answer is over, however it ended. */
export interface RelayOutcome {
  readonly status: RelayStatus;
  /** the HTTP status the caller saw */
  readonly httpStatus: number;
  /** as the provider said it last; null where it did not */
  readonly usage: TokenCounts | null;
  /** that was its last word, by the rules of its dialect */
  readonly usageFinal: boolean;
  /** the answer came whole, so what the provider made of it is all here */
  readonly whole: boolean;
  /** of a stream: milliseconds from the request to its first word, or to its end where there was none */
  readonly silentMs: number;
  /** the text that reached us, for an estimate where there is no last word */
  readonly answerText: () => StreamedText;
  /** monotonic milliseconds of the first byte to the caller */
  readonly firstByteAt: number | null;
}

/** Told how an answer ends before its last byte is sent. Resolves when that is recorded safely; never rejects. */
export type Settle = (outcome: RelayOutcome) => Promise<void>;

/** The ledger's word for an answer that ended in this failure. */
export function statusOf({ code }: { readonly code: string }): RelayStatus {
  if (code === 'upstream_timeout') return 'upstream_timeout';
  return code === 'upstream_truncated' || code === 'gateway_draining' ? 'truncated' : 'upstream_error';
}

/** How long, and for how much, an answer is read on whose caller has left, so that the provider can still say its usage. */
export interface DisconnectDrain {
  readonly withinMs: number;
  readonly maxBytes: number;
}

/** @param contentType in lower case, without parameters */
export function isJson(contentType: string): boolean {
  return contentType === 'application/json' || contentType.endsWith('+json');
}

/** Why an answer with such a head is not read; null where it is. How long a compressed one is shows as it is inflated. */
export function refusalOf(headers: AnswerHeaders, isOfType: boolean, maxBytes: number): GatewayError | null {
  const { contentType, contentEncoding, contentLength } = headers;
  if (!isOfType) return new GatewayError('upstream_invalid_response', { internal: `content type ${contentType}` });
  const isPlain = contentEncoding === '' || contentEncoding === 'identity';
  return isPlain && contentLength !== null && contentLength > maxBytes ? answerTooLong() : null;
}

/** An answer that is longer than is passed on. What came of it was sent, or some of it. */
export function answerTooLong(): GatewayError {
  return new GatewayError('upstream_truncated', {
    publicMessage: 'the answer of the upstream model is larger than this gateway passes on',
  });
}
