import { GatewayError } from '../errors/gateway-error.js';
import { cutFields } from '../json/cut.js';
import { JsonSyntaxError } from '../json/json-syntax-error.js';

const VERSION_FIELD = 'anthropic_version';
const BETA_FIELD = 'anthropic_beta';

/**
 * A Messages request as a cloud takes it: what its path says is not in the body, the version and the beta flags are. The rest are the bytes that
 * came.
 * @throws {GatewayError} invalid_request where they are nested too deep
 */
export function claudeBody(
  body: readonly Buffer[],
  cut: readonly string[],
  version: string,
  betaFlags: readonly string[] = [],
): readonly [Buffer] {
  const [only] = body;
  const whole = body.length === 1 && only !== undefined ? only : Buffer.concat(body);
  try {
    const flags = betaFlags.length === 0 ? '' : `,"${BETA_FIELD}":${JSON.stringify(betaFlags)}`;
    const ours = betaFlags.length === 0 ? [VERSION_FIELD] : [VERSION_FIELD, BETA_FIELD];
    return [cutFields(whole, [...cut, ...ours], `"${VERSION_FIELD}":"${version}"${flags}`)];
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    // Only a translation can have made the body deeper than the one that was read.
    throw new GatewayError('invalid_request', { publicMessage: cause.message, cause });
  }
}
