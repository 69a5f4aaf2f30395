import type { Dialect } from '../../dialects/dialect.js';
import { API_MODELS, writeModelPath } from '../../dialects/gemini/paths.js';
import { type KindDescriptor, MESSAGES_AND_GEMINI } from '../kind.js';
import { type Account, type Outgoing, type Provider, type ProviderCall, splitBaseUrl } from '../provider.js';

/** The built-in upstream: each dialect below the path that its vendor has, a bearer token for all of them. */
class SandboxProvider implements Provider {
  private readonly origin: string;
  private readonly headers: Outgoing['headers'];

  constructor({ baseUrl, authentication }: Account) {
    this.origin = splitBaseUrl(baseUrl).origin;
    const token = authentication.type === 'token' ? authentication.token : '';
    this.headers = [['authorization', `Bearer ${token}`]];
  }

  prepare(call: ProviderCall): Outgoing {
    return { origin: this.origin, path: PATHS[call.dialect](call), headers: this.headers, body: call.body };
  }

  authenticationRefused(): void {
    // It was made by this process and holds for as long as it runs.
  }
}

const PATHS: Readonly<Record<Dialect, (call: ProviderCall) => string>> = {
  chat_completions: () => '/v1/chat/completions',
  anthropic_messages: ({ operation }) => `/anthropic/v1/messages${operation === 'count-tokens' ? '/count_tokens' : ''}`,
  openai_responses: () => '/v1/responses',
  gemini_generate_content: call => `/gemini${API_MODELS}/${writeModelPath(call)}`,
  embeddings: () => '/v1/embeddings',
};

/** Nobody adds one: the gateway starts it itself and tells routing of it. */
export const sandbox: KindDescriptor = {
  capabilities: {
    dialects: model => model.nativeDialects,
    streamUsage: () => true,
    countsTokens: MESSAGES_AND_GEMINI,
    betaFlags: ['*'],
    customTools: true,
  },
  create: account => new SandboxProvider(account),
  probe: () => null,
};
