import { GatewayError } from '../errors/gateway-error.js';
import { cutFields } from '../json/cut.js';
import { JsonSyntaxError } from '../json/json-syntax-error.js';

const VERSION_FIELD = 'anthropic_version';

/**
 * A Messages request as a cloud takes it: what its path says is not in the body, the version is. The rest are the bytes that
 * came.
 * @throws {GatewayError} invalid_request where they are nested too deep
 */
export function claudeBody(body: readonly Buffer[], cut: readonly string[], version: string): readonly [Buffer] {
  const [only] = body;
  const whole = body.length === 1 && only !== undefined ? only : Buffer.concat(body);
  try {
    return [cutFields(whole, [...cut, VERSION_FIELD], `"${VERSION_FIELD}":"${version}"`)];
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    // Only a translation can have made the body deeper than the one that was read.
    throw new GatewayError('invalid_request', { publicMessage: cause.message, cause });
  }
}
