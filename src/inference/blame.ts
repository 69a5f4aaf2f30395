import type { GatewayError } from '../errors/gateway-error.js';
import { isTriedElsewhere } from '../errors/provider-failure.js';
import type { CircuitFailure } from '../routing/circuit.js';
import { isSilence } from '../upstream/failures.js';
import type { Reach } from '../upstream/upstream.service.js';

/** These say when they want to be asked again. */
const WAITS = new Set(['upstream_rate_limited', 'upstream_overloaded']);

/**
 * What a failed attempt says of its target; null where it says nothing, because the request was to blame or was never sent.
 * @param now milliseconds since 1970 UTC
 */
export function blameOf(error: GatewayError, reach: Reach, now: number): CircuitFailure | null {
  if (reach === 'unsent' || error.row.owner !== 'upstream' || !isTriedElsewhere(error.code)) return null;
  return { silent: isSilence(error), retryAfterMs: WAITS.has(error.code) ? retryAfterMs(error, now) : 0 };
}

/** A target that let a request have all of its time without a word. */
export const SILENCE: CircuitFailure = { silent: true, retryAfterMs: 0 };

/** Seconds or a date (RFC 9110, section 10.2.3); 0 for what is neither, or is over. */
function retryAfterMs({ headers }: GatewayError, now: number): number {
  const value = headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1].trim() ?? '';
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? 0 : Math.max(ms, 0);
}
