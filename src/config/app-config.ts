import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { SUPPLIED_SECRET, type Environment } from './environment.js';
import { readEnvironment } from './read-environment.js';
import { PrivatePlaces } from './private-places.js';
import { type NamedAccount, readProviderAccounts } from './provider-environment.js';
import { workerCount } from './worker-environment.js';

export interface Timeouts {
  readonly bodyMs: number;
  /** until the translation of a large body has its turn */
  readonly translationWaitMs: number;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
  readonly writeStallMs: number;
  readonly keepAliveCommentMs: number;
  readonly drainMs: number;
  readonly disconnectDrainMs: number;
}

/** An OpenID issuer whose tokens manage. */
export interface OidcSettings {
  /** exactly as its tokens name it */
  readonly issuer: string;
  readonly audience: string;
  readonly roleClaim: string;
  /** what the names in the claim mean; null where they are the roles themselves */
  readonly roles: ReadonlyMap<string, 'viewer' | 'editor' | 'admin' | 'owner'> | null;
  readonly organizationId: string;
}

/** The one typed, frozen configuration. Injected by this class; nothing else reads the environment. */
export class AppConfig {
  readonly production: boolean;
  /** how many processes serve; with one there is nothing beside it */
  readonly workers: number;
  readonly host: string;
  readonly port: number;
  /** the control plane's own port; null where it shares the data plane's */
  readonly managementPort: number | null;
  readonly databaseUrl: string | null;
  /** the owner of the tables, who migrates; null where DATABASE_URL's user does that too */
  readonly ownerDatabaseUrl: string | null;
  readonly databasePool: number;
  readonly dataDir: string;
  readonly connectionFile: string;
  /** 32 bytes, or null in development before the data folder's own key was read */
  readonly masterKey: Buffer | null;
  /** one more that opens what it encrypted: the former one, or the next, while the master key is changed */
  readonly previousMasterKey: Buffer | null;
  /** a first key for the control plane, given by the operator */
  readonly managementKey: string | null;
  readonly oidc: OidcSettings | null;
  /** whether gateway tokens are kept under the master key, so that they can be shown again */
  readonly keepsCredentialSecrets: boolean;
  readonly trustedHostSuffixes: readonly string[];
  readonly regions: readonly string[];
  readonly defaultBranchId: string | null;
  readonly publicUrl: string | null;
  /** whom errors send callers to; null leaves the published sentences, which name Neon */
  readonly supportContact: string | null;
  readonly apiKeyHeaders: boolean;
  /** `/openai/v1/models` answers; the published gateway has no such route */
  readonly openAiModelList: boolean;
  /** the ids that other tools write for the catalog's models are understood */
  readonly commonAliases: boolean;
  readonly openDialects: boolean;
  /** the names of upstreams that refuse to be asked for usage in a translated stream */
  readonly noStreamUsage: ReadonlySet<string>;
  readonly trustedProxies: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxAnswerBytes: number;
  readonly bodyBudgetBytes: number;
  readonly bodyBudgetCredentialPercent: number;
  readonly bodyBudgetOrganizationPercent: number;
  readonly bodyArrival: { readonly graceMs: number; readonly minBytesPerSecond: number; readonly totalMs: number };
  readonly timeouts: Timeouts;
  readonly upstreamConnections: number;
  /** when a target that keeps failing is skipped: from which share of failures on, 0 for never, and for how long at first */
  readonly circuit: { readonly failureShare: number; readonly openMs: number };
  readonly accountTokensPerMinute: number;
  readonly modelTokensPerMinute: number;
  readonly accountSpendPerDayNanoUsd: bigint;
  /** US dollars per million tokens of models whose price nobody knows */
  readonly unpricedModels: {
    readonly chat: { readonly input: number; readonly output: number };
    readonly embedding: { readonly input: number };
  };
  readonly creditMinimumBalanceNanoUsd: bigint;
  /** the least that is held for an answer, and the percentile of earlier answers that is */
  readonly reservedOutputTokens: number;
  readonly reservedOutputPercentile: number;
  readonly credentialRequestsPerMinute: number;
  readonly credentialTokenCountsPerMinute: number;
  readonly failedAuthenticationsPerMinute: number;
  /** how many whole UTC days of single records are kept before today */
  readonly usageRetentionDays: number;
  readonly leaseTtlMs: number;
  /** how long an outage of the database is that leases are sized for */
  readonly leaseHorizonMs: number;
  /** how far the local clock may be from the database's before the replica is not ready; 0 for any distance */
  readonly maxClockOffsetMs: number;
  readonly spoolMaxBytes: number;
  readonly identityCacheMs: number;
  readonly identityStaleMs: number;
  /** how often a lineage source is read that answers */
  readonly lineageSyncMs: number;
  /** the providers' accounts of the environment, in the order in which they are tried */
  readonly providers: readonly NamedAccount[];
  /** hosts, host:port or networks that upstreams may be reached at over plain http */
  readonly allowedHttpUpstreams: readonly string[];
  /** the private addresses that stored upstreams may lie at */
  readonly privatePlaces: PrivatePlaces;
  readonly sandboxEnabled: boolean;
  readonly sandboxFirstTokenMs: number;
  readonly sandboxTokensPerSecond: number;
  readonly logLevel: string;

