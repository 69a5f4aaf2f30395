import { mayUsePlainHttp } from './plain-http.js';

interface OidcVariables {
  readonly NODE_ENV: string;
  readonly BOUGH_OIDC_ISSUER?: string;
  readonly BOUGH_OIDC_AUDIENCE?: string;
}

/** Tokens are worth what the way to their issuer is worth, and one without an audience could be meant for anybody. */
export function oidcProblems({
  BOUGH_OIDC_ISSUER: issuer,
  BOUGH_OIDC_AUDIENCE: audience,
  NODE_ENV,
}: OidcVariables): string[] {
  if ((issuer === undefined) !== (audience === undefined)) {
    return ['BOUGH_OIDC_ISSUER and BOUGH_OIDC_AUDIENCE go together'];
  }
  if (issuer === undefined || !URL.canParse(issuer)) return [];
  const url = new URL(issuer);
  const safe = url.protocol === 'https:' || (NODE_ENV !== 'production' && mayUsePlainHttp(url, []));
  return safe ? [] : ['BOUGH_OIDC_ISSUER must begin with https:// (plain http for loopback in development only)'];
}
