import type { Dispatcher } from 'undici';
import { type GoogleSecret, readGoogleSecret } from '../config/google-secret.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { Clock } from '../platform/clock.js';
import type { Upstream } from '../routing/target.types.js';
import { RenewedToken } from './access-token.js';
import { claudeBody } from './claude-body.js';
import { fetchGoogleToken } from './google-access.js';
import {
  geminiAction,
  notSpoken,
  type Outgoing,
  type Provider,
  type ProviderCall,
  secretOf,
  splitBaseUrl,
} from './provider.js';

const VERSION = 'vertex-2023-10-16';

/** Google Cloud's Vertex AI, one project in one location: Gemini, and Claude. */
export class VertexProvider implements Provider {
  private readonly origin: string;
  private readonly publishers: string;
  private readonly secret: GoogleSecret;
  private readonly access: RenewedToken;

  constructor(
    upstream: Upstream,
    private readonly clock: Clock,
    private readonly dispatcherFor: (origin: string) => Dispatcher,
    production: boolean,
  ) {
    const { origin, basePath } = splitBaseUrl(upstream.baseUrl);
    this.origin = origin;
    this.publishers = `${basePath}/publishers`;
    this.secret = readGoogleSecret(secretOf(upstream), !production);
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
      return { path: `${this.publishers}/google/models/${geminiAction(call)}`, body: call.body };
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