  /** @throws {EnvironmentError} naming every bad variable */
  static fromEnvironment(source: Record<string, string | undefined>): AppConfig {
    const supplied = Object.entries(source).filter(([name]) => name.startsWith(SUPPLIED_SECRET));
    return new AppConfig(readEnvironment(source), new Map(supplied.map(([name, value = '']) => [name, value.trim()])));
  }

  private constructor(
    env: Environment,
    /** what configuration documents may take from the environment: `BOUGH_SECRET_…`, by the whole name */
    readonly suppliedSecrets: ReadonlyMap<string, string>,
  ) {
    this.production = env.NODE_ENV === 'production';
    this.workers = workerCount(env);
    this.host = env.HOST;
    this.port = env.PORT;
    this.managementPort = env.MANAGEMENT_PORT ?? null;
    this.databaseUrl = env.DATABASE_URL ?? null;
    this.ownerDatabaseUrl = env.BOUGH_OWNER_DATABASE_URL ?? null;
    this.databasePool = env.BOUGH_DATABASE_POOL;
    this.dataDir = resolve(env.BOUGH_DATA_DIR);
    this.connectionFile = join(this.dataDir, 'connection.env');
    this.masterKey = env.BOUGH_MASTER_KEY === undefined ? null : deriveKey(env.BOUGH_MASTER_KEY);
    this.previousMasterKey =
      env.BOUGH_PREVIOUS_MASTER_KEY === undefined ? null : deriveKey(env.BOUGH_PREVIOUS_MASTER_KEY);
    this.managementKey = env.BOUGH_MANAGEMENT_KEY ?? null;
    this.oidc = oidc(env);
    this.keepsCredentialSecrets = env.BOUGH_CREDENTIAL_SECRETS === 'encrypted';
    this.trustedHostSuffixes = suffixes(env, this.production);
    this.regions = env.BOUGH_REGIONS;
    this.defaultBranchId = env.BOUGH_DEFAULT_BRANCH ?? null;
    this.publicUrl = env.BOUGH_PUBLIC_URL?.replace(/(?<!\/)\/+$/, '') ?? null;
    this.supportContact = env.BOUGH_SUPPORT_CONTACT ?? null;
    this.apiKeyHeaders = env.BOUGH_API_KEY_HEADERS;
    this.openAiModelList = env.BOUGH_OPENAI_MODEL_LIST ?? !this.production;
    this.commonAliases = env.BOUGH_COMMON_ALIASES ?? !this.production;
    this.openDialects = env.BOUGH_OPEN_DIALECTS ?? !this.production;
    this.noStreamUsage = new Set(env.BOUGH_NO_STREAM_USAGE);
    this.trustedProxies = env.BOUGH_TRUSTED_PROXIES;
    this.maxBodyBytes = env.BOUGH_MAX_BODY_BYTES;
    this.maxAnswerBytes = env.BOUGH_MAX_ANSWER_BYTES;
    this.bodyBudgetBytes = env.BOUGH_BODY_BUDGET_BYTES;
    this.bodyBudgetCredentialPercent = env.BOUGH_BODY_BUDGET_CREDENTIAL_PERCENT;
    this.bodyBudgetOrganizationPercent = env.BOUGH_BODY_BUDGET_ORGANIZATION_PERCENT;
    this.bodyArrival = Object.freeze({
      graceMs: env.BOUGH_BODY_GRACE_MS,
      minBytesPerSecond: env.BOUGH_BODY_MIN_BYTES_PER_SECOND,
      totalMs: env.BOUGH_BODY_TIMEOUT_MS,
    });
    this.timeouts = timeouts(env);
    this.upstreamConnections = env.BOUGH_UPSTREAM_CONNECTIONS;
    this.circuit = Object.freeze({
      failureShare: env.BOUGH_CIRCUIT_FAILURE_PERCENT / 100,
      openMs: env.BOUGH_CIRCUIT_OPEN_MS,
    });
    this.accountTokensPerMinute = env.BOUGH_ACCOUNT_TOKENS_PER_MINUTE;
    this.modelTokensPerMinute = env.BOUGH_MODEL_TOKENS_PER_MINUTE;
    this.accountSpendPerDayNanoUsd = usdToNano(env.BOUGH_ACCOUNT_SPEND_PER_DAY_USD);
    this.unpricedModels = {
      chat: { input: Number(env.BOUGH_UNPRICED_INPUT_USD), output: Number(env.BOUGH_UNPRICED_OUTPUT_USD) },
      embedding: { input: Number(env.BOUGH_UNPRICED_EMBEDDING_USD) },
    };
    this.creditMinimumBalanceNanoUsd = usdToNano(env.BOUGH_CREDIT_MINIMUM_BALANCE_USD);
    this.reservedOutputTokens = env.BOUGH_RESERVED_OUTPUT_TOKENS;
    this.reservedOutputPercentile = env.BOUGH_RESERVED_OUTPUT_PERCENTILE;
    this.credentialRequestsPerMinute = env.BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE;
    this.credentialTokenCountsPerMinute = env.BOUGH_CREDENTIAL_COUNTS_PER_MINUTE;
    this.failedAuthenticationsPerMinute = env.BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE;
    this.usageRetentionDays = env.BOUGH_USAGE_RETENTION_DAYS;
    this.spoolMaxBytes = env.BOUGH_SPOOL_MAX_BYTES;
    this.leaseTtlMs = env.BOUGH_LEASE_TTL_MS;
    this.leaseHorizonMs = env.BOUGH_LEASE_HORIZON_MS;
    this.maxClockOffsetMs = env.BOUGH_MAX_CLOCK_OFFSET_MS;
    this.identityCacheMs = env.BOUGH_IDENTITY_CACHE_MS;
    this.identityStaleMs = env.BOUGH_IDENTITY_STALE_MS;
    this.lineageSyncMs = env.BOUGH_LINEAGE_SYNC_MS;
    this.providers = Object.freeze(readProviderAccounts(env));
    this.allowedHttpUpstreams = env.BOUGH_ALLOWED_HTTP_UPSTREAMS;
    this.privatePlaces = privatePlaces(env, this.production);
    this.sandboxEnabled = env.BOUGH_SANDBOX === 'on' || (env.BOUGH_SANDBOX === 'auto' && !this.production);
    this.sandboxFirstTokenMs = env.BOUGH_SANDBOX_FIRST_TOKEN_MS;
    this.sandboxTokensPerSecond = env.BOUGH_SANDBOX_TOKENS_PER_SECOND;
    this.logLevel = env.LOG_LEVEL;
    Object.freeze(this);
  }
}

