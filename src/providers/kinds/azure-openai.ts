import { unless } from '../address.js';
import { addressProblems, environmentOf, keyed, madeBy, variable } from '../environment.js';
import { makersName, NOTHING, OPENAI, type StoredKindDescriptor } from '../kind.js';
import { OpenAiCompatibleProvider, openAiListing } from '../openai-provider.js';

const pathFault = unless(
  /\/openai\/v1$/,
  'must end in /openai/v1: of Azure’s APIs only v1 is spoken, which names no deployment',
);

const environment = environmentOf(
  { AZURE_OPENAI_API_KEY: variable.key(), AZURE_OPENAI_BASE_URL: variable.url() },
  {
    problems: ({ AZURE_OPENAI_API_KEY: key, AZURE_OPENAI_BASE_URL: url }, surroundings) => {
      if ((key === undefined) !== (url === undefined)) {
        return ['AZURE_OPENAI_API_KEY and AZURE_OPENAI_BASE_URL go together'];
      }
      return addressProblems('AZURE_OPENAI_BASE_URL', url, pathFault, surroundings);
    },
    account: ({ AZURE_OPENAI_API_KEY: key, AZURE_OPENAI_BASE_URL: url = '' }) => keyed(key, url, madeBy('openai')),
  },
);

/** Azure OpenAI's v1 API. */
export const azureOpenAi: StoredKindDescriptor = {
  capabilities: {
    dialects: () => OPENAI,
    streamUsage: () => true,
    countsTokens: NOTHING,
    betaFlags: [],
    customTools: true,
    storesByDefault: true,
  },
  create: account => new OpenAiCompatibleProvider(account, key => ['api-key', key]),
  probe: openAiListing,
  address: { pathFault, accountFault: null },
  secret: { required: 'must be a key of the Azure resource', clientId: null, fault: null },
  modelName: makersName,
  environment,
};
