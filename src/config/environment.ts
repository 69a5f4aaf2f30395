import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import {
  HttpUrl,
  Int,
  IsList,
  ListenHost,
  Networks,
  PlainHttpPlaces,
  PostgresUrl,
  RolePairs,
  toBoolean,
  UsdPerMillion,
} from './environment-rules.js';
import { PROVIDER_VARIABLES } from './provider-environment.js';
import { WorkerEnvironment } from './worker-environment.js';

const DAY_MS = 86_400_000;

/** The environment variables, one property each, under their own names. docs/configuration.md explains them. */
export class Environment extends WorkerEnvironment {
  @IsIn(['development', 'production', 'test'], { message: 'must be development, production or test' })
  NODE_ENV: string = 'development';

  @Int(0, 65_535)
  PORT: number = 8787;

  @IsOptional()
  @Int(0, 65_535)
  MANAGEMENT_PORT?: number;

  @ListenHost()
  HOST: string = '127.0.0.1';

  @IsOptional()
  @PostgresUrl()
  DATABASE_URL?: string;

  @IsOptional()
  @PostgresUrl()
  BOUGH_OWNER_DATABASE_URL?: string;

  @IsString()
  @MinLength(1, { message: 'must not be empty' })
  BOUGH_DATA_DIR: string = '.bough';

  @IsOptional()
  @IsString()
  @MinLength(32, { message: 'must have at least 32 characters' })
  BOUGH_MASTER_KEY?: string;

  @IsOptional()
  @IsString()
  @MinLength(32, { message: 'must have at least 32 characters' })
  BOUGH_PREVIOUS_MASTER_KEY?: string;

  @IsOptional()
  @Matches(/^napi_[0-9A-Za-z]{32,128}$/, { message: 'must be napi_ followed by 32 to 128 letters and digits' })
  BOUGH_MANAGEMENT_KEY?: string;

  @IsIn(['encrypted', 'hashed'], { message: 'must be encrypted or hashed; encrypted was called sealed before' })
  BOUGH_CREDENTIAL_SECRETS: string = 'encrypted';

  @IsOptional()
  @HttpUrl()
  BOUGH_OIDC_ISSUER?: string;

  @IsOptional()
  @IsString()
  @MaxLength(1024)
  BOUGH_OIDC_AUDIENCE?: string;

  @IsString()
  @MaxLength(200)
  BOUGH_OIDC_ROLE_CLAIM: string = 'role';

  @RolePairs()
  BOUGH_OIDC_ROLES: string[] = [];

  @Matches(/^[A-Za-z0-9._:-]{1,200}$/, { message: 'must be the id of an organization' })
  BOUGH_OIDC_ORGANIZATION: string = 'org-default';

  @IsOptional()
  @IsList(/^\.?[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'host suffixes such as .neon.tech')
  BOUGH_TRUSTED_HOST_SUFFIXES?: string[];

  @IsList(/^[a-z]{2}(-[a-z]+)+-\d$/, 'regions such as us-east-2')
  BOUGH_REGIONS: string[] = ['us-east-2', 'us-east-1', 'eu-central-1', 'ap-southeast-1'];

  @IsOptional()
  @Matches(/^br-[a-z0-9-]{1,57}$/, { message: 'must be a branch id (br-…)' })
  BOUGH_DEFAULT_BRANCH?: string;

  @IsOptional()
  @HttpUrl()
  BOUGH_PUBLIC_URL?: string;

  @IsOptional()
  @Matches(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,200}$/u, { message: 'must be 1 to 200 characters of one line' })
  BOUGH_SUPPORT_CONTACT?: string;

  @Transform(toBoolean)
  @IsBoolean({ message: 'must be true or false' })
  BOUGH_API_KEY_HEADERS: boolean = true;

  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean({ message: 'must be true or false' })
  BOUGH_OPENAI_MODEL_LIST?: boolean;

  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean({ message: 'must be true or false' })
  BOUGH_COMMON_ALIASES?: boolean;

  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean({ message: 'must be true or false' })
  BOUGH_OPEN_DIALECTS?: boolean;

  @IsList(/^[^\s,]{1,100}$/, 'names of upstreams')
  BOUGH_NO_STREAM_USAGE: string[] = [];

  @Networks()
  BOUGH_TRUSTED_PROXIES: string[] = [];

