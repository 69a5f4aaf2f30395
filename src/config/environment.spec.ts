import { AppConfig, deriveKey, usdToNano } from './app-config.js';
import { EnvironmentError, readEnvironment } from './read-environment.js';

const problemsOf = (source: Record<string, string>): readonly string[] => {
  try {
    readEnvironment(source);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
};

describe('the environment', () => {
  it('may be empty', () => {
    const config = AppConfig.fromEnvironment({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8787,
      production: false,
      databaseUrl: null,
      maxBodyBytes: 33_554_432,
    });
    expect(config.trustedHostSuffixes).toEqual(['.neon.tech', '.localhost']);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('is reported with every bad variable at once, by name, never by value', () => {
    const values = {
      PORT: 'secret-1',
      HOST: '',
      BOUGH_DRAIN_MS: '-2',
      OPENAI_BASE_URL: 'ftp://secret-3',
      BOUGH_SANDBOX: 'secret-4',
    };
    const problems = problemsOf({
      ...values,
      BOUGH_REGIONS: 'secret_5',
      BOUGH_UNKNOWN: 'secret-6',
      DATABASE_URL: 'secret-7',
    });
    expect(problems.map(problem => problem.split(' ')[0]).toSorted()).toEqual([
      'BOUGH_DRAIN_MS',
      'BOUGH_REGIONS',
      'BOUGH_SANDBOX',
      'BOUGH_UNKNOWN',
      'DATABASE_URL',
      'OPENAI_BASE_URL',
      'PORT',
    ]);
    expect(problems.join()).not.toContain('secret');
  });

  it.each([
    [{ BOUGH_OIDC_ISSUER: 'https://id.example.com' }, 'go together'],
    [{ BOUGH_OIDC_AUDIENCE: 'bough' }, 'go together'],
    [{ BOUGH_OIDC_ISSUER: 'id.example.com', BOUGH_OIDC_AUDIENCE: 'bough' }, 'must be an http or https URL'],
    [{ BOUGH_OIDC_ISSUER: 'http://id.example.com', BOUGH_OIDC_AUDIENCE: 'bough' }, 'must begin with https://'],
    [
      { NODE_ENV: 'production', BOUGH_OIDC_ISSUER: 'http://127.0.0.1:8080', BOUGH_OIDC_AUDIENCE: 'bough' },
      'must begin with https://',
    ],
    [{ BOUGH_OIDC_ROLES: 'staff=root' }, 'must be comma-separated pairs'],
    [{ BOUGH_OIDC_ROLES: '=owner' }, 'must be comma-separated pairs'],
    [{ BOUGH_OIDC_ORGANIZATION: 'a b' }, 'must be the id of an organization'],
  ])('takes no OpenID issuer that it cannot trust: %j', (source, problem) => {
    const key = { BOUGH_MASTER_KEY: 'x'.repeat(32) };
    expect(problemsOf({ ...key, ...(source as Record<string, string>) })).toEqual([expect.stringContaining(problem)]);
  });

  it('takes an OpenID issuer over https, and on this machine in development', () => {
    const settings = { BOUGH_OIDC_AUDIENCE: 'bough', BOUGH_OIDC_ROLES: 'admins=admin, staff=viewer' };
    const { oidc } = AppConfig.fromEnvironment({ BOUGH_OIDC_ISSUER: 'http://localhost:9000', ...settings });
    expect(oidc).toEqual({
      ...{ issuer: 'http://localhost:9000', audience: 'bough', roleClaim: 'role', organizationId: 'org-default' },
      roles: new Map([
        ['admins', 'admin'],
        ['staff', 'viewer'],
      ]),
    });
    expect(problemsOf({ BOUGH_OIDC_ISSUER: 'https://id.example.com/', ...settings })).toEqual([]);
    expect(AppConfig.fromEnvironment({}).oidc).toBeNull();
  });

  it.each([
    [{ BOUGH_OTHER_MASTER_KEY: 'x'.repeat(32) }, 'BOUGH_OTHER_MASTER_KEY is called BOUGH_PREVIOUS_MASTER_KEY now'],
    [{ BOUGH_CREDENTIAL_SECRETS: 'sealed' }, 'BOUGH_CREDENTIAL_SECRETS must be encrypted or hashed; encrypted was'],
  ])('says what the former name of a variable or a value is called now: %j', (source, problem) => {
    expect(problemsOf(source as Record<string, string>)).toEqual([expect.stringContaining(problem)]);
  });

  it('knows when a target that fails is skipped: by half of its requests, by another share, or never', () => {
    const circuit = (percent?: string) =>
      AppConfig.fromEnvironment(percent === undefined ? {} : { BOUGH_CIRCUIT_FAILURE_PERCENT: percent }).circuit;
    expect([circuit(), circuit('20').failureShare]).toEqual([{ failureShare: 0.5, openMs: 5_000 }, 0.2]);
    expect([circuit('0').failureShare, circuit('100').failureShare]).toEqual([0, 1]);
    expect(problemsOf({ BOUGH_CIRCUIT_FAILURE_PERCENT: '101', BOUGH_CIRCUIT_OPEN_MS: '0' })).toEqual([
      'BOUGH_CIRCUIT_FAILURE_PERCENT must be a whole number from 0 to 100',
      'BOUGH_CIRCUIT_OPEN_MS must be a whole number from 1 to 300000',
    ]);
  });

  it('counts an empty or blank variable as absent', () => {
    expect(problemsOf({ PORT: '', BOUGH_MASTER_KEY: '  ', DATABASE_URL: '' })).toEqual([]);
  });

  it('demands a master key in production', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^BOUGH_MASTER_KEY is required/)]);
    expect(problemsOf({ NODE_ENV: 'production', BOUGH_MASTER_KEY: 'x'.repeat(32) })).toEqual([]);
  });

  it('takes no number that is not one', () => {
    for (const text of ['1e3', '0x10', '1.5', '١', 'NaN', '99999999999'])
      expect(problemsOf({ PORT: text })).toHaveLength(1);
  });

  it.each([
    ['dbc-1.cloud.databricks.com', 'https://dbc-1.cloud.databricks.com'],
    ['https://dbc-1.cloud.databricks.com/', 'https://dbc-1.cloud.databricks.com'],
    ['http://127.0.0.1:9999', 'http://127.0.0.1:9999'],
    ['http://localhost:9999', 'http://localhost:9999'],
  ])('reads the workspace %s as %s', (host, baseUrl) => {
    const [databricks] = AppConfig.fromEnvironment({ DATABRICKS_HOST: host, DATABRICKS_TOKEN: 't' }).providers;
    expect(databricks).toMatchObject({ kind: 'databricks', baseUrl });
  });

  it.each([
    ['http://dbc-1.cloud.databricks.com'],
    ['https://user@host'],
    ['https://host/path'],
    ['https://host?x=1'],
    ['file:///etc'],
  ])('refuses the workspace %s', host => {
    expect(problemsOf({ DATABRICKS_HOST: host, DATABRICKS_TOKEN: 't' })[0]).toMatch(/^DATABRICKS_HOST must be/);
  });

  it.each([
    ['DATABASE_URL', 'postgresql://['],
    ['DATABASE_URL', 'mysql://host/db'],
    ['HOST', '300.1.1.1'],
    ['HOST', 'not a host'],
    ['HOST', '127.0.0.1:80'],
    ['BOUGH_TRUSTED_PROXIES', '300.1.1.1'],
    ['BOUGH_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['BOUGH_TRUSTED_PROXIES', '10.0.0.1,nonsense'],
    ['BOUGH_TRUSTED_PROXIES', 'fd00::/129'],
    ['BOUGH_ALLOWED_HTTP_UPSTREAMS', 'http://ollama'],
    ['BOUGH_ALLOWED_HTTP_UPSTREAMS', '300.1.1.1'],
    ['BOUGH_ALLOWED_HTTP_UPSTREAMS', 'ollama:http'],
  ])('names %s when it is %s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must be `))]);
  });

  it.each([
    ['HOST', '0.0.0.0'],
    ['HOST', '::'],
    ['HOST', 'gateway-1.internal'],
    ['DATABASE_URL', 'postgresql:///bough?host=/var/run/postgresql'],
    ['BOUGH_TRUSTED_PROXIES', '10.0.0.0/8, ::1,fd00::/8'],
    ['BOUGH_ALLOWED_HTTP_UPSTREAMS', 'ollama, vllm.lan:8000,10.0.0.0/8,192.168.1.7:8000'],
  ])('takes %s as %s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([]);
  });

  it('takes an OpenAI-compatible server without a key, over plain http where that is allowed', () => {
    const [server] = AppConfig.fromEnvironment({ OPENAI_BASE_URL: 'http://localhost:11434/v1' }).providers;
    const authentication = { type: 'token', token: '' };
    expect(server).toMatchObject({ kind: 'openai-compatible', baseUrl: 'http://localhost:11434/v1', authentication });
    const elsewhere = { OPENAI_BASE_URL: 'http://ollama:11434/v1' };
    expect(problemsOf(elsewhere)).toEqual([
      expect.stringMatching(/^OPENAI_BASE_URL is plain http.*BOUGH_ALLOWED_HTTP/),
    ]);
    expect(problemsOf({ ...elsewhere, BOUGH_ALLOWED_HTTP_UPSTREAMS: 'ollama' })).toEqual([]);
  });

  it('says what goes with what', () => {
    expect(problemsOf({ DATABRICKS_HOST: 'host' })[0]).toMatch(/^DATABRICKS_HOST needs DATABRICKS_TOKEN/);
    expect(problemsOf({ DATABRICKS_TOKEN: 't' })[0]).toMatch(/^DATABRICKS_HOST is required/);
    expect(problemsOf({ DATABRICKS_HOST: 'h', DATABRICKS_TOKEN: 't', DATABRICKS_CLIENT_ID: 'c' })).toHaveLength(1);
  });
});

describe('amounts and keys', () => {
  it('are exact', () => {
    expect(usdToNano('20')).toBe(20_000_000_000n);
    expect(usdToNano('0.1')).toBe(100_000_000n);
    expect(usdToNano('0.000000001')).toBe(1n);
    expect(deriveKey('x').equals(deriveKey('x'))).toBe(true);
    expect(deriveKey('x').equals(deriveKey('y'))).toBe(false);
  });
});
