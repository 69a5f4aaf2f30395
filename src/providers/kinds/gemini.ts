import { API_MODELS, writeModelPath } from '../../dialects/gemini/paths.js';
import { unless } from '../address.js';
import { addressProblems, environmentOf, googlesGemini, keyed, variable } from '../environment.js';
import { GEMINI, makersName, type StoredKindDescriptor } from '../kind.js';
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

/** Google's Gemini API. The key travels in a header only: what stands in a URL stands in every log on the way. */
class GeminiProvider implements Provider {
  private readonly origin: string;
  private readonly path: string;
  private readonly headers: Outgoing['headers'];

  constructor(account: Account) {
    const { origin, basePath } = splitBaseUrl(account.baseUrl);
    this.origin = origin;
    this.path = `${basePath}${API_MODELS}/`;
    this.headers = [['x-goog-api-key', secretOf(account)]];
  }

  prepare(call: ProviderCall): Outgoing {
    if (call.dialect !== 'gemini_generate_content') throw notSpoken(call.dialect);
    return { origin: this.origin, path: this.path + writeModelPath(call), headers: this.headers, body: call.body };
  }

  authenticationRefused(): void {
    // A key does not renew itself.
  }
}

const pathFault = unless(
  /^(?!.*\/v1(beta)?(\/models)?$)/,
  'must end before /v1beta, as https://generativelanguage.googleapis.com does',
);

const environment = environmentOf(
  { GEMINI_API_KEY: variable.key(), GEMINI_BASE_URL: variable.url() },
  {
    // Other tools read the address too: it is looked at beside a key only.
    problems: ({ GEMINI_API_KEY: key, GEMINI_BASE_URL: url }, surroundings) =>
      key === undefined ? [] : addressProblems('GEMINI_BASE_URL', url, pathFault, surroundings),
    account: ({ GEMINI_API_KEY: key, GEMINI_BASE_URL: url = 'https://generativelanguage.googleapis.com' }) =>
      keyed(key, url, googlesGemini),
  },
);

export const gemini: StoredKindDescriptor = {
  capabilities: { dialects: () => GEMINI, streamUsage: () => true, countsTokens: GEMINI, betaFlags: [] },
  create: account => new GeminiProvider(account),
  probe: ({ baseUrl }) =>
    listing('gemini_generate_content', `${splitBaseUrl(baseUrl).basePath}${API_MODELS}?pageSize=1`),
  address: { pathFault, accountFault: null },
  secret: { required: 'must be an API key', clientId: null, fault: null },
  modelName: makersName,
  environment,
};
