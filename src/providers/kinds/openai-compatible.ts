import { COMPATIBLE, makersName, NOTHING, type StoredKindDescriptor } from '../kind.js';
import { bearer, OpenAiCompatibleProvider, openAiListing } from '../openai-provider.js';

/** Servers that are compatible with OpenAI's API. They are of every age: an unknown field may be a 400 there. */
export const openAiCompatible: StoredKindDescriptor = {
  capabilities: {
    dialects: () => COMPATIBLE,
    streamUsage: () => false,
    translatedStreamUsage: true,
    countsTokens: NOTHING,
    betaFlags: [],
  },
  create: account => new OpenAiCompatibleProvider(account, bearer),
  probe: openAiListing,
  address: { pathFault: null, accountFault: null },
  secret: { required: null, clientId: null, fault: null },
  modelName: makersName,
  // OPENAI_BASE_URL at another address than OpenAI's names one: kinds/openai.ts.
  environment: null,
};
