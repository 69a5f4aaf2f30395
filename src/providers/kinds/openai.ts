import { addressProblems, environmentOf, madeBy, variable } from '../environment.js';
import { withoutTrailingSlash } from '../address.js';
import { makersName, NOTHING, OPENAI, type StoredKindDescriptor } from '../kind.js';
import { bearer, OpenAiCompatibleProvider, openAiListing } from '../openai-provider.js';

/** Another address than OpenAI's own is a server that speaks OpenAI's API as far as it does. */
const isOpenAi = (baseUrl: string): boolean => /(^|\.)api\.openai\.com$/.test(new URL(baseUrl).hostname);

const environment = environmentOf(
  { OPENAI_API_KEY: variable.shortText(), OPENAI_BASE_URL: variable.url() },
  {
    problems: ({ OPENAI_BASE_URL: url }, surroundings) => addressProblems('OPENAI_BASE_URL', url, null, surroundings),
    account: ({ OPENAI_API_KEY: key, OPENAI_BASE_URL: url }) => {
      if (key === undefined && url === undefined) return null;
      const baseUrl = withoutTrailingSlash(url ?? 'https://api.openai.com/v1');
      // A server such as vLLM or Ollama asks for no key.
      const account = {
        baseUrl,
        authentication: { type: 'token', token: key ?? '' },
        nameOf: madeBy('openai'),
      } as const;
      return isOpenAi(baseUrl) ? account : { ...account, kind: 'openai-compatible' };
    },
  },
);

/** OpenAI's own API. */
export const openAi: StoredKindDescriptor = {
  capabilities: {
    dialects: () => OPENAI,
    streamUsage: () => true,
    countsTokens: NOTHING,
    betaFlags: [],
    customTools: true,
    storesByDefault: true,
  },
  create: account => new OpenAiCompatibleProvider(account, bearer),
  probe: openAiListing,
  address: { pathFault: null, accountFault: null },
  secret: { required: 'must be an API key', clientId: null, fault: null },
  modelName: makersName,
  environment,
};
