import type { Clock } from '../../platform/clock.js';
import { bareHost, isLoopback } from '../../config/plain-http.js';
import { unless } from '../address.js';
import { environmentOf, variable } from '../environment.js';
import { CHAT, type DescribedAccount, MESSAGES, NOTHING, type StoredKindDescriptor } from '../kind.js';
import { HELLO, json, type Probe, type ProbedModel } from '../probe.js';
import { awsRegionOf } from '../aws-region.js';
import type { AwsCredentials } from '../aws-signature.js';
import { claudeBody } from '../claude-body.js';
import {
  type Account,
  type Header,
  notSpoken,
  type Outgoing,
  type Provider,
  type ProviderCall,
  splitBaseUrl,
} from '../provider.js';

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
    private readonly account: Account,
    private readonly clock: Clock,
  ) {
    const { origin, basePath } = splitBaseUrl(account.baseUrl);
    this.origin = origin;
    this.host = new URL(origin).host;
    this.basePath = basePath;
    this.region = awsRegionOf(account.baseUrl) ?? DEFAULT_REGION;
  }

  prepare(call: ProviderCall): Outgoing | Promise<Outgoing> {
    const request = this.requestFor(call);
    const { authentication } = this.account;
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
    const { signedHeaders } = await import('../aws-signature.js');
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

/** Nothing of Bedrock's runtime is free of charge. */
function oneToken({ name: model, provider }: ProbedModel): Probe {
  const dialect = provider === 'anthropic' ? 'anthropic_messages' : 'chat_completions';
  const body = json({ model, messages: HELLO, max_tokens: 1 });
  return { call: { dialect, operation: 'generate', model, stream: false, body, betaFlags: [] }, list: null };
}

/** A signature names the region; a server on this machine has none in its name and takes any. */
function regionFault({ baseUrl, clientId }: DescribedAccount): string | null {
  const signed = clientId !== null && !isLoopback(bareHost(new URL(baseUrl)));
  if (!signed || awsRegionOf(baseUrl) !== null) return null;
  return 'must name the region, as https://bedrock-runtime.us-east-1.amazonaws.com does';
}

const environment = environmentOf(
  {
    BOUGH_BEDROCK: variable.flag(),
    BOUGH_BEDROCK_MODELS: variable.list(
      /^[a-z0-9][\w.-]{0,99}=[\w.:/-]{1,2048}$/,
      'pairs such as claude-opus-4-6=us.anthropic.claude-opus-4-6-v1',
    ),
    AWS_REGION: variable.text(),
    AWS_ACCESS_KEY_ID: variable.text(),
    AWS_SECRET_ACCESS_KEY: variable.text(),
    AWS_SESSION_TOKEN: variable.text(),
    AWS_BEARER_TOKEN_BEDROCK: variable.text(),
  },
  {
    problems: values => {
      const listed = values.BOUGH_BEDROCK_MODELS.length > 0;
      if (values.BOUGH_BEDROCK !== true) return listed ? ['BOUGH_BEDROCK_MODELS needs BOUGH_BEDROCK=true'] : [];
      const problems: string[] = [];
      if (!listed) problems.push('BOUGH_BEDROCK needs BOUGH_BEDROCK_MODELS: which models are what on Bedrock');
      if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(values.AWS_REGION ?? '')) {
        problems.push('AWS_REGION must be a region such as us-east-1 beside BOUGH_BEDROCK');
      }
      const signed = values.AWS_ACCESS_KEY_ID !== undefined && values.AWS_SECRET_ACCESS_KEY !== undefined;
      if (!signed && values.AWS_BEARER_TOKEN_BEDROCK === undefined) {
        problems.push('BOUGH_BEDROCK needs AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK');
      }
      return problems;
    },
    account: ({ AWS_REGION: region = '', AWS_BEARER_TOKEN_BEDROCK: bearer, ...values }) => {
      if (!values.BOUGH_BEDROCK) return null;
      const { AWS_ACCESS_KEY_ID: clientId, AWS_SECRET_ACCESS_KEY: key, AWS_SESSION_TOKEN: session } = values;
      const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
      const clientSecret = session === undefined ? key : `${key}:${session}`;
      const signed = clientId !== undefined && clientSecret !== undefined && key !== undefined && bearer === undefined;
      // What Bedrock calls a model follows no rule, so it is listed.
      const models = new Map(values.BOUGH_BEDROCK_MODELS.map(pairOf));
      return {
        baseUrl: `https://bedrock-runtime.${region}.${domain}`,
        authentication: signed ? { type: 'client', clientId, clientSecret } : { type: 'token', token: bearer ?? '' },
        nameOf: model => models.get(model.id) ?? null,
      };
    },
  },
);

function pairOf(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

export const bedrock: StoredKindDescriptor = {
  capabilities: {
    dialects: model => (model.provider === 'anthropic' ? MESSAGES : CHAT),
    streamUsage: () => true,
    countsTokens: NOTHING,
    betaFlags: [],
    betaFlagsIn: 'body',
  },
  create: (account, { clock }) => new BedrockProvider(account, clock),
  probe: (_account, model) => model && oneToken(model),
  address: {
    pathFault: unless(/^$/, 'must have no path, as in https://bedrock-runtime.us-east-1.amazonaws.com'),
    accountFault: regionFault,
  },
  secret: {
    required: 'must be a Bedrock API key, or with client_id (an access key id) the secret access key',
    clientId: 'access key id',
    fault: null,
  },
  modelName: { fault: 'must be given: Bedrock’s names of models follow no rule' },
  environment,
};
