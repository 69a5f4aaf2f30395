import { ERROR_TABLE, type ErrorCode } from '../errors/error-table.js';
import { GatewayError } from '../errors/gateway-error.js';
import { connectionFailure } from '../upstream/failures.js';
import type { Reach } from '../upstream/upstream.service.js';
import { blameOf, SILENCE } from './blame.js';

const NOW = Date.UTC(2026, 0, 1);
const REACHES: readonly Reach[] = ['unsent', 'refused', 'taken'];
const BLAMED = new Set<string>([
  'upstream_auth_error',
  'upstream_error',
  'upstream_invalid_response',
  'upstream_model_unavailable',
  'upstream_overloaded',
  'upstream_rate_limited',
  'upstream_timeout',
  'upstream_tls_error',
  'upstream_truncated',
  'upstream_unreachable',
]);
const CASES = Object.keys(ERROR_TABLE).flatMap(code =>
  REACHES.map(reach => [code as ErrorCode, reach, BLAMED.has(code) && reach !== 'unsent'] as const),
);

describe('what a failure says of its target', () => {
  it.each(CASES)('%s of a request that was %s is the target’s fault: %p', (code, reach, isBlamed) => {
    const blame = blameOf(new GatewayError(code), reach, NOW);
    expect(blame).toEqual(isBlamed ? { silent: false, retryAfterMs: 0 } : null);
  });

  it.each([
    ['UND_ERR_HEADERS_TIMEOUT', true],
    ['UND_ERR_CONNECT_TIMEOUT', true],
    ['ETIMEDOUT', true],
    ['UND_ERR_BODY_TIMEOUT', false],
    ['ECONNREFUSED', false],
    ['ECONNRESET', false],
  ])('is that it gave no sign in all the time it had, behind %s: %p', (code, silent) => {
    const error = connectionFailure(Object.assign(new Error('broken'), { code }));
    expect(blameOf(error, 'taken', NOW)?.silent).toBe(silent);
  });

  it('is that it gave no sign where all of the time is over', () => {
    expect(SILENCE).toEqual({ silent: true, retryAfterMs: 0 });
  });

  it.each<[ErrorCode, string, string, number]>([
    ['upstream_rate_limited', 'Retry-After', '7', 7_000],
    ['upstream_rate_limited', 'retry-after', ' 7 ', 7_000],
    ['upstream_rate_limited', 'Retry-After', '0.5', 500],
    ['upstream_rate_limited', 'Retry-After', '0', 0],
    ['upstream_rate_limited', 'Retry-After', '-3', 0],
    ['upstream_rate_limited', 'Retry-After', 'soon', 0],
    ['upstream_rate_limited', 'Retry-After', '', 0],
    ['upstream_rate_limited', 'Retry-After', new Date(NOW + 30_000).toUTCString(), 30_000],
    ['upstream_rate_limited', 'Retry-After', new Date(NOW - 30_000).toUTCString(), 0],
    ['upstream_rate_limited', 'x-ratelimit-reset-tokens', '7', 0],
    ['upstream_overloaded', 'Retry-After', '7', 7_000],
    ['upstream_error', 'Retry-After', '7', 0],
  ])('is for how long %s wants to be left alone: %s: %s', (code, name, value, ms) => {
    const error = new GatewayError(code, {
      headers: [
        ['x-other', '9'],
        [name, value],
      ],
    });
    expect(blameOf(error, 'refused', NOW)?.retryAfterMs).toBe(ms);
  });
});
