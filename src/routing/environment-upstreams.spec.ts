import { readCatalogRow } from '../catalog/catalog-row.js';
import { readCatalogSeed } from '../catalog/catalog-seed.js';
import { AppConfig } from '../config/app-config.js';
import { environmentUpstreams } from './environment-upstreams.js';

const CATALOG = new Map(readCatalogSeed().rows.map(row => [row.id, readCatalogRow({ ...row, enabled: true })]));

/** `kind: what it calls the model`, in the order of the attempts. */
function plan(id: string, environment: Record<string, string>): string[] {
  const model = CATALOG.get(id);
  if (model === undefined) throw new Error(`no ${id} in the catalog`);
  return environmentUpstreams(AppConfig.fromEnvironment(environment).providers).flatMap(({ upstream, nameOf }) => {
    const name = nameOf(model);
    return name === null ? [] : [`${upstream.kind}: ${name}`];
  });
}

const EVERYTHING = {
  DATABRICKS_HOST: 'ws.example.com',
  DATABRICKS_TOKEN: 'test-key',
  OPENAI_API_KEY: 'test-key',
  AZURE_OPENAI_API_KEY: 'test-key',
  AZURE_OPENAI_BASE_URL: 'https://x.openai.azure.com/openai/v1',
  ANTHROPIC_API_KEY: 'test-key',
  GEMINI_API_KEY: 'test-key',
  GOOGLE_APPLICATION_CREDENTIALS_JSON: 'ya29.test-token',
  GOOGLE_CLOUD_PROJECT: 'test-project',
  GOOGLE_CLOUD_LOCATION: 'global',
  BOUGH_BEDROCK: 'true',
  BOUGH_BEDROCK_MODELS: 'claude-sonnet-4-6=us.anthropic.claude-sonnet-4-6',
  AWS_REGION: 'us-east-1',
  AWS_BEARER_TOKEN_BEDROCK: 'test-key',
};

describe('upstreams of the environment', () => {
  it.each([
    [
      'claude-sonnet-4-6',
      [
        'databricks: databricks-claude-sonnet-4-6',
        'anthropic: claude-sonnet-4-6',
        'vertex: claude-sonnet-4-6',
        'bedrock: us.anthropic.claude-sonnet-4-6',
      ],
    ],
    [
      'claude-haiku-4-5',
      ['databricks: databricks-claude-haiku-4-5', 'anthropic: claude-haiku-4-5', 'vertex: claude-haiku-4-5'],
    ],
    ['gpt-5-1', ['databricks: databricks-gpt-5-1', 'openai: gpt-5.1', 'azure-openai: gpt-5.1']],
    [
      'gemini-3-5-flash',
      ['databricks: databricks-gemini-3-5-flash', 'gemini: gemini-3.5-flash', 'vertex: gemini-3.5-flash'],
    ],
    ['gemma-3-12b', ['databricks: databricks-gemma-3-12b']],
    ['llama-4-maverick', ['databricks: databricks-llama-4-maverick']],
  ])('serve their makers’ models: %s', (id, expected) => {
    expect(plan(id, EVERYTHING)).toEqual(expected);
  });

  it('serve nothing where none is named', () => {
    expect(plan('gpt-5', {})).toEqual([]);
  });

  it.each([
    ['https://api.openai.com/v1', 'openai'],
    ['https://eu.api.openai.com/v1', 'openai'],
    ['https://openai.example.com/v1', 'openai-compatible'],
    ['https://api.openai.com.example.com/v1', 'openai-compatible'],
    ['http://127.0.0.1:11434/v1', 'openai-compatible'],
  ])('at %s are of the kind %s', (baseUrl, kind) => {
    expect(plan('gpt-5', { OPENAI_BASE_URL: baseUrl })).toEqual([`${kind}: gpt-5`]);
  });

  it('keep their names, by which usage and logs know them', () => {
    const { providers } = AppConfig.fromEnvironment(EVERYTHING);
    expect(
      environmentUpstreams(providers).map(({ upstream: { id, name, trusted, builtIn } }) => [
        id,
        name,
        trusted,
        builtIn,
      ]),
    ).toEqual(
      ['databricks', 'openai', 'azure-openai', 'anthropic', 'gemini', 'vertex', 'bedrock'].map(name => [
        `env-${name}`,
        name,
        true,
        false,
      ]),
    );
  });
});