/** Any passphrase becomes a 256-bit key. */
export function deriveKey(passphrase: string): Buffer {
  return createHash('sha256').update('bough master key v1\0').update(passphrase).digest();
}

/** `"0.5"` → 500_000_000n. The text has at most nine decimals, so nothing is rounded. */
export function usdToNano(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function suffixes(env: Environment, production: boolean): string[] {
  const given = env.BOUGH_TRUSTED_HOST_SUFFIXES ?? (production ? ['.neon.tech'] : ['.neon.tech', 'localhost']);
  return given.map(suffix => (suffix.startsWith('.') ? suffix : `.${suffix}`).toLowerCase());
}

/** Loopback is where a developer's own servers run; in production nothing private is allowed that is not named. */
function privatePlaces(env: Environment, production: boolean): PrivatePlaces {
  const named = env.BOUGH_ALLOWED_PRIVATE_UPSTREAMS ?? (production ? [] : ['127.0.0.0/8', '::1', 'localhost']);
  return new PrivatePlaces([...named, ...env.BOUGH_ALLOWED_HTTP_UPSTREAMS]);
}

function timeouts(env: Environment): Timeouts {
  return Object.freeze({
    bodyMs: env.BOUGH_BODY_TIMEOUT_MS,
    translationWaitMs: env.BOUGH_TRANSLATION_WAIT_MS,
    connectMs: env.BOUGH_CONNECT_TIMEOUT_MS,
    firstByteMs: env.BOUGH_FIRST_BYTE_TIMEOUT_MS,
    idleMs: env.BOUGH_IDLE_TIMEOUT_MS,
    totalMs: env.BOUGH_TOTAL_TIMEOUT_MS,
    writeStallMs: env.BOUGH_WRITE_STALL_TIMEOUT_MS,
    keepAliveCommentMs: env.BOUGH_KEEP_ALIVE_COMMENT_MS,
    drainMs: env.BOUGH_DRAIN_MS,
    disconnectDrainMs: env.BOUGH_DISCONNECT_DRAIN_MS,
  });
}

function oidc(env: Environment): OidcSettings | null {
  const { BOUGH_OIDC_ISSUER: issuer, BOUGH_OIDC_AUDIENCE: audience } = env;
  if (issuer === undefined || audience === undefined) return null;
  const pairs = env.BOUGH_OIDC_ROLES.map(pair => pair.split('=') as [string, 'viewer']);
  return {
    issuer,
    audience,
    roleClaim: env.BOUGH_OIDC_ROLE_CLAIM,
    roles: pairs.length === 0 ? null : new Map(pairs),
    organizationId: env.BOUGH_OIDC_ORGANIZATION,
  };
}
