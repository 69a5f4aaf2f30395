import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export const AUDIENCE = 'bough';

/** What a token says of itself, where it is not as it should be. */
export interface TokenFlaws {
  readonly issuer?: string;
  readonly audience?: string;
  /** seconds since 1970 UTC; null for a token without an end */
  readonly expires?: number | null;
  readonly notBefore?: number;
  readonly kid?: string;
  readonly typ?: string;
  readonly signedBy?: CryptoKey;
}

export interface TestIssuer {
  readonly url: string;
  /** paths that were asked for, in their order */
  readonly asked: string[];
  /** what is answered at a path in the place of the right answer */
  readonly lies: Map<string, (response: ServerResponse) => void>;
  token(claims: JWTPayload, flaws?: TokenFlaws): Promise<string>;
  /** signs with another key from now on, and names both */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

/** An OpenID issuer on this machine: its description, its keys, its tokens. */
export async function startIssuer(): Promise<TestIssuer> {
  const asked: string[] = [];
  const lies: TestIssuer['lies'] = new Map();
  const known: JWK[] = [];
  let signing = await addKey(known);
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const lie = lies.get(path);
    if (lie !== undefined) return lie(response);
    if (path === '/jwks') return answer(response, { keys: known });
    if (path === '/.well-known/openid-configuration') return answer(response, { issuer: url, jwks_uri: `${url}/jwks` });
    response.statusCode = 404;
    response.end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    lies,
    token: (
      claims,
      { issuer = url, audience = AUDIENCE, expires, notBefore, kid = signing.kid, typ, signedBy } = {},
    ) => {
      const token = new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid, ...(typ !== undefined && { typ }) })
        .setIssuer(issuer)
        .setIssuedAt();
      token.setAudience(audience);
      if (expires !== null) token.setExpirationTime(expires ?? Math.floor(Date.now() / 1_000) + 300);
      if (notBefore !== undefined) token.setNotBefore(notBefore);
      return token.sign(signedBy ?? signing.privateKey);
    },
    rotate: async () => {
      signing = await addKey(known);
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function addKey(known: JWK[]): Promise<{ kid: string; privateKey: CryptoKey }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const kid = `key-${known.length + 1}`;
  known.push({ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' });
  return { kid, privateKey };
}

export function answer(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}
