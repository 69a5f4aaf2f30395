import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Dispatcher } from 'undici';
import type { GoogleSecret } from './google-secret.js';
import { postForm } from './access-token.js';

type ServiceAccount = Extract<GoogleSecret, { readonly type: 'service-account' }>;

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** Google's own name, whatever the endpoint's address: a key may be traded on this machine in development. */
const AUDIENCE = 'https://oauth2.googleapis.com/token';
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** the longest that Google takes */
const ASSERTION_SECONDS = 3_600;

/**
 * Trades a service account's key for an access token (RFC 7523): a signed assertion, posted to the key's own token endpoint
 * and nowhere else, once and within the time.
 * @param now milliseconds since 1970
 * @returns the endpoint's answer
 */
export async function fetchGoogleToken(
  account: ServiceAccount,
  now: number,
  dispatcherFor: (origin: string) => Dispatcher,
): Promise<unknown> {
  const { origin, pathname, search } = new URL(account.tokenUri);
  const form = new URLSearchParams({ grant_type: GRANT_TYPE, assertion: await assertion(account, now) });
  return postForm(dispatcherFor(origin), pathname + search, form.toString());
}

function assertion({ email, privateKey }: ServiceAccount, now: number): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  return new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(email)
    .setAudience(AUDIENCE)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ASSERTION_SECONDS)
    .sign(createPrivateKey(privateKey));
}
