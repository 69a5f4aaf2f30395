/** The kinds that an operator may add. */
export const UPSTREAM_KINDS = [
  'databricks',
  'openai',
  'azure-openai',
  'openai-compatible',
  'anthropic',
  'gemini',
  'vertex',
  'bedrock',
] as const;
export type UpstreamKind = (typeof UPSTREAM_KINDS)[number] | 'sandbox';

type UpstreamAuthentication =
  | { readonly type: 'token'; readonly token: string }
  /** an OAuth client of Databricks, an access key of AWS */
  | { readonly type: 'client'; readonly clientId: string; readonly clientSecret: string };

/** A provider's account and address, ready to be called. Never logged whole: it holds the secret. */
export interface Upstream {
  readonly id: string;
  /** what callers read in `x-bough-upstream` and operators in logs and usage */
  readonly name: string;
  readonly kind: UpstreamKind;
  /** without a trailing slash */
  readonly baseUrl: string;
  readonly authentication: UpstreamAuthentication;
  /** The built-in sandbox may be told to misbehave by the caller's headers; no other upstream ever sees those. */
  readonly builtIn: boolean;
  /** It comes from the environment, not from the database: whoever runs the process chose its address. */
  readonly trusted: boolean;
  /** which `anthropic-beta` flags go on to it; absent where the kind's own rule holds (capabilities.ts) */
  readonly betaFlags?: readonly string[];
}

/** One place to try: an upstream and what it calls the model. */
export interface Target {
  readonly upstream: Upstream;
  readonly model: string;
}

/** What an upstream is authenticated with. A client's id is told in errors, and is half of what signs. */
export function secretsOf({ authentication }: Upstream): string[] {
  const { type } = authentication;
  return type === 'token' ? [authentication.token] : [authentication.clientSecret, authentication.clientId];
}
