import { unless } from '../address.js';
import { addressProblems, environmentOf, keyed, madeBy, variable } from '../environment.js';
import { makersName, MESSAGES, type StoredKindDescriptor } from '../kind.js';
import { listing } from '../probe.js';
import {
  type Account,
  notSpoken,
  type Outgoing,
  type Provider,
  type ProviderCall,
  secretOf,
  splitBaseUrl,
} from '../provider.js';

/** Anthropic's own API. Which version of it is asked for, the forwarded headers say. */
class AnthropicProvider implements Provider {
  private readonly origin: string;
  private readonly path: string;
  private readonly headers: Outgoing['headers'];

  constructor(account: Account) {
    const { origin, basePath } = splitBaseUrl(account.baseUrl);
    this.origin = origin;
    this.path = `${basePath}/v1/messages`;
    this.headers = [['x-api-key', secretOf(account)]];
  }

  prepare({ dialect, operation, body }: ProviderCall): Outgoing {
    if (dialect !== 'anthropic_messages') throw notSpoken(dialect);
    const path = operation === 'count-tokens' ? `${this.path}/count_tokens` : this.path;
    return { origin: this.origin, path, headers: this.headers, body };
  }

  authenticationRefused(): void {
    // A key does not renew itself.
  }
}

const pathFault = unless(/^(?!.*\/v1(\/messages)?$)/, 'must end before /v1, as https://api.anthropic.com does');

const environment = environmentOf(
  { ANTHROPIC_API_KEY: variable.key(), ANTHROPIC_BASE_URL: variable.url() },
  {
    // Other tools read the address too: it is looked at beside a key only.
    problems: ({ ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: url }, surroundings) =>
      key === undefined ? [] : addressProblems('ANTHROPIC_BASE_URL', url, pathFault, surroundings),
    account: ({ ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: url = 'https://api.anthropic.com' }) =>
      keyed(key, url, madeBy('anthropic')),
  },
);

export const anthropic: StoredKindDescriptor = {
  capabilities: { dialects: () => MESSAGES, streamUsage: () => true, countsTokens: MESSAGES, betaFlags: ['*'] },
  create: account => new AnthropicProvider(account),
  probe: ({ baseUrl }) => listing('anthropic_messages', `${splitBaseUrl(baseUrl).basePath}/v1/models?limit=1`),
  address: { pathFault, accountFault: null },
  secret: { required: 'must be an API key', clientId: null, fault: null },
  modelName: makersName,
  environment,
};
