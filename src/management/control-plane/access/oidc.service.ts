import { Injectable } from '@nestjs/common';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { AppConfig, type OidcSettings } from '../../../config/app-config.js';
import type { Operator } from '../../../identity/identity.types.js';
import { Clock } from '../../../platform/clock.js';
import { readName, readRole, readSubject } from './oidc-claims.js';
import { OidcIssuer } from './oidc-issuer.js';

/** Signed with a private key. `none`, and what is signed with a shared secret, prove nothing here. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const CLOCK_TOLERANCE_SECONDS = 30;
/** What a token says that it is, where it says it: an id token or an access token, and nothing that stands for a logout or a proof. */
const TYPES = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']);
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
/** What is wrong with a token, as opposed to what is wrong with the issuer. */
const REFUSALS: readonly (abstract new (...args: never[]) => errors.JOSEError)[] = [
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/** Operators by the tokens of an OpenID issuer, where one is configured. */
@Injectable()
export class OidcService {
  private readonly settings: OidcSettings | null;
  private readonly issuer: OidcIssuer | null;

  constructor(
    config: AppConfig,
    private readonly clock: Clock,
  ) {
    this.settings = config.oidc;
    this.issuer = config.oidc && new OidcIssuer(config.oidc.issuer, () => clock.monotonicMs());
  }

  get enabled(): boolean {
    return this.settings !== null;
  }

  /**
   * Null for what is no valid token. A valid one that names no role makes an operator who may nothing.
   * @throws {Error} when the issuer's keys cannot be had
   */
  async find(token: string): Promise<Omit<Operator, 'home'> | null> {
    const { settings, issuer } = this;
    if (settings === null || issuer === null || !JWT.test(token)) return null;
    const claims = await this.verify(token, settings, issuer);
    const subject = claims && readSubject(claims);
    if (claims === null || subject === null) return null;
    return {
      keyId: `oidc:${subject}`,
      name: readName(claims, subject),
      organizationId: settings.organizationId,
      projectId: null,
      role: readRole(claims, settings.roleClaim, settings.roles) ?? '',
    };
  }

  private async verify(token: string, settings: OidcSettings, issuer: OidcIssuer): Promise<JWTPayload | null> {
    try {
      // Before anything is fetched: a stranger's token must not make us ask anybody.
      if (decodeJwt(token).iss !== settings.issuer) return null;
      const { payload, protectedHeader } = await jwtVerify(token, await issuer.keys(), {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.clock.now()),
      });
      const { typ } = protectedHeader;
      return typ === undefined || TYPES.has(typ.toLowerCase()) ? payload : null;
    } catch (error) {
      if (REFUSALS.some(refusal => error instanceof refusal)) return null;
      throw error;
    }
  }
}
