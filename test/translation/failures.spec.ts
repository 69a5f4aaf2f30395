import type { ErrorType } from 'anthropic-sdk/resources/shared';
import type { ResponseError } from 'openai7/resources/responses/responses';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import { ERROR_TABLE } from '../../src/errors/error-table.js';
import { FAILURES, isTriedElsewhere, type UpstreamCode } from '../../src/errors/provider-failure.js';
import { mayBeDifferentElsewhere } from '../../src/inference/target-loop.js';
import { readAnswerHeaders } from '../../src/upstream/answer-headers.js';
import { answerFailure, reportedFailure } from '../../src/upstream/failures.js';
import { readProviderFields } from '../../src/upstream/provider-error.js';
import { DIALECTS } from '../support/golden-translations.js';

/**
 * Every code that a vendor's reference or types list, in every place where it may be told (beside a status, in a 200, in an
 * event), through every caller's dialect. A code in the table that no vendor is listed for here is red, and so is one of a
 * vendor's types that the table does not know.
 */
type Meaning = UpstreamCode;
const all = <Code extends string>(meaning: Meaning, ...codes: Code[]) =>
  Object.fromEntries(codes.map(code => [code, meaning])) as Record<Code, Meaning>;

const OPENAI: Readonly<Record<ResponseError['code'], Meaning>> = {
  ...all('upstream_rate_limited', 'rate_limit_exceeded'),
  ...all('upstream_error', 'server_error'),
  ...all(
    'upstream_rejected',
    'invalid_prompt',
    'data_residency_mismatch',
    'bio_policy',
    'misalignment_policy_violation',
  ),
  ...all('upstream_rejected', 'vector_store_timeout', 'invalid_image', 'invalid_image_format', 'invalid_base64_image'),
  ...all('upstream_rejected', 'invalid_image_url', 'image_too_large', 'image_too_small', 'image_parse_error'),
  ...all('upstream_rejected', 'image_content_policy_violation', 'invalid_image_mode', 'image_file_too_large'),
  ...all('upstream_rejected', 'unsupported_image_media_type', 'empty_image_file', 'failed_to_download_image'),
  ...all('upstream_rejected', 'image_file_not_found'),
};
/** Codes of its errors beside a status, which no type lists. */
const OPENAI_MORE: Readonly<Record<string, Meaning>> = {
  ...all('upstream_rejected', 'context_length_exceeded', 'string_above_max_length', 'invalid_value', 'invalid_type'),
  ...all('upstream_rejected', 'unsupported_value', 'unsupported_parameter', 'missing_required_parameter'),
  ...all('upstream_rejected', 'content_policy_violation', 'content_filter', 'invalid_parameter', 'max_tokens_exceeded'),
  ...all(
    'upstream_auth_error',
    'invalid_api_key',
    'invalid_authentication',
    'insufficient_quota',
    'account_deactivated',
  ),
  ...all('upstream_auth_error', 'billing_hard_limit_reached', 'billing_not_active'),
  ...all('upstream_model_unavailable', 'model_not_found', 'deploymentnotfound', 'deployment_not_found'),
  ...all('upstream_rate_limited', 'requests', 'tokens', 'tokens_per_min_exceeded', 'engine_overloaded_error'),
  ...all('upstream_overloaded', 'slow_down', 'server_overloaded'),
};
const ANTHROPIC: Readonly<Record<ErrorType, Meaning>> = {
  ...all(
    'upstream_rejected',
    'invalid_request_error',
    'memory_precondition_failed_error',
    'memory_path_conflict_error',
  ),
  ...all('upstream_auth_error', 'authentication_error', 'billing_error', 'permission_error'),
  ...all('upstream_model_unavailable', 'not_found_error'),
  ...all('upstream_rate_limited', 'rate_limit_error'),
  ...all('upstream_timeout', 'timeout_error'),
  ...all('upstream_error', 'api_error', 'conflict_error'),
  ...all('upstream_overloaded', 'overloaded_error'),
};
const ANTHROPIC_MORE: Readonly<Record<string, Meaning>> = {
  ...all('upstream_too_large', 'request_too_large'),
  ...all('upstream_rejected', 'model_context_window_exceeded'),
  ...all('upstream_auth_error', 'credit_balance_too_low'),
};
/** `google.rpc.Code`, all of it but `OK`. */
const GOOGLE: Readonly<Record<string, Meaning>> = {
  ...all('upstream_rejected', 'invalid_argument', 'failed_precondition', 'out_of_range'),
  ...all('upstream_error', 'cancelled', 'unknown', 'aborted', 'internal', 'data_loss', 'unimplemented'),
  ...all('upstream_timeout', 'deadline_exceeded'),
  ...all('upstream_model_unavailable', 'not_found'),
  ...all('upstream_auth_error', 'permission_denied', 'unauthenticated'),
  ...all('upstream_rate_limited', 'resource_exhausted'),
  ...all('upstream_overloaded', 'unavailable'),
};
const AMAZON: Readonly<Record<string, Meaning>> = {
  ...all('upstream_rate_limited', 'throttlingexception', 'toomanyrequestsexception'),
  ...all('upstream_overloaded', 'serviceunavailableexception', 'modelnotreadyexception'),
  ...all('upstream_rejected', 'validationexception'),
  ...all('upstream_auth_error', 'accessdeniedexception', 'expiredtokenexception', 'unrecognizedclientexception'),
  ...all('upstream_model_unavailable', 'resourcenotfoundexception'),
  ...all('upstream_timeout', 'modeltimeoutexception'),
  ...all('upstream_error', 'modelerrorexception', 'modelstreamerrorexception', 'internalserverexception'),
};
/** Databricks, OpenRouter, Groq, Mistral, vLLM and other servers that speak chat completions. */
const OTHERS: Readonly<Record<string, Meaning>> = {
  ...all('upstream_rate_limited', 'request_limit_exceeded', 'rate_limit', 'rate_limited', 'too_many_requests'),
  ...all('upstream_rate_limited', 'upstream_rate_limited'),
  ...all('upstream_overloaded', 'overloaded', 'model_overloaded', 'temporarily_unavailable', 'service_unavailable'),
  ...all('upstream_overloaded', 'capacity_exceeded', 'over_capacity'),
  ...all('upstream_rejected', 'invalid_request', 'bad_request', 'invalid_parameter_value'),
  ...all('upstream_too_large', 'payload_too_large'),
  ...all('upstream_auth_error', 'payment_required', 'unauthorized', 'forbidden'),
  ...all('upstream_model_unavailable', 'resource_does_not_exist', 'endpoint_not_found', 'model_not_available'),
  ...all('upstream_timeout', 'timeout', 'request_timeout', 'gateway_timeout'),
  ...all(
    'upstream_error',
    'internal_error',
    'internal_server_error',
    'bad_gateway',
    'upstream_error',
    'provider_error',
  ),
};
const STATUSES: Readonly<Record<string, Meaning>> = {
  ...all('upstream_rejected', '400', '406', '415', '422'),
  ...all('upstream_auth_error', '401', '402', '403'),
  ...all('upstream_model_unavailable', '404'),
  ...all('upstream_timeout', '408', '504'),
  ...all('upstream_too_large', '413'),
  ...all('upstream_rate_limited', '429'),
  ...all('upstream_overloaded', '503', '529'),
  ...all('upstream_error', '500', '502'),
};
const VENDORS = { OPENAI, OPENAI_MORE, ANTHROPIC, ANTHROPIC_MORE, GOOGLE, AMAZON, OTHERS, STATUSES };
const CODES = Object.entries(VENDORS).flatMap(([vendor, codes]) =>
  Object.entries(codes).map(([code, meaning]) => [vendor, code, meaning] as const),
);

