import { Injectable } from '@nestjs/common';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { AppConfig, type OidcSettings } from '../../../config/app-config.js';
import type { Operator } from '../../../identity/identity.types.js';
import { Clock } from '../../../platform/clock.js';
import { type Role, ROLES } from './entrance.js';
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

const SUBJECT = /^[\x20-\x7e]{1,255}$/;
const NAMES = ['email', 'preferred_username', 'name'];
const MAX_NAME = 200;
const UNSTORABLE = /[\u0000-\u001f\u007f\p{Cs}]/gu;

type Claims = Readonly<Record<string, unknown>>;

/**
 * The highest role that a claim names; null where it names none.
 * @param claim its name, or the way to it through objects, such as `realm_access.roles`
 * @param roles what the issuer's names mean; null where they are the roles themselves
 */
export function readRole(claims: Claims, claim: string, roles: ReadonlyMap<string, Role> | null): Role | null {
  const found = Object.hasOwn(claims, claim) ? claims[claim] : follow(claims, claim.split('.'));
  const names = (Array.isArray(found) ? found : [found]).filter(name => typeof name === 'string');
  const meant = new Set(names.map(name => (roles === null ? name : roles.get(name))));
  return ROLES.findLast(role => meant.has(role)) ?? null;
}

/** Who the issuer says it is, for good; null for what no issuer may give. */
export function readSubject({ sub }: Claims): string | null {
  return typeof sub === 'string' && SUBJECT.test(sub) ? sub : null;
}

/** What people call the subject, for those who read the audit log. */
export function readName(claims: Claims, subject: string): string {
  const names = NAMES.map(claim => claims[claim]).filter(name => typeof name === 'string');
  const shown = names.map(name => name.replaceAll(UNSTORABLE, '').slice(0, MAX_NAME));
  return shown.find(name => name !== '') ?? subject;
}

function follow(claims: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined,
    claims,
  );
}
