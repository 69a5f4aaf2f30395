import { type Role, ROLES } from './entrance.js';

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