  @Int(0, 1_000_000_000)
  BOUGH_ACCOUNT_TOKENS_PER_MINUTE: number = 200_000;

  @Int(0, 1_000_000_000)
  BOUGH_MODEL_TOKENS_PER_MINUTE: number = 200_000;

  @Matches(/^\d{1,9}(\.\d{1,9})?$/, { message: 'must be an amount of US dollars such as 20 or 0.5' })
  BOUGH_ACCOUNT_SPEND_PER_DAY_USD: string = '20';

  @Matches(/^\d{1,9}(\.\d{1,9})?$/, { message: 'must be an amount of US dollars such as 2 or 0.5' })
  BOUGH_CREDIT_MINIMUM_BALANCE_USD: string = '0';

  @UsdPerMillion()
  BOUGH_UNPRICED_INPUT_USD: string = '15';

  @UsdPerMillion()
  BOUGH_UNPRICED_OUTPUT_USD: string = '75';

  @UsdPerMillion()
  BOUGH_UNPRICED_EMBEDDING_USD: string = '0.2';

  @Int(1, 1_000_000)
  BOUGH_RESERVED_OUTPUT_TOKENS: number = 4_096;

  @Int(50, 100)
  BOUGH_RESERVED_OUTPUT_PERCENTILE: number = 95;

  @Int(0, 1_000_000_000)
  BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: number = 6_000;

  @Int(20, 1_000_000)
  BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: number = 60;

  @Int(1, 36_500)
  BOUGH_USAGE_RETENTION_DAYS: number = 400;

  @Int(1_000, 600_000)
  BOUGH_LEASE_TTL_MS: number = 45_000;

  @Int(0, 300_000)
  BOUGH_LEASE_HORIZON_MS: number = 30_000;

  @Int(0, DAY_MS)
  BOUGH_MAX_CLOCK_OFFSET_MS: number = 30_000;

  @Int(0, DAY_MS)
  BOUGH_IDENTITY_CACHE_MS: number = 30_000;

  @Int(0, DAY_MS)
  BOUGH_IDENTITY_STALE_MS: number = 60_000;

  @Int(1_000, 3_600_000)
  BOUGH_LINEAGE_SYNC_MS: number = 30_000;

  @PlainHttpPlaces()
  BOUGH_ALLOWED_HTTP_UPSTREAMS: string[] = [];

  @IsOptional()
  @PlainHttpPlaces()
  BOUGH_ALLOWED_PRIVATE_UPSTREAMS?: string[];

  @IsIn(['auto', 'on', 'off'], { message: 'must be auto, on or off' })
  BOUGH_SANDBOX: string = 'auto';

  @Int(0, 600_000)
  BOUGH_SANDBOX_FIRST_TOKEN_MS: number = 60;

  @Int(0, 1_000_000)
  BOUGH_SANDBOX_TOKENS_PER_SECOND: number = 200;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    message: 'must be fatal, error, warn, info, debug, trace or silent',
  })
  LOG_LEVEL: string = 'info';
}

const KNOWN = Object.keys(new Environment());
const OPTIONAL = [
  'DATABASE_URL',
  'BOUGH_OWNER_DATABASE_URL',
  'BOUGH_MASTER_KEY',
  'BOUGH_PREVIOUS_MASTER_KEY',
  'BOUGH_MANAGEMENT_KEY',
  'BOUGH_OIDC_ISSUER',
  'BOUGH_OIDC_AUDIENCE',
  'BOUGH_TRUSTED_HOST_SUFFIXES',
  'BOUGH_DEFAULT_BRANCH',
  'BOUGH_PUBLIC_URL',
  'BOUGH_SUPPORT_CONTACT',
  'BOUGH_OPENAI_MODEL_LIST',
  'BOUGH_COMMON_ALIASES',
  'BOUGH_OPEN_DIALECTS',
  'MANAGEMENT_PORT',
  'BOUGH_ALLOWED_PRIVATE_UPSTREAMS',
  ...PROVIDER_VARIABLES,
];

/** Variables of any such name hold secrets that a configuration document may name. */
export const SUPPLIED_SECRET = 'BOUGH_SECRET_';

/** Every variable that Bough reads, sorted. docs/configuration.md and .env.example list exactly these. */
export const ENVIRONMENT_VARIABLES: readonly string[] = [...new Set([...KNOWN, ...OPTIONAL])].sort();
