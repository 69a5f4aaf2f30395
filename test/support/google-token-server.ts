import { createPublicKey, createVerify, type KeyObject } from 'node:crypto';
import type { Clock } from '../../src/platform/clock.js';
import { FakeClock } from './fake-clock.js';
import { FakeProvider, type SeenRequest } from './fake-provider.js';

const AUDIENCE = 'https://oauth2.googleapis.com/token';
const LIFETIME_SECONDS = 3_600;
/** how far a word may come from the future, by Google's clock */
const SKEW_SECONDS = 300;

interface TokenAnswer {
  readonly status: number;
  readonly body: string;
}

interface Claims {
  readonly iss?: unknown;
  readonly aud?: unknown;
  readonly scope?: unknown;
  readonly iat?: unknown;
  readonly exp?: unknown;
}

/**
 * Google's token endpoint for one service account, on a real socket and as strict as Google's: it reads the signed word by the
 * written rules (RFC 7523, and Google's for server-to-server access) and nobody's library.
 */
export class GoogleTokenServer {
  /** what was refused, in Google's words */
  readonly refusals: string[] = [];
  lastClaims: Claims = {};
  clock: Clock = new FakeClock(0);
  /** instead of a token, for a word that is in order */
  answer: (issued: number) => TokenAnswer = issued => ({
    status: 200,
    body: JSON.stringify({ access_token: `ya29.${issued}`, expires_in: 3_600, token_type: 'Bearer' }),
  });
  private issued = 0;

  private constructor(
    private readonly provider: FakeProvider,
    private readonly email: string,
    private readonly publicKey: KeyObject,
  ) {}

  /** @param key of the account, as it is handed out */
  static async start(key: string): Promise<GoogleTokenServer> {
    const { client_email, private_key } = JSON.parse(key) as { client_email: string; private_key: string };
    const provider = await FakeProvider.start();
    const server = new GoogleTokenServer(provider, client_email, createPublicKey(private_key));
    provider.script = (request, response) => {
      const { status, body } = server.reply(request);
      response.writeHead(status, { 'content-type': 'application/json', location: `${provider.url}/elsewhere` });
      response.end(body);
    };
    return server;
  }

  get url(): string {
    return this.provider.url;
  }

  get seen(): readonly SeenRequest[] {
    return this.provider.seen;
  }

  stop(): Promise<void> {
    return this.provider.stop();
  }

  private reply(request: SeenRequest): TokenAnswer {
    const fault = this.faultOf(request);
    if (fault === null) return this.answer((this.issued += 1));
    this.refusals.push(fault);
    return { status: 400, body: JSON.stringify({ error: 'invalid_grant', error_description: fault }) };
  }

  private faultOf({ method, headers, body }: SeenRequest): string | null {
    if (method !== 'POST') return 'Method not allowed';
    if (headers['content-type'] !== 'application/x-www-form-urlencoded') return 'Invalid content type';
    const form = new URLSearchParams(body.toString());
    if ([...form.keys()].toSorted().join() !== 'assertion,grant_type')
      return 'Parameters not allowed for this message type';
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return 'Invalid grant_type';
    return this.faultOfAssertion(form.get('assertion') ?? '');
  }

  private faultOfAssertion(assertion: string): string | null {
    const [head = '', claims = '', signature = '', ...more] = assertion.split('.');
    if (more.length > 0 || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(assertion)) return 'Bad Request';
    const { alg, typ } = decode<{ alg?: unknown; typ?: unknown }>(head);
    if (alg !== 'RS256' || typ !== 'JWT') return 'Invalid JWT: header';
    this.lastClaims = decode<Claims>(claims);
    if (this.lastClaims.iss !== this.email) return 'Invalid grant: account not found';
    const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
    if (!verify.verify(this.publicKey, signature, 'base64url')) return 'Invalid JWT Signature.';
    return this.faultOfClaims(this.lastClaims);
  }

  private faultOfClaims({ aud, scope, iat, exp }: Claims): string | null {
    if (aud !== AUDIENCE) return 'Invalid JWT: Failed audience check.';
    if (scope !== 'https://www.googleapis.com/auth/cloud-platform') return 'Invalid OAuth scope or ID token audience.';
    const now = this.clock.now() / 1000;
    if (!Number.isInteger(iat) || !Number.isInteger(exp)) return 'Invalid JWT: iat and exp must be whole seconds';
    const [issuedAt, expiresAt] = [Number(iat), Number(exp)];
    const inTime = issuedAt <= now + SKEW_SECONDS && expiresAt > now && expiresAt - issuedAt <= LIFETIME_SECONDS;
    return inTime ? null : 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.';
  }
}

function decode<Part>(part: string): Part {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Part;
}
