import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { HttpUrl, IsList, toBoolean, WorkspaceHost } from './environment-rules.js';
import { readGoogleSecret } from './google-secret.js';
import { mayUsePlainHttp } from './plain-http.js';
import { findPathFault } from './provider-address.js';

/** A header's value: what else it held, no request could be sent with. */
const ApiKey = (): PropertyDecorator =>
  Matches(/^[\x21-\x7e]{1,4096}$/, { message: 'must be 1 to 4096 visible ASCII characters without spaces' });

/** The variables of providers' accounts, many of them under the names that the vendors' own tools read. */
export class ProviderEnvironment {
  @IsOptional()
  @WorkspaceHost()
  DATABRICKS_HOST?: string;

  @IsOptional()
  @IsString()
  DATABRICKS_TOKEN?: string;

  @IsOptional()
  @IsString()
  DATABRICKS_CLIENT_ID?: string;

  @IsOptional()
  @IsString()
  DATABRICKS_CLIENT_SECRET?: string;

  @IsOptional()
  @IsString()
  @MaxLength(4096)
  OPENAI_API_KEY?: string;

  @IsOptional()
  @HttpUrl()
  OPENAI_BASE_URL?: string;

  @IsOptional()
  @ApiKey()
  AZURE_OPENAI_API_KEY?: string;

  @IsOptional()
  @HttpUrl()
  AZURE_OPENAI_BASE_URL?: string;

  @IsOptional()
  @ApiKey()
  ANTHROPIC_API_KEY?: string;

  @IsOptional()
  @HttpUrl()
  ANTHROPIC_BASE_URL?: string;

  @IsOptional()
  @ApiKey()
  GEMINI_API_KEY?: string;

  @IsOptional()
  @HttpUrl()
  GEMINI_BASE_URL?: string;

  @IsOptional()
  @IsString()
  GOOGLE_APPLICATION_CREDENTIALS_JSON?: string;

  @IsOptional()
  @IsString()
  GOOGLE_CLOUD_PROJECT?: string;

  @IsOptional()
  @IsString()
  GOOGLE_CLOUD_LOCATION?: string;

  @Transform(toBoolean)
  @IsBoolean({ message: 'must be true or false' })
  BOUGH_BEDROCK: boolean = false;

  @IsList(/^[a-z0-9][\w.-]{0,99}=[\w.:/-]{1,2048}$/, 'pairs such as claude-opus-4-6=us.anthropic.claude-opus-4-6-v1')
  BOUGH_BEDROCK_MODELS: string[] = [];

  @IsOptional()
  @IsString()
  AWS_REGION?: string;

  @IsOptional()
  @IsString()
  AWS_ACCESS_KEY_ID?: string;

  @IsOptional()
  @IsString()
  AWS_SECRET_ACCESS_KEY?: string;

  @IsOptional()
  @IsString()
  AWS_SESSION_TOKEN?: string;

  @IsOptional()
  @IsString()
  AWS_BEARER_TOKEN_BEDROCK?: string;
}

/** Those that have no default, and so are no properties of a new environment. */
export const OPTIONAL_PROVIDER_VARIABLES = [
  'DATABRICKS_HOST',
  'DATABRICKS_TOKEN',
  'DATABRICKS_CLIENT_ID',
  'DATABRICKS_CLIENT_SECRET',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'AZURE_OPENAI_API_KEY',
  'AZURE_OPENAI_BASE_URL',
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_BASE_URL',
  'GEMINI_API_KEY',
  'GEMINI_BASE_URL',
  'GOOGLE_APPLICATION_CREDENTIALS_JSON',
  'GOOGLE_CLOUD_PROJECT',
  'GOOGLE_CLOUD_LOCATION',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_BEARER_TOKEN_BEDROCK',
] as const satisfies readonly (keyof ProviderEnvironment)[];

