import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';

const MAX_TOKEN_LENGTH = 256;
const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/** What begins like a token of ours: anything else in a key header beside a bearer token is some SDK's placeholder. */
const OURS = /^n(t|api)_/;

export interface PresentedTokenOptions {
  /** the `?key=` of a Gemini route */
  readonly queryKey?: string | null;
  /** longer ones are none */
  readonly maxLength?: number;
}

/**
 * Finds the token a caller presents: `Authorization: Bearer`, else `x-api-key`, else `x-goog-api-key`, else `queryKey`, the
 * `?key=` of a Gemini route (docs/contract.md, rule 2). All but the first can be switched off. Beside a bearer token a key that
 * is no token of ours is passed over: SDKs demand one, and users give them any word.
 * @throws {GatewayError} invalid_credential when there is none, when one is malformed or sent twice, or when two differ
 */
export function readPresentedToken(
  request: IncomingMessage,
  apiKeyHeaders: boolean,
  { queryKey = null, maxLength = MAX_TOKEN_LENGTH }: PresentedTokenOptions = {},
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
    const hasBearer = presented.length > 0;
    for (const value of [headers['x-api-key'], headers['x-goog-api-key'], queryKey]) {
      // Node joins repeated lines with a comma, which no token contains.
      if (typeof value !== 'string' || value === '') continue;
      if (!hasBearer || OURS.test(value)) presented.push(value);
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
