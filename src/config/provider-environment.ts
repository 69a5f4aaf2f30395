import type { EnvironmentAccount, Surroundings } from '../providers/environment.js';
import { type ProviderKind, STORED_KIND_NAMES, storedKindOf } from '../providers/kinds.js';

const KINDS = STORED_KIND_NAMES.flatMap(kind => {
  const { environment } = storedKindOf(kind);
  return environment === null ? [] : [{ kind, environment }];
});
const VARIABLES = KINDS.flatMap(({ environment }) => Object.entries(environment.variables));

/** The variables of providers' accounts, many of them under the names that the vendors' own tools read. Their kinds know them. */
export class ProviderEnvironment {
  constructor() {
    for (const [name, { initial }] of VARIABLES) if (initial !== undefined) Object.assign(this, { [name]: initial });
  }
}
for (const [name, { rules }] of VARIABLES) for (const rule of rules) rule(ProviderEnvironment.prototype, name);

/** With those that have no default, and so are no properties of a new environment. */
export const PROVIDER_VARIABLES: readonly string[] = VARIABLES.map(([name]) => name);

/** What goes with what. Variables that other tools set too are looked at only where an upstream is made of them. */
export function providerProblems(env: ProviderEnvironment, allowedHttp: unknown, production: boolean): string[] {
  const allowed = Array.isArray(allowedHttp) ? (allowedHttp as readonly string[]) : [];
  const surroundings: Surroundings = { allowedHttp: allowed, production };
  return KINDS.flatMap(({ environment }) => environment.problems(valuesOf(env), surroundings));
}

/** An account that the environment names. */
export interface NamedAccount extends Omit<EnvironmentAccount, 'kind'> {
  readonly kind: ProviderKind;
  /** by which usage and logs know it */
  readonly name: string;
}

/** In the order in which they are tried. @param env one that was checked */
export function readProviderAccounts(env: ProviderEnvironment): readonly NamedAccount[] {
  return KINDS.flatMap(({ kind, environment }) => {
    const account = environment.account(valuesOf(env));
    return account === null ? [] : [Object.freeze({ kind, name: kind, ...account })];
  });
}

const valuesOf = (env: ProviderEnvironment) => env as Readonly<Record<string, unknown>>;
