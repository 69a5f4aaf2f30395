import type { ErrorCode } from '../errors/error-table.js';

/** AWS's names, in lower case and without `Exception` at their end. What is not here is told by its status. */
const CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ['throttling', 'upstream_rate_limited'],
  ['toomanyrequests', 'upstream_rate_limited'],
  ['servicequotaexceeded', 'upstream_rate_limited'],
  ['modelnotready', 'upstream_rate_limited'],
  ['serviceunavailable', 'upstream_overloaded'],
  ['modeltimeout', 'upstream_timeout'],
  ['resourcenotfound', 'upstream_model_unavailable'],
  ['validation', 'upstream_rejected'],
  ['accessdenied', 'upstream_auth_error'],
  ['expiredtoken', 'upstream_auth_error'],
  ['unrecognizedclient', 'upstream_auth_error'],
  ['invalidclienttokenid', 'upstream_auth_error'],
  ['invalidsignature', 'upstream_auth_error'],
  ['incompletesignature', 'upstream_auth_error'],
  ['missingauthenticationtoken', 'upstream_auth_error'],
]);

/** `ThrottlingException`, `throttlingException`, `com.amazon.x#ThrottlingException:http://…`; null for other names. */
export function codeOfAwsError(name: string): ErrorCode | null {
  const [kind = ''] = name.split(':', 1);
  const bare = kind.slice(kind.lastIndexOf('#') + 1).toLowerCase();
  return CODES.get(bare.replace(/exception$/, '')) ?? null;
}
