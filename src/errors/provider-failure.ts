import type { ErrorCode } from './error-table.js';

/**
 * A failure in a provider's own words, wherever it said it: the body of an error's status, the body of a 200, or an event of
 * a stream. Null where it said nothing.
 */
export interface ProviderFailure {
  readonly message: string | null;
  /** its code, reason or type, the most telling one: `context_length_exceeded`, `overloaded_error`, `429` */
  readonly code: string | null;
  /** the field of the request that it blames */
  readonly param: string | null;
}

/** What may go wrong at a provider, or on the way to it. */
export type UpstreamCode = Extract<ErrorCode, `upstream_${string}`>;

interface FailureRow {
  /** another target is asked; what the request itself is to blame for would fail there too */
  readonly elsewhere: boolean;
  /** the codes and statuses that providers use for it, as their references list them, in lower case */
  readonly codes: readonly string[];
}

/** The one table of what a provider's failure means, whether it stands in a status, in the body of a 200, or in a stream. */
export const FAILURES: Readonly<Record<UpstreamCode, FailureRow>> = {
  upstream_rate_limited: {
    elsewhere: true,
    codes: [
      ...['429', 'rate_limit_exceeded', 'rate_limit_error', 'rate_limit', 'rate_limited', 'too_many_requests'],
      ...['resource_exhausted', 'request_limit_exceeded', 'throttlingexception', 'toomanyrequestsexception'],
      ...['requests', 'tokens', 'tokens_per_min_exceeded', 'upstream_rate_limited', 'engine_overloaded_error'],
    ],
  },
  upstream_overloaded: {
    elsewhere: true,
    codes: [
      ...['503', '529', 'overloaded_error', 'overloaded', 'server_overloaded', 'model_overloaded', 'slow_down'],
      ...['unavailable', 'temporarily_unavailable', 'service_unavailable', 'serviceunavailableexception'],
      ...['modelnotreadyexception', 'capacity_exceeded', 'over_capacity'],
    ],
  },
  upstream_rejected: {
    elsewhere: false,
    codes: [
      ...[
        '400',
        '406',
        '415',
        '422',
        'invalid_request_error',
        'invalid_request',
        'invalid_argument',
        'bad_request',
        'invalid_prompt',
      ],
      ...['context_length_exceeded', 'string_above_max_length', 'max_tokens_exceeded', 'invalid_value'],
      ...['invalid_type', 'unsupported_value', 'unsupported_parameter', 'missing_required_parameter', 'out_of_range'],
      ...['content_policy_violation', 'content_filter', 'invalid_image', 'invalid_base64_image', 'image_parse_error'],
      ...[
        'image_content_policy_violation',
        'invalid_image_url',
        'image_too_large',
        'image_too_small',
        'invalid_parameter',
      ],
      ...['failed_precondition', 'validationexception', 'invalid_parameter_value', 'failed_to_download_image'],
      ...['unsupported_image_media_type', 'empty_image_file', 'image_file_not_found', 'invalid_image_format'],
      ...[
        'image_file_too_large',
        'invalid_image_mode',
        'vector_store_timeout',
        'data_residency_mismatch',
        'bio_policy',
        'misalignment_policy_violation',
        'memory_precondition_failed_error',
        'memory_path_conflict_error',
        'model_context_window_exceeded',
      ],
    ],
  },
  upstream_too_large: { elsewhere: false, codes: ['413', 'request_too_large', 'payload_too_large'] },
  upstream_auth_error: {
    elsewhere: true,
    codes: [
      ...['401', '402', '403', 'authentication_error', 'permission_error', 'permission_denied', 'unauthenticated'],
      ...[
        'invalid_api_key',
        'invalid_authentication',
        'billing_error',
        'insufficient_quota',
        'billing_hard_limit_reached',
      ],
      ...['account_deactivated', 'accessdeniedexception', 'expiredtokenexception', 'unrecognizedclientexception'],
      ...['billing_not_active', 'credit_balance_too_low', 'payment_required', 'unauthorized', 'forbidden'],
    ],
  },
  upstream_model_unavailable: {
    elsewhere: true,
    codes: [
      ...['404', 'not_found_error', 'not_found', 'model_not_found', 'resource_does_not_exist', 'endpoint_not_found'],
      ...['resourcenotfoundexception', 'deployment_not_found', 'deploymentnotfound', 'model_not_available'],
    ],
  },
  upstream_timeout: {
    elsewhere: true,
    codes: [
      ...['408', '504', 'timeout_error', 'timeout', 'deadline_exceeded', 'request_timeout', 'gateway_timeout'],
      ...['modeltimeoutexception'],
    ],
  },
  upstream_error: {
    elsewhere: true,
    codes: [
      ...[
        '500',
        '502',
        'api_error',
        'server_error',
        'internal_error',
        'internal_server_error',
        'internal',
        'bad_gateway',
      ],
      ...[
        'conflict_error',
        'upstream_error',
        'provider_error',
        'modelerrorexception',
        'modelstreamerrorexception',
        'unknown',
      ],
      ...['internalserverexception', 'aborted', 'cancelled', 'data_loss', 'unimplemented'],
    ],
  },
  upstream_unreachable: { elsewhere: true, codes: [] },
  upstream_tls_error: { elsewhere: true, codes: [] },
  upstream_truncated: { elsewhere: true, codes: [] },
  upstream_invalid_response: { elsewhere: true, codes: [] },
};

const MEANINGS: ReadonlyMap<string, UpstreamCode> = new Map(
  Object.entries(FAILURES).flatMap(([meaning, { codes }]) =>
    codes.map(code => [code, meaning as UpstreamCode] as const),
  ),
);

/** What a provider's code means; null for a code that no table knows. */
export function meaningOf(code: string | null): UpstreamCode | null {
  return code === null ? null : (MEANINGS.get(code.toLowerCase()) ?? null);
}

/** The code of a failure that was told without a status, in an answer of 200: what is not known is the provider's fault. */
export function codeOfReported({ code }: ProviderFailure): UpstreamCode {
  return meaningOf(code) ?? 'upstream_error';
}

/** Whether another target is asked for what failed with this code; what the gateway itself could not do may go well there. */
export function isTriedElsewhere(code: ErrorCode): boolean {
  return Object.hasOwn(FAILURES, code) ? FAILURES[code as UpstreamCode].elsewhere : true;
}

/** A code or a field as a caller may see it: a plain word or path. Null for anything else. */
export function plainWord(value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && /^[\w.:[\]-]{1,128}$/.test(value) ? value : null;
}
