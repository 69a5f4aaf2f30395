import { createPrivateKey } from 'node:crypto';
import { bareHost, isLoopback } from '../config/plain-http.js';

const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** What authenticates against Google Cloud: a service account's key, or an access token that somebody else renews. */
export type GoogleSecret =
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'service-account'; readonly email: string; readonly privateKey: string; readonly tokenUri: string }
  /** a sentence without its subject, and without anything of the secret */
  | { readonly type: 'faulty'; readonly fault: string };

/**
 * Reads a service account's JSON key, as it is or in base64 (a secret of the management API has no spaces), or else an access
 * token. A key of another type is refused: some name files to read and addresses to call.
 * @param mayBeLocal whether the key may name a token endpoint on this machine, for tests and development
 */
export function readGoogleSecret(secret: string, mayBeLocal: boolean): GoogleSecret {
  const json = jsonOf(secret.trim());
  if (json === null) return { type: 'token', token: secret.trim() };
  const key = parse(json);
  const { type, client_email: email, private_key: privateKey, token_uri: tokenUri = TOKEN_URI } = key;
  if (type !== 'service_account' || typeof email !== 'string' || typeof privateKey !== 'string') {
    return faulty('must be the JSON key of a service account, with type, client_email and private_key');
  }
  if (!isPrivateKey(privateKey)) return faulty('must hold a private_key that is a PEM key');
  if (typeof tokenUri !== 'string' || !isTokenUri(tokenUri, mayBeLocal)) {
    return faulty(`must have the token_uri ${TOKEN_URI}, or none`);
  }
  return { type: 'service-account', email, privateKey, tokenUri };
}

function faulty(fault: string): GoogleSecret {
  return { type: 'faulty', fault };
}

/** Null for what is no JSON object, in base64 or not. */
function jsonOf(secret: string): string | null {
  if (secret.startsWith('{')) return secret;
  if (!BASE64.test(secret)) return null;
  const decoded = Buffer.from(secret, 'base64').toString('utf8').trim();
  return decoded.startsWith('{') ? decoded : null;
}

function parse(json: string): Record<string, unknown> {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function isTokenUri(tokenUri: string, mayBeLocal: boolean): boolean {
  if (tokenUri === TOKEN_URI) return true;
  return mayBeLocal && URL.canParse(tokenUri) && isLoopback(bareHost(new URL(tokenUri)));
}
