import type { ProviderEnvironment } from './provider-environment.js';

export interface DatabricksSettings {
  /** `https://workspace` without a trailing slash */
  readonly baseUrl: string;
  readonly token: string | null;
  readonly clientId: string | null;
  readonly clientSecret: string | null;
}

export interface OpenAiSettings {
  /** null for a server that asks for none, such as vLLM or Ollama */
  readonly apiKey: string | null;
  readonly baseUrl: string;
}

export interface KeySettings {
  readonly apiKey: string;
  readonly baseUrl: string;
}

export interface BedrockSettings {
  readonly baseUrl: string;
  /** null where the secret is a Bedrock API key */
  readonly accessKeyId: string | null;
  /** an API key, or a secret access key with the session token behind a colon */
  readonly secret: string;
  /** the catalog's id → Bedrock's */
  readonly models: ReadonlyMap<string, string>;
}

/** The providers' accounts of the environment; null where it names none. */
export interface ProviderSettings {
  readonly databricks: DatabricksSettings | null;
  readonly openai: OpenAiSettings | null;
  readonly azureOpenAi: KeySettings | null;
  readonly anthropic: KeySettings | null;
  readonly gemini: KeySettings | null;
  /** the key is a service account's, or an access token */
  readonly vertex: KeySettings | null;
  readonly bedrock: BedrockSettings | null;
}

/** @param env one that was checked */
export function readProviderSettings(env: ProviderEnvironment): ProviderSettings {
  return {
    databricks: databricks(env),
    openai: openai(env),
    azureOpenAi: keyed(env.AZURE_OPENAI_API_KEY, env.AZURE_OPENAI_BASE_URL ?? ''),
    anthropic: keyed(env.ANTHROPIC_API_KEY, env.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com'),
    gemini: keyed(env.GEMINI_API_KEY, env.GEMINI_BASE_URL ?? 'https://generativelanguage.googleapis.com'),
    vertex: keyed(env.GOOGLE_APPLICATION_CREDENTIALS_JSON, vertexUrl(env)),
    bedrock: bedrock(env),
  };
}

function databricks(env: ProviderEnvironment): DatabricksSettings | null {
  if (env.DATABRICKS_HOST === undefined) return null;
  const address = /^https?:\/\//i.test(env.DATABRICKS_HOST) ? env.DATABRICKS_HOST : `https://${env.DATABRICKS_HOST}`;
  return {
    baseUrl: new URL(address).origin,
    token: env.DATABRICKS_TOKEN ?? null,
    clientId: env.DATABRICKS_CLIENT_ID ?? null,
    clientSecret: env.DATABRICKS_CLIENT_SECRET ?? null,
  };
}

function openai(env: ProviderEnvironment): OpenAiSettings | null {
  if (env.OPENAI_API_KEY === undefined && env.OPENAI_BASE_URL === undefined) return null;
  const baseUrl = withoutTrailingSlash(env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1');
  return { apiKey: env.OPENAI_API_KEY ?? null, baseUrl };
}

function keyed(apiKey: string | undefined, baseUrl: string): KeySettings | null {
  return apiKey === undefined ? null : { apiKey, baseUrl: withoutTrailingSlash(baseUrl) };
}

/** A region stands before the host's name, a group of regions within it, and the whole world nowhere. */
function vertexUrl({
  GOOGLE_CLOUD_PROJECT: project,
  GOOGLE_CLOUD_LOCATION: location = '',
}: ProviderEnvironment): string {
  const regional = location.includes('-') ? `${location}-aiplatform` : `aiplatform.${location}.rep`;
  const host = location === 'global' ? 'aiplatform' : regional;
  return `https://${host}.googleapis.com/v1/projects/${project}/locations/${location}`;
}

function bedrock(env: ProviderEnvironment): BedrockSettings | null {
  const {
    AWS_REGION: region = '',
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: key,
    AWS_SESSION_TOKEN: session,
  } = env;
  if (!env.BOUGH_BEDROCK) return null;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const secret = session === undefined ? key : `${key}:${session}`;
  const signed = id !== undefined && key !== undefined && env.AWS_BEARER_TOKEN_BEDROCK === undefined;
  return {
    baseUrl: `https://bedrock-runtime.${region}.${domain}`,
    accessKeyId: signed ? id : null,
    secret: (signed ? secret : env.AWS_BEARER_TOKEN_BEDROCK) ?? '',
    models: new Map(env.BOUGH_BEDROCK_MODELS.map(pairOf)),
  };
}

function pairOf(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/(?<!\/)\/+$/, '');
}
