import type { Dispatcher } from 'undici';
import type { Dialect } from '../../dialects/dialect.js';
import { API_MODELS, writeModelPath } from '../../dialects/gemini/paths.js';
import type { Clock } from '../../platform/clock.js';
import { postForm, RenewedToken } from '../access-token.js';
import { unless } from '../address.js';
import { environmentOf, variable } from '../environment.js';
import { NOTHING, type StoredKindDescriptor } from '../kind.js';
import { listing } from '../probe.js';
import { type Account, type Outgoing, type Provider, type ProviderCall, splitBaseUrl } from '../provider.js';

/** docs/contract.md section 14; the gateway's own long paths mirror these. */
const PATHS: Readonly<Record<Exclude<Dialect, 'gemini_generate_content'>, string>> = {
  chat_completions: '/ai-gateway/mlflow/v1/chat/completions',
  anthropic_messages: '/ai-gateway/anthropic/v1/messages',
  openai_responses: '/ai-gateway/openai/v1/responses',
  embeddings: '/ai-gateway/mlflow/v1/embeddings',
};
const GEMINI_PATH = `/ai-gateway/gemini${API_MODELS}/`;

const TOKEN_PATH = '/oidc/v1/token';

/** A Databricks workspace: a personal access token, or OAuth with a service principal's client id and secret. */
class DatabricksProvider implements Provider {
  private readonly origin: string;
  private readonly access: RenewedToken;

  constructor(
    private readonly account: Account,
    clock: Clock,
    private readonly dispatcherFor: (origin: string) => Dispatcher,
  ) {
    this.origin = splitBaseUrl(account.baseUrl).origin;
    this.access = new RenewedToken(clock, () => this.fetchToken());
  }

  prepare(call: ProviderCall): Outgoing | Promise<Outgoing> {
    const { authentication } = this.account;
    const token = authentication.type === 'token' ? authentication.token : this.access.current();
    return typeof token === 'string' ? this.outgoing(call, token) : token.then(value => this.outgoing(call, value));
  }

  authenticationRefused(): void {
    this.access.forget();
  }

  private outgoing(call: ProviderCall, token: string): Outgoing {
    const path = call.dialect === 'gemini_generate_content' ? GEMINI_PATH + writeModelPath(call) : PATHS[call.dialect];
    return { origin: this.origin, path, headers: [['authorization', `Bearer ${token}`]], body: call.body };
  }

  private async fetchToken(): Promise<unknown> {
    const { authentication } = this.account;
    if (authentication.type !== 'client') throw new Error('not an OAuth upstream');
    const basic = Buffer.from(`${authentication.clientId}:${authentication.clientSecret}`).toString('base64');
    const form = 'grant_type=client_credentials&scope=all-apis';
    return postForm(this.dispatcherFor(this.origin), TOKEN_PATH, form, { authorization: `Basic ${basic}` });
  }
}

/** The published catalog is what Databricks serves, under names made of its ids. */
const nameOf = ({ id }: { id: string }): string => `databricks-${id}`;

const environment = environmentOf(
  {
    DATABRICKS_HOST: variable.workspace(),
    DATABRICKS_TOKEN: variable.text(),
    DATABRICKS_CLIENT_ID: variable.text(),
    DATABRICKS_CLIENT_SECRET: variable.text(),
  },
  {
    problems: ({ DATABRICKS_HOST: host, DATABRICKS_TOKEN: token, ...client }) => {
      const { DATABRICKS_CLIENT_ID: id, DATABRICKS_CLIENT_SECRET: secret } = client;
      const problems: string[] = [];
      const authenticated = token !== undefined || secret !== undefined;
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
    },
    account: ({ DATABRICKS_HOST: host, DATABRICKS_TOKEN: token = '', ...client }) => {
      if (host === undefined) return null;
      const { DATABRICKS_CLIENT_ID: clientId, DATABRICKS_CLIENT_SECRET: clientSecret } = client;
      const address = /^https?:\/\//i.test(host) ? host : `https://${host}`;
      const authentication: Account['authentication'] =
        clientId !== undefined && clientSecret !== undefined
          ? { type: 'client', clientId, clientSecret }
          : { type: 'token', token };
      return { baseUrl: new URL(address).origin, authentication, nameOf };
    },
  },
);

export const databricks: StoredKindDescriptor = {
  capabilities: {
    dialects: model => model.nativeDialects,
    // On its Gemini endpoints stream_options is an unknown field.
    streamUsage: model => model.provider !== 'google',
    countsTokens: NOTHING,
    betaFlags: ['*'],
    refusesListed: true,
  },
  create: (account, { clock, poolFor }) => new DatabricksProvider(account, clock, poolFor),
  probe: () => listing('chat_completions', '/api/2.0/serving-endpoints'),
  address: { pathFault: unless(/^$/, 'must have no path: it is the workspace’s address'), accountFault: null },
  secret: {
    required: 'must be an access token, or with client_id a client secret',
    clientId: 'OAuth client id',
    fault: null,
  },
  modelName: nameOf,
  environment,
};
