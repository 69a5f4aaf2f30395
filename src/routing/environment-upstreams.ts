import type { NamedAccount } from '../config/provider-environment.js';
import type { Naming } from '../providers/environment.js';
import type { Upstream } from './target.types.js';

/** An upstream that the environment names, and what it calls a model. */
export interface EnvironmentUpstream {
  readonly upstream: Upstream;
  readonly nameOf: Naming;
}

/** In the order in which they are tried. */
export function environmentUpstreams(accounts: readonly NamedAccount[]): readonly EnvironmentUpstream[] {
  return accounts.map(({ name, kind, baseUrl, authentication, nameOf }) => {
    const upstream = { id: `env-${name}`, name, kind, baseUrl, authentication, builtIn: false, trusted: true };
    return { upstream, nameOf };
  });
}
