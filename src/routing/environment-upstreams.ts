import type { CatalogModel } from '../catalog/catalog.types.js';
import type {
  BedrockSettings,
  DatabricksSettings,
  KeySettings,
  OpenAiSettings,
  ProviderSettings,
} from '../config/provider-settings.js';
import type { Upstream } from './target.types.js';

/** What of a model tells whether an upstream serves it. */
interface NamedModel extends Pick<CatalogModel, 'id' | 'provider' | 'providerModelId'> {
  readonly nativeDialects: ReadonlySet<string>;
}

/** An upstream that the environment names, and what it calls a model. */
export interface EnvironmentUpstream {
  readonly upstream: Upstream;
  /** null for a model that it does not serve */
  readonly nameOf: (model: NamedModel) => string | null;
}

type Naming = EnvironmentUpstream['nameOf'];

/** Models of one maker, under its own ids. */
const madeBy =
  (...makers: readonly string[]): Naming =>
  model =>
    makers.includes(model.provider) ? model.providerModelId : null;

/** Google makes open models too, which its Gemini API does not answer. */
const gemini: Naming = model => (model.nativeDialects.has('gemini_generate_content') ? madeBy('google')(model) : null);

/** In the order in which they are tried. */
export function environmentUpstreams(settings: ProviderSettings): readonly EnvironmentUpstream[] {
  return [
    settings.databricks && fromDatabricks(settings.databricks),
    settings.openai && fromOpenAi(settings.openai),
    settings.azureOpenAi && keyed('azure-openai', settings.azureOpenAi, madeBy('openai')),
    settings.anthropic && keyed('anthropic', settings.anthropic, madeBy('anthropic')),
    settings.gemini && keyed('gemini', settings.gemini, gemini),
    settings.vertex && keyed('vertex', settings.vertex, model => gemini(model) ?? madeBy('anthropic')(model)),
    settings.bedrock && fromBedrock(settings.bedrock),
  ].filter(upstream => upstream !== null);
}

function fromDatabricks({ baseUrl, token, clientId, clientSecret }: DatabricksSettings): EnvironmentUpstream {
  const authentication: Upstream['authentication'] =
    clientId !== null && clientSecret !== null
      ? { type: 'client', clientId, clientSecret }
      : { type: 'token', token: token ?? '' };
  return {
    upstream: named('databricks', 'databricks', baseUrl, authentication),
    nameOf: model => `databricks-${model.id}`,
  };
}

/** Another address than OpenAI's own is a server that speaks OpenAI's API as far as it does. */
function fromOpenAi({ apiKey, baseUrl }: OpenAiSettings): EnvironmentUpstream {
  const kind = /(^|\.)api\.openai\.com$/.test(new URL(baseUrl).hostname) ? 'openai' : 'openai-compatible';
  const authentication = { type: 'token', token: apiKey ?? '' } as const;
  return { upstream: named('openai', kind, baseUrl, authentication), nameOf: madeBy('openai') };
}

function keyed(kind: Upstream['kind'], { apiKey, baseUrl }: KeySettings, nameOf: Naming): EnvironmentUpstream {
  return { upstream: named(kind, kind, baseUrl, { type: 'token', token: apiKey }), nameOf };
}

/** What Bedrock calls a model follows no rule, so it is listed. */
function fromBedrock({ baseUrl, accessKeyId, secret, models }: BedrockSettings): EnvironmentUpstream {
  const authentication: Upstream['authentication'] =
    accessKeyId === null
      ? { type: 'token', token: secret }
      : { type: 'client', clientId: accessKeyId, clientSecret: secret };
  return {
    upstream: named('bedrock', 'bedrock', baseUrl, authentication),
    nameOf: model => models.get(model.id) ?? null,
  };
}

function named(
  name: string,
  kind: Upstream['kind'],
  baseUrl: string,
  authentication: Upstream['authentication'],
): Upstream {
  return { id: `env-${name}`, name, kind, baseUrl, authentication, builtIn: false, trusted: true };
}
