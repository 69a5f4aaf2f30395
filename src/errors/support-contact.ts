import { GatewayError } from './gateway-error.js';

/** Whom the published sentences send callers to (docs/contract.md section 5). */
const PUBLISHED = 'Neon support';

/**
 * An error whose sentence sends callers to the operator's own support, where one is named.
 * @param contact BOUGH_SUPPORT_CONTACT; null leaves the published sentence
 * @returns the same error where its sentence is not one of the table's: what a provider said is never touched
 */
export function namingSupport(error: GatewayError, contact: string | null): GatewayError {
  const { message } = error.row;
  if (contact === null || error.publicMessage !== message || !message.includes(PUBLISHED)) return error;
  const { internal, cause, retryAfterSeconds, headers, param, reason } = error;
  const publicMessage = message.replace(PUBLISHED, () => contact);
  return new GatewayError(error.code, {
    ...{ publicMessage, internal, cause, retryAfterSeconds, headers, param, reason },
  });
}