/** What goes with what. Variables that other tools set too are looked at only where an upstream is made of them. */
export function providerProblems(env: ProviderEnvironment, allowedHttp: unknown, production: boolean): string[] {
  const allowed = Array.isArray(allowedHttp) ? (allowedHttp as readonly string[]) : [];
  return [
    ...databricksProblems(env),
    ...addressProblems('openai', 'OPENAI_BASE_URL', env.OPENAI_BASE_URL, allowed),
    ...azureProblems(env, allowed),
    ...(env.ANTHROPIC_API_KEY === undefined
      ? []
      : addressProblems('anthropic', 'ANTHROPIC_BASE_URL', env.ANTHROPIC_BASE_URL, allowed)),
    ...(env.GEMINI_API_KEY === undefined
      ? []
      : addressProblems('gemini', 'GEMINI_BASE_URL', env.GEMINI_BASE_URL, allowed)),
    ...vertexProblems(env, production),
    ...bedrockProblems(env),
  ];
}

function databricksProblems(env: ProviderEnvironment): string[] {
  const problems: string[] = [];
  const { DATABRICKS_HOST: host, DATABRICKS_CLIENT_ID: id, DATABRICKS_CLIENT_SECRET: secret } = env;
  const authenticated = env.DATABRICKS_TOKEN !== undefined || secret !== undefined;
  if (host !== undefined && !authenticated) {
    problems.push('DATABRICKS_HOST needs DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID with DATABRICKS_CLIENT_SECRET');
  }
  if (authenticated && host === undefined) {
    problems.push('DATABRICKS_HOST is required beside DATABRICKS_TOKEN or DATABRICKS_CLIENT_SECRET');
  }
  if ((id === undefined) !== (secret === undefined)) {
    problems.push('DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET go together');
  }
  return problems;
}

function addressProblems(kind: string, name: string, url: string | undefined, allowed: readonly string[]): string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const fault = findPathFault(kind, url);
  if (fault !== null) return [`${name} ${fault}`];
  if (mayUsePlainHttp(new URL(url), allowed)) return [];
  return [`${name} is plain http: use https, or name its host in BOUGH_ALLOWED_HTTP_UPSTREAMS`];
}

function azureProblems(env: ProviderEnvironment, allowed: readonly string[]): string[] {
  const { AZURE_OPENAI_API_KEY: key, AZURE_OPENAI_BASE_URL: url } = env;
  if ((key === undefined) !== (url === undefined))
    return ['AZURE_OPENAI_API_KEY and AZURE_OPENAI_BASE_URL go together'];
  return addressProblems('azure-openai', 'AZURE_OPENAI_BASE_URL', url, allowed);
}

function vertexProblems(env: ProviderEnvironment, production: boolean): string[] {
  const { GOOGLE_APPLICATION_CREDENTIALS_JSON: credentials } = env;
  if (credentials === undefined) return [];
  const problems: string[] = [];
  const secret = readGoogleSecret(credentials, !production);
  if (secret.type === 'faulty') problems.push(`GOOGLE_APPLICATION_CREDENTIALS_JSON ${secret.fault}`);
  if (!/^[a-z0-9][a-z0-9.:-]{1,99}$/.test(env.GOOGLE_CLOUD_PROJECT ?? '')) {
    problems.push('GOOGLE_CLOUD_PROJECT must be a project’s id beside GOOGLE_APPLICATION_CREDENTIALS_JSON');
  }
  if (!/^[a-z]+(-[a-z]+\d+)?$/.test(env.GOOGLE_CLOUD_LOCATION ?? '')) {
    problems.push('GOOGLE_CLOUD_LOCATION must be a location such as us-central1, eu or global');
  }
  return problems;
}

function bedrockProblems(env: ProviderEnvironment): string[] {
  const listed = env.BOUGH_BEDROCK_MODELS.length > 0;
  if (env.BOUGH_BEDROCK !== true) return listed ? ['BOUGH_BEDROCK_MODELS needs BOUGH_BEDROCK=true'] : [];
  const problems: string[] = [];
  if (!listed) problems.push('BOUGH_BEDROCK needs BOUGH_BEDROCK_MODELS: which models are what on Bedrock');
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(env.AWS_REGION ?? '')) {
    problems.push('AWS_REGION must be a region such as us-east-1 beside BOUGH_BEDROCK');
  }
  const signed = env.AWS_ACCESS_KEY_ID !== undefined && env.AWS_SECRET_ACCESS_KEY !== undefined;
  if (!signed && env.AWS_BEARER_TOKEN_BEDROCK === undefined) {
    problems.push('BOUGH_BEDROCK needs AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK');
  }
  return problems;
}
