import type { Dispatcher } from 'undici';
import { writeModelPath } from '../../dialects/gemini/paths.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Clock } from '../../platform/clock.js';
import { RenewedToken } from '../access-token.js';
import { unless } from '../address.js';
import { claudeBody } from '../claude-body.js';
import { environmentOf, googlesGemini, keyed, madeBy, type NamedModel, variable } from '../environment.js';
import { fetchGoogleToken } from '../google-access.js';
import { type GoogleSecret, readGoogleSecret } from '../google-secret.js';
import { GEMINI, makersName, MESSAGES, MESSAGES_AND_GEMINI, type StoredKindDescriptor } from '../kind.js';
import { HELLO, json, type Probe, type ProbedModel } from '../probe.js';
import {
  type Account,
  notSpoken,
  type Outgoing,
  type Provider,
  type ProviderCall,
  secretOf,
  splitBaseUrl,
} from '../provider.js';

const VERSION = 'vertex-2023-10-16';

/** Google Cloud's Vertex AI, one project in one location: Gemini, and Claude. */
export class VertexProvider implements Provider {
  private readonly origin: string;
  private readonly publishers: string;
  private readonly secret: GoogleSecret;
  private readonly access: RenewedToken;

  constructor(
    account: Account,
    private readonly clock: Clock,
    private readonly dispatcherFor: (origin: string) => Dispatcher,
    production: boolean,
  ) {
    const { origin, basePath } = splitBaseUrl(account.baseUrl);
    this.origin = origin;
    this.publishers = `${basePath}/publishers`;
    this.secret = readGoogleSecret(secretOf(account), !production);
    this.access = new RenewedToken(clock, () => this.fetchToken());
  }

  prepare(call: ProviderCall): Outgoing | Promise<Outgoing> {
    const request = this.requestFor(call);
    const token = this.token();
    const withToken = (value: string): Outgoing => {
      return { origin: this.origin, ...request, headers: [['authorization', `Bearer ${value}`]] };
    };
    return typeof token === 'string' ? withToken(token) : token.then(withToken);
  }

  authenticationRefused(): void {
    this.access.forget();
  }

  private requestFor(call: ProviderCall): Pick<Outgoing, 'path' | 'body'> {
    if (call.dialect === 'gemini_generate_content') {
      return { path: `${this.publishers}/google/models/${writeModelPath(call)}`, body: call.body };
    }
    if (call.dialect !== 'anthropic_messages') throw notSpoken(call.dialect);
    const models = `${this.publishers}/anthropic/models`;
    // The one place where Claude's name stays in the body.
    if (call.operation === 'count-tokens') {
      return { path: `${models}/count-tokens:rawPredict`, body: claudeBody(call.body, [], VERSION) };
    }
    const action = call.stream ? 'streamRawPredict' : 'rawPredict';
    // A version follows the name behind an @, which stands for itself in a path.
    const name = encodeURIComponent(call.model).replaceAll('%40', '@');
    return { path: `${models}/${name}:${action}`, body: claudeBody(call.body, ['model'], VERSION) };
  }

  private token(): string | Promise<string> {
    const { secret } = this;
    if (secret.type === 'token') return secret.token;
    if (secret.type === 'service-account') return this.access.current();
    throw new GatewayError('upstream_auth_error', { internal: `the secret ${secret.fault}` });
  }

  private fetchToken(): Promise<unknown> {
    if (this.secret.type !== 'service-account') return Promise.reject(new Error('no service account'));
    return fetchGoogleToken(this.secret, this.clock.now(), this.dispatcherFor);
  }
}

/** Counting tokens is free of charge. */
function counting({ name: model, provider }: ProbedModel): Probe {
  const call = { operation: 'count-tokens', model, stream: false, betaFlags: [] } as const;
  if (provider === 'anthropic') {
    const body = json({ model, messages: HELLO });
    return { call: { ...call, dialect: 'anthropic_messages', body }, list: null };
  }
  const body = json({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] });
  return { call: { ...call, dialect: 'gemini_generate_content', body }, list: null };
}

/** A region stands before the host's name, a group of regions within it, and the whole world nowhere. */
function addressIn(project: string | undefined, location: string): string {
  const regional = location.includes('-') ? `${location}-aiplatform` : `aiplatform.${location}.rep`;
  const host = location === 'global' ? 'aiplatform' : regional;
  return `https://${host}.googleapis.com/v1/projects/${project}/locations/${location}`;
}

const environment = environmentOf(
  {
    GOOGLE_APPLICATION_CREDENTIALS_JSON: variable.text(),
    GOOGLE_CLOUD_PROJECT: variable.text(),
    GOOGLE_CLOUD_LOCATION: variable.text(),
  },
  {
    problems: ({ GOOGLE_APPLICATION_CREDENTIALS_JSON: credentials, ...place }, { production }) => {
      if (credentials === undefined) return [];
      const problems: string[] = [];
      const fault = secretFault(credentials, production);
      if (fault !== null) problems.push(`GOOGLE_APPLICATION_CREDENTIALS_JSON ${fault}`);
      if (!/^[a-z0-9][a-z0-9.:-]{1,99}$/.test(place.GOOGLE_CLOUD_PROJECT ?? '')) {
        problems.push('GOOGLE_CLOUD_PROJECT must be a project’s id beside GOOGLE_APPLICATION_CREDENTIALS_JSON');
      }
      if (!/^[a-z]+(-[a-z]+\d+)?$/.test(place.GOOGLE_CLOUD_LOCATION ?? '')) {
        problems.push('GOOGLE_CLOUD_LOCATION must be a location such as us-central1, eu or global');
      }
      return problems;
    },
    account: ({ GOOGLE_APPLICATION_CREDENTIALS_JSON: key, ...place }) =>
      keyed(
        key,
        addressIn(place.GOOGLE_CLOUD_PROJECT, place.GOOGLE_CLOUD_LOCATION ?? ''),
        (model: NamedModel) => googlesGemini(model) ?? madeBy('anthropic')(model),
      ),
  },
);

function secretFault(secret: string, production: boolean): string | null {
  const read = readGoogleSecret(secret, !production);
  return read.type === 'faulty' ? read.fault : null;
}

export const vertex: StoredKindDescriptor = {
  capabilities: {
    dialects: model => (model.provider === 'anthropic' ? MESSAGES : GEMINI),
    streamUsage: () => true,
    countsTokens: MESSAGES_AND_GEMINI,
    betaFlags: [],
  },
  create: (account, { clock, poolFor, production }) => new VertexProvider(account, clock, poolFor, production),
  probe: (_account, model) => model && counting(model),
  address: {
    pathFault: unless(
      /^\/v1(beta1)?\/projects\/[^/]+\/locations\/[^/]+$/,
      'must end in /v1/projects/{project}/locations/{location}, which its host must serve',
    ),
    accountFault: null,
  },
  secret: {
    required: 'must be a service account’s JSON key in base64, or an access token',
    clientId: null,
    fault: secretFault,
  },
  modelName: makersName,
  environment,
};
