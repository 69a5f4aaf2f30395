import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';

const MAX_TOKEN_LENGTH = 256;
const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/**
 * Finds the token a caller presents: `Authorization: Bearer`, else `x-api-key`, else `x-goog-api-key` (docs/contract.md,
 * rule 2). The last two can be switched off.
 * @throws {GatewayError} invalid_credential when there is none, when one is malformed or sent twice, or when two differ
 */
export function readPresentedToken(
  request: IncomingMessage,
  apiKeyHeaders: boolean,
  maxLength: number = MAX_TOKEN_LENGTH,
): string {
  const presented: string[] = [];
  const { headers } = request;
  if (headers.authorization !== undefined) {
    const bearer = BEARER.exec(headers.authorization)?.[1];
    if (bearer === undefined || repeats(request.rawHeaders, 'authorization'))
      throw new GatewayError('invalid_credential');
    presented.push(bearer);
  }
  if (apiKeyHeaders) {
    for (const name of ['x-api-key', 'x-goog-api-key'] as const) {
      const value = headers[name];
      // Node joins repeated lines with a comma, which no token contains.
      if (typeof value === 'string' && value !== '') presented.push(value);
    }
  }
  const [token] = presented;
  if (token === undefined || token.length > maxLength || presented.some(other => other !== token)) {
    throw new GatewayError('invalid_credential');
  }
  return token;
}

/** Node keeps the first `Authorization` line and hides the others; a proxy before us might have kept the last. */
function repeats(rawHeaders: readonly string[], name: string): boolean {
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index];
    if (header !== undefined && header.length === name.length && header.toLowerCase() === name) seen += 1;
  }
  return seen > 1;
}