/** What each meaning is to a caller: its status in most dialects, and whether another target is asked before. */
const MEANT: Readonly<Record<Meaning, readonly [status: number, elsewhere: boolean]>> = {
  upstream_rejected: [400, false],
  upstream_too_large: [413, false],
  upstream_rate_limited: [429, true],
  upstream_unreachable: [502, true],
  upstream_tls_error: [502, true],
  upstream_timeout: [502, true],
  upstream_auth_error: [502, true],
  upstream_model_unavailable: [502, true],
  upstream_overloaded: [502, true],
  upstream_error: [502, true],
  upstream_truncated: [502, true],
  upstream_invalid_response: [502, true],
};

const HIDDEN = { origin: null, secrets: [] };
/** The forms in which vendors tell a code. */
const FORMS: readonly ((code: string) => object)[] = [
  code => ({ error: { message: 'words', code: /^\d+$/.test(code) ? Number(code) : code } }),
  code => ({ type: 'error', error: { type: code, message: 'words' } }),
  code => ({ error: { status: code.toUpperCase(), message: 'words' } }),
  code => ({ error_code: code.toUpperCase(), message: 'words' }),
  code => ({ code, message: 'words' }),
];

describe('a failure of a provider', () => {
  it('is told by codes that are all in a list of a vendor here, and each means one thing', () => {
    const listed = new Map(CODES.map(([, code, meaning]) => [code, meaning]));
    const known = Object.entries(FAILURES).flatMap(([meaning, { codes }]) =>
      codes.map(code => [code, meaning] as const),
    );
    expect(new Set(known.map(([code]) => code)).size).toBe(known.length);
    expect(known.filter(([code, meaning]) => listed.get(code) !== meaning)).toEqual([]);
  });

  it.each(CODES)('%s: %s is %s in an answer of 200 and in an event, in each form', (_, code, meaning) => {
    for (const form of FORMS) {
      const told = form(code) as Record<string, unknown>;
      expect([told, reportedFailure(readProviderFields(told), HIDDEN).code]).toEqual([told, meaning]);
    }
  });

  it.each(Object.entries(STATUSES))('of the status %s is %s', (status, meaning) => {
    const failure = answerFailure(Number(status), readAnswerHeaders([]), Buffer.from('{}'), HIDDEN);
    expect(failure.code).toBe(meaning);
  });

  it('of a status or a code that nobody knows is the provider’s', () => {
    for (const status of [402 + 16, 451, 599]) {
      expect(answerFailure(status, readAnswerHeaders([]), Buffer.from('{}'), HIDDEN).code).toBe('upstream_error');
    }
    expect(reportedFailure(readProviderFields({ error: { code: 'never_heard_of' } }), HIDDEN).code).toBe(
      'upstream_error',
    );
  });

  it.each(Object.entries(MEANT))(
    '%s has a status and goes on to another target, or not',
    (code, [status, elsewhere]) => {
      const meaning = code as Meaning;
      expect([ERROR_TABLE[meaning].status, FAILURES[meaning].elsewhere, isTriedElsewhere(meaning)]).toEqual([
        ...[status, elsewhere, elsewhere],
      ]);
    },
  );

  describe.each(DIALECTS)('told in %s', dialect => {
    it.each(CODES)('%s: %s is an error, whole and in a stream', (_, code, meaning) => {
      const failure = reportedFailure(readProviderFields({ error: { message: 'words', code } }), HIDDEN);
      const descriptor = DESCRIPTORS[dialect];
      const [status, elsewhere] = MEANT[meaning];
      expect([failure.status, mayBeDifferentElsewhere(failure)]).toEqual([status, elsewhere]);
      expect(JSON.stringify(descriptor.encodeError(failure, 'req-1'))).toContain('"error"');
      const event = descriptor.encodeStreamError(failure, 'req-1', 3).toString();
      expect(event).toMatch(/"error"/);
      expect(event).not.toMatch(/message_stop|\[DONE\]|response\.completed|"finishReason":"STOP"/);
    });
  });
});
