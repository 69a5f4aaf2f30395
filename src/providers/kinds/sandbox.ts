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
    return { origin: this.origin, path: pathOf(call), headers: this.headers, body: call.body };
  }

  authenticationRefused(): void {
    // It was made by this process and holds for as long as it runs.
  }
}

function pathOf(call: ProviderCall): string {
  if (call.dialect === 'chat_completions') return '/v1/chat/completions';
  if (call.dialect === 'openai_responses') return '/v1/responses';
  if (call.dialect === 'embeddings') return '/v1/embeddings';
  if (call.dialect === 'gemini_generate_content') return `/gemini${API_MODELS}/${writeModelPath(call)}`;
  return call.operation === 'count-tokens' ? '/anthropic/v1/messages/count_tokens' : '/anthropic/v1/messages';
}

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
