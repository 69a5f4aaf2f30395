import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import { mayUsePlainHttp } from '../../../config/plain-http.js';
import { fetchBounded } from '../../../platform/network/bounded-body.js';

const TIMEOUT_MS = 5_000;
/** How long the issuer's description is believed, and how long a failure to read it. */
const DESCRIPTION_MS = 3_600_000;
const FAILURE_MS = 2_000;
/** of its description, and of its keys */
const MAX_BYTES = 262_144;

interface Reading {
  readonly keys: Promise<JWTVerifyGetKey>;
  until: number;
}

/** The public keys of an OpenID issuer, found through its own description, fetched when needed and kept for a while. */
export class OidcIssuer {
  private reading: Reading | null = null;

  constructor(
    private readonly issuer: string,
    private readonly monotonicMs: () => number,
  ) {}

  /** @throws {Error} when the issuer cannot be reached, or describes another one or keys in the clear */
  keys(): Promise<JWTVerifyGetKey> {
    const now = this.monotonicMs();
    if (this.reading === null || this.reading.until <= now) this.reading = this.read(now);
    return this.reading.keys;
  }

  /** Anyone who comes while it is read, or has just failed, shares the outcome: an issuer that is away is not besieged. */
  private read(now: number): Reading {
    const reading: Reading = { keys: this.find(), until: now + DESCRIPTION_MS };
    reading.keys.catch(() => (reading.until = this.monotonicMs() + FAILURE_MS));
    return reading;
  }

  private async find(): Promise<JWTVerifyGetKey> {
    const { status, body } = await fetchBounded(`${this.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      headers: { accept: 'application/json' },
      maxBytes: MAX_BYTES,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (status !== 200) throw new Error(`the OIDC issuer answered ${status} for its configuration`);
    const { issuer, jwks_uri: keysAt } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    if (issuer !== this.issuer) throw new Error('the OIDC issuer describes itself under another name');
    if (typeof keysAt !== 'string' || !URL.canParse(keysAt) || !isSafe(new URL(keysAt), this.issuer)) {
      throw new Error('the OIDC issuer names no safe address of its keys');
    }
    return createRemoteJWKSet(new URL(keysAt), { timeoutDuration: TIMEOUT_MS, [customFetch]: fetchKeys });
  }
}

/** Keys that came in the clear could be anybody's. Loopback is for development, where the issuer itself is there. */
function isSafe(keysAt: URL, issuer: string): boolean {
  if (keysAt.protocol === 'https:') return true;
  return keysAt.protocol === 'http:' && issuer.startsWith('http:') && mayUsePlainHttp(keysAt, []);
}

const fetchKeys: FetchImplementation = async (url, { headers, signal }) => {
  const given = Object.fromEntries(headers);
  const { status, body } = await fetchBounded(url, { headers: given, maxBytes: MAX_BYTES, signal });
  return new Response(new Uint8Array(body), { status });
};
