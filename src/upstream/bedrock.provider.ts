import type { Clock } from '../platform/clock.js';
import { awsRegionOf } from '../config/aws-region.js';
import type { Upstream } from '../routing/target.types.js';
import type { Header } from './answer-headers.js';
import type { AwsCredentials } from './aws-signature.js';
import { claudeBody } from './claude-body.js';
import { notSpoken, type Outgoing, type Provider, type ProviderCall, splitBaseUrl } from './provider.js';

const VERSION = 'bedrock-2023-05-31';
const CONTENT_TYPE = 'application/json';
/** AWS's first region, for a server of one's own that has no region in its name. */
const DEFAULT_REGION = 'us-east-1';

/** Amazon Bedrock in one region: Claude by InvokeModel, every other model by OpenAI's chat completions. */
export class BedrockProvider implements Provider {
  private readonly origin: string;
  private readonly host: string;
  private readonly basePath: string;
  private readonly region: string;

  constructor(
    private readonly upstream: Upstream,
    private readonly clock: Clock,
  ) {
    const { origin, basePath } = splitBaseUrl(upstream.baseUrl);
    this.origin = origin;
    this.host = new URL(origin).host;
    this.basePath = basePath;
    this.region = awsRegionOf(upstream.baseUrl) ?? DEFAULT_REGION;
  }

  prepare(call: ProviderCall): Outgoing | Promise<Outgoing> {
    const request = this.requestFor(call);
    const { authentication } = this.upstream;
    if (authentication.type === 'token') {
      return { ...request, headers: [...request.headers, ['authorization', `Bearer ${authentication.token}`]] };
    }
    const credentials = readAwsCredentials(authentication.clientId, authentication.clientSecret);
    return this.signed(request, credentials);
  }

  authenticationRefused(): void {
    // A key does not renew itself.
  }

  private requestFor(call: ProviderCall): Outgoing {
    if (call.operation !== 'generate') throw notSpoken(call.dialect);
    const { origin, basePath } = this;
    if (call.dialect === 'chat_completions') {
      const path = `${basePath}/openai/v1/chat/completions`;
      return { origin, path, headers: [['content-type', CONTENT_TYPE]], body: call.body };
    }
    if (call.dialect !== 'anthropic_messages') throw notSpoken(call.dialect);
    const body = claudeBody(call.body, ['model', 'stream'], VERSION, call.betaFlags);
    const model = `${basePath}/model/${encodeURIComponent(call.model)}`;
    const headers = (accept: string): Header[] => [
      ['content-type', CONTENT_TYPE],
      ['accept', accept],
    ];
    if (!call.stream) return { origin, path: `${model}/invoke`, headers: headers(CONTENT_TYPE), body };
    const framing = 'aws-event-stream';
    const path = `${model}/invoke-with-response-stream`;
    return { origin, path, headers: headers('application/vnd.amazon.eventstream'), body, framing };
  }

  private async signed(request: Outgoing, credentials: AwsCredentials): Promise<Outgoing> {
    const { host, region } = this;
    const { path, body } = request;
    // Loaded when it is needed: it costs a gateway without Bedrock its start and memory.
    const { signedHeaders } = await import('./aws-signature.js');
    const signed = await signedHeaders(
      { host, path, contentType: CONTENT_TYPE, body },
      credentials,
      region,
      this.clock.now(),
    );
    const own = request.headers.filter(([name]) => name !== 'content-type');
    return { ...request, headers: [...own, ...signed] };
  }
}

/** `secret`, or `secret:token` for temporary credentials: neither part can hold a colon. */
function readAwsCredentials(accessKeyId: string, secret: string): AwsCredentials {
  const [secretAccessKey = '', sessionToken] = secret.split(':', 2);
  return sessionToken === undefined ? { accessKeyId, secretAccessKey } : { accessKeyId, secretAccessKey, sessionToken };
}
