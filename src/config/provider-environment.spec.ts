import { serviceAccountKey } from '../../test/support/provider-calls.js';
import { AppConfig } from './app-config.js';
import { EnvironmentError } from './read-environment.js';

const accountsOf = (source: Record<string, string>) =>
  Object.fromEntries(AppConfig.fromEnvironment(source).providers.map(account => [account.name, account]));

function problemsOf(source: Record<string, string>): readonly string[] {
  try {
    AppConfig.fromEnvironment(source);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
}

const VERTEX = {
  GOOGLE_APPLICATION_CREDENTIALS_JSON: 'ya29.test-token',
  GOOGLE_CLOUD_PROJECT: 'test-project',
  GOOGLE_CLOUD_LOCATION: 'us-central1',
};
const BEDROCK = {
  BOUGH_BEDROCK: 'true',
  BOUGH_BEDROCK_MODELS: 'claude-opus-4-6=us.anthropic.claude-opus-4-6-v1:0, gpt-oss-20b=openai.gpt-oss-20b-1:0',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIATEST',
  AWS_SECRET_ACCESS_KEY: 'test/secret+key',
};

const TOKEN = (token: string) => ({ type: 'token', token });

describe('providers’ accounts of the environment', () => {
  it('are none where nothing is named', () => {
    expect(accountsOf({})).toEqual({});
  });

  it('have the vendor’s own address, or another', () => {
    expect(accountsOf({ ANTHROPIC_API_KEY: 'test-key', GEMINI_API_KEY: 'test-key' })).toMatchObject({
      anthropic: { authentication: TOKEN('test-key'), baseUrl: 'https://api.anthropic.com' },
      gemini: { authentication: TOKEN('test-key'), baseUrl: 'https://generativelanguage.googleapis.com' },
    });
    const elsewhere = { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'https://proxy.example.com/anthropic/' };
    expect(accountsOf(elsewhere)['anthropic']?.baseUrl).toBe('https://proxy.example.com/anthropic');
    const azure = { AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_BASE_URL: 'https://x.openai.azure.com/openai/v1/' };
    expect(accountsOf(azure)['azure-openai']).toMatchObject({
      authentication: TOKEN('k'),
      baseUrl: 'https://x.openai.azure.com/openai/v1',
    });
  });

  it('on Databricks bear a token, or are an OAuth client', () => {
    const host = { DATABRICKS_HOST: 'ws.example.com' };
    expect(accountsOf({ ...host, DATABRICKS_TOKEN: 'test-token' })['databricks']).toMatchObject({
      baseUrl: 'https://ws.example.com',
      authentication: TOKEN('test-token'),
    });
    const client = { DATABRICKS_CLIENT_ID: 'test-id', DATABRICKS_CLIENT_SECRET: 'test-secret' };
    expect(accountsOf({ ...host, ...client })['databricks']?.authentication).toEqual({
      type: 'client',
      clientId: 'test-id',
      clientSecret: 'test-secret',
    });
  });

  it.each([
    ['us-central1', 'us-central1-aiplatform.googleapis.com'],
    ['global', 'aiplatform.googleapis.com'],
    ['eu', 'aiplatform.eu.rep.googleapis.com'],
  ])('on Vertex in %s are at %s', (location, host) => {
    const { vertex } = accountsOf({ ...VERTEX, GOOGLE_CLOUD_LOCATION: location });
    expect(vertex?.baseUrl).toBe(`https://${host}/v1/projects/test-project/locations/${location}`);
  });

  it('on Bedrock sign with an access key, temporary or not, or bear an API key', () => {
    const { bedrock } = accountsOf(BEDROCK);
    const client = { type: 'client', clientId: 'AKIATEST' };
    expect(bedrock).toMatchObject({
      baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
      authentication: { ...client, clientSecret: 'test/secret+key' },
    });
    const named = (id: string) =>
      bedrock?.nameOf({ id, provider: '', providerModelId: null, nativeDialects: new Set() });
    expect(['claude-opus-4-6', 'gpt-oss-20b', 'gpt-5'].map(named)).toEqual([
      'us.anthropic.claude-opus-4-6-v1:0',
      'openai.gpt-oss-20b-1:0',
      null,
    ]);
    expect(accountsOf({ ...BEDROCK, AWS_SESSION_TOKEN: 'test-session' })['bedrock']?.authentication).toEqual({
      ...client,
      clientSecret: 'test/secret+key:test-session',
    });
    expect(accountsOf({ ...BEDROCK, AWS_BEARER_TOKEN_BEDROCK: 'test-bearer' })['bedrock']?.authentication).toEqual(
      TOKEN('test-bearer'),
    );
    expect(accountsOf({ ...BEDROCK, AWS_REGION: 'cn-north-1' })['bedrock']?.baseUrl).toMatch(/\.amazonaws\.com\.cn$/);
  });

  it('are not made of what other tools set for themselves', () => {
    const foreign = {
      AWS_REGION: 'everywhere',
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 's',
      GOOGLE_CLOUD_PROJECT: 'Test Project',
      GOOGLE_CLOUD_LOCATION: '?',
      ANTHROPIC_BASE_URL: 'http://gateway.example.com/v1',
      GEMINI_BASE_URL: 'http://gateway.example.com/v1beta',
    };
    expect(accountsOf(foreign)).toEqual(accountsOf({}));
  });

  it.each<[string, Record<string, string>]>([
    ['ANTHROPIC_API_KEY must be 1 to 4096 visible', { ANTHROPIC_API_KEY: 'canary key' }],
    ['ANTHROPIC_BASE_URL must end before /v1', { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'https://canary/v1' }],
    ['ANTHROPIC_BASE_URL is plain http', { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'http://canary' }],
    ['GEMINI_BASE_URL must end before /v1beta', { GEMINI_API_KEY: 'k', GEMINI_BASE_URL: 'https://canary/v1beta/' }],
    ['AZURE_OPENAI_API_KEY and AZURE_OPENAI_BASE_URL go together', { AZURE_OPENAI_API_KEY: 'canary' }],
    ['AZURE_OPENAI_API_KEY and AZURE_OPENAI_BASE_URL go together', { AZURE_OPENAI_BASE_URL: 'https://x/openai/v1' }],
    [
      'AZURE_OPENAI_BASE_URL must end in /openai/v1',
      { AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_BASE_URL: 'https://canary/openai/deployments/x' },
    ],
    ['GOOGLE_CLOUD_PROJECT must be', { ...VERTEX, GOOGLE_CLOUD_PROJECT: 'canary project' }],
    ['GOOGLE_CLOUD_LOCATION must be', { ...VERTEX, GOOGLE_CLOUD_LOCATION: 'canary/../x' }],
    ['GOOGLE_APPLICATION_CREDENTIALS_JSON must be', { ...VERTEX, GOOGLE_APPLICATION_CREDENTIALS_JSON: '{"canary":1}' }],
    [
      'GOOGLE_APPLICATION_CREDENTIALS_JSON must have the token_uri',
      {
        ...VERTEX,
        GOOGLE_APPLICATION_CREDENTIALS_JSON: serviceAccountKey({ token_uri: 'http://127.0.0.1/canary' }),
        NODE_ENV: 'production',
        BOUGH_MASTER_KEY: 'x'.repeat(32),
      },
    ],
    ['AWS_REGION must be a region', { ...BEDROCK, AWS_REGION: 'canary' }],
    ['BOUGH_BEDROCK needs AWS_ACCESS_KEY_ID', { ...BEDROCK, AWS_SECRET_ACCESS_KEY: '' }],
    ['BOUGH_BEDROCK needs BOUGH_BEDROCK_MODELS', { ...BEDROCK, BOUGH_BEDROCK_MODELS: '' }],
    ['BOUGH_BEDROCK_MODELS needs BOUGH_BEDROCK=true', { ...BEDROCK, BOUGH_BEDROCK: 'false' }],
    ['BOUGH_BEDROCK_MODELS must be a comma-separated list', { ...BEDROCK, BOUGH_BEDROCK_MODELS: 'canary' }],
    ['BOUGH_BEDROCK must be true or false', { ...BEDROCK, BOUGH_BEDROCK: 'canary', BOUGH_BEDROCK_MODELS: '' }],
  ])('that cannot work are named, and not shown: %s', (problem, source) => {
    const problems = problemsOf(source);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems.join()).not.toContain('canary');
  });
});
