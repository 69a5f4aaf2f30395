/**
 * Every failure a caller can meet, once: its HTTP status, its public type, who must act, and the caller's default
 * sentence. `code` is the stable key; sentences follow section 5–7 of the wire contract (docs/contract.md). An error is one
 * row here, and one of docs/errors.md: docs/contributing/error.md.
 */
type ErrorOwner = 'caller' | 'gateway' | 'upstream';

export interface ErrorRow {
  readonly status: number;
  readonly type: string;
  readonly owner: ErrorOwner;
  readonly message: string;
  /** The flat `error_code` that stands beside `error` for quota and upstream failures. */
  readonly flatCode?: string;
}

const caller = (status: number, type: string, message: string): ErrorRow => ({
  status,
  type,
  owner: 'caller',
  message,
});

const gateway = (status: number, message: string): ErrorRow => ({
  status,
  type: 'api_error',
  owner: 'gateway',
  message,
});

const quota = (message: string): ErrorRow => ({
  status: 429,
  type: 'rate_limit_error',
  owner: 'caller',
  message,
  flatCode: 'REQUEST_LIMIT_EXCEEDED',
});

const upstream = (status: number, flatCode: string, message: string): ErrorRow => ({
  status,
  type: 'upstream_error',
  owner: 'upstream',
  message,
  flatCode,
});

const UNRESOLVED_HOST = 'could not resolve workspace from host';

export const ERROR_TABLE = {
  // host and path
  untrusted_host: caller(403, 'permission_error', UNRESOLVED_HOST),
  unparseable_host: caller(400, 'invalid_request_error', UNRESOLVED_HOST),
  unknown_region: caller(404, 'not_found_error', UNRESOLVED_HOST),
  route_not_found: caller(404, 'not_found_error', 'not found'),
  upgrade_required: caller(426, 'invalid_request_error', 'this endpoint is not served over WebSocket; send a POST'),
  method_not_allowed: caller(405, 'invalid_request_error', 'method not allowed'),

  // identity
  invalid_credential: caller(401, 'authentication_error', 'invalid or missing credential'),
  insufficient_scope: caller(403, 'permission_error', 'credential not authorized for ai gateway'),
  branch_not_in_lineage: caller(403, 'permission_error', 'credential not authorized for this branch'),
  insufficient_role: caller(403, 'permission_error', 'this management key may not do that'),
  too_many_failed_authentications: caller(
    429,
    'rate_limit_error',
    'too many failed authentications from this address. Retry later',
  ),
  authorization_unavailable: gateway(503, 'authorization temporarily unavailable'),

  // the request
  invalid_request: caller(400, 'invalid_request_error', 'the request is invalid'),
  invalid_json: caller(400, 'invalid_request_error', 'the request body is not valid JSON'),
  invalid_model: caller(400, 'invalid_request_error', 'missing or invalid model'),
  model_not_enabled: caller(403, 'permission_error', 'model requires a verified account'),
  request_too_large: caller(413, 'invalid_request_error', 'request body too large'),
  unsupported_encoding: caller(415, 'invalid_request_error', 'unsupported content encoding'),
  request_timeout: caller(408, 'invalid_request_error', 'the request body did not arrive in time'),
  expectation_failed: caller(417, 'invalid_request_error', 'unknown expectation; send Expect: 100-continue or none'),
  headers_too_large: caller(431, 'invalid_request_error', 'request headers too large'),
  not_found: caller(404, 'not_found_error', 'not found'),
  // 404, not 501: published clients take a 404 for a feature that is not there, and repeat whatever is 500 or more.
  not_supported: caller(404, 'not_found_error', 'not supported by Bough'),
  conflict: caller(409, 'invalid_request_error', 'conflict'),
  precondition_failed: caller(412, 'invalid_request_error', 'it has changed since: look at it again, then repeat'),
  idempotency_key_in_use: caller(
    409,
    'invalid_request_error',
    'a request with this Idempotency-Key is running: repeat in a moment',
  ),
  idempotency_key_reused: caller(
    422,
    'invalid_request_error',
    'this Idempotency-Key belongs to another request: use a new one',
  ),
  gateway_busy: gateway(503, 'the gateway is at its limit of request bytes in memory. Retry later'),
  gateway_draining: gateway(503, 'the gateway is shutting down. Retry on another connection'),
  storage_unavailable: gateway(503, 'storage temporarily unavailable'),
  internal_error: gateway(500, 'internal error'),

  // quota
  quota_exceeded: quota('ai gateway quota exceeded'),
  account_blocked: quota('ai gateway quota is blocked for this account'),

  // upstream
  upstream_rejected: {
    ...upstream(400, 'BAD_REQUEST', 'ai gateway upstream model rejected the request as invalid'),
    type: 'invalid_request_error',
  },
  upstream_too_large: {
    ...upstream(413, 'BAD_REQUEST', 'ai gateway upstream rejected the request: body too large'),
    type: 'invalid_request_error',
  },
  upstream_rate_limited: {
    ...upstream(429, 'UPSTREAM_RATE_LIMITED', 'ai gateway upstream model is temporarily over capacity. Retry later'),
    type: 'rate_limit_error',
  },
  upstream_unreachable: upstream(502, 'INTERNAL_ERROR', 'upstream request failed'),
  upstream_tls_error: upstream(502, 'INTERNAL_ERROR', 'upstream request failed'),
  upstream_timeout: upstream(
    502,
    'DEADLINE_EXCEEDED',
    'ai gateway upstream model timed out. Retry, or reduce the input size',
  ),
  upstream_auth_error: upstream(
    502,
    'PERMISSION_DENIED',
    'ai gateway upstream denied the request. Contact Neon support',
  ),
  upstream_model_unavailable: upstream(
    502,
    'RESOURCE_DOES_NOT_EXIST',
    'ai gateway upstream model is not available. Contact Neon support',
  ),
  upstream_overloaded: upstream(
    502,
    'TEMPORARILY_UNAVAILABLE',
    'ai gateway upstream model is temporarily over capacity. Retry later',
  ),
  upstream_error: upstream(
    502,
    'INTERNAL_ERROR',
    'ai gateway upstream model error. Retry later, or contact Neon support if it persists',
  ),
  upstream_truncated: upstream(502, 'INTERNAL_ERROR', 'ai gateway upstream model ended its answer early. Retry later'),
  upstream_invalid_response: upstream(
    502,
    'INTERNAL_ERROR',
    'ai gateway upstream request failed. Contact Neon support if it persists',
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_TABLE;
