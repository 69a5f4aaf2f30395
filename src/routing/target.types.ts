import type { Account } from '../providers/provider.js';
import type { ProviderKind } from '../providers/kinds.js';

/** A provider's account and address, ready to be called. Never logged whole: it holds the secret. */
export interface Upstream extends Account {
  readonly id: string;
  /** what callers read in `x-bough-upstream` and operators in logs and usage */
  readonly name: string;
  readonly kind: ProviderKind;
  /** The built-in sandbox may be told to misbehave by the caller's headers; no other upstream ever sees those. */
  readonly builtIn: boolean;
  /** It comes from the environment, not from the database: who runs the process chose its address. */
  readonly trusted: boolean;
  /** which `anthropic-beta` flags go on to it; absent where the kind's own rule holds (src/providers) */
  readonly betaFlags?: readonly string[];
}

/** One place to try: an upstream and what it calls the model. */
export interface Target {
  readonly upstream: Upstream;
  readonly model: string;
}

/** What an upstream is authenticated with. A client's id is told in errors, and is half of what signs. */
export function secretsOf({ authentication }: Account): string[] {
  const { type } = authentication;
  return type === 'token' ? [authentication.token] : [authentication.clientSecret, authentication.clientId];
}
