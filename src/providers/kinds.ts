import type { KindDescriptor, StoredKindDescriptor } from './kind.js';
import { anthropic } from './kinds/anthropic.js';
import { azureOpenAi } from './kinds/azure-openai.js';
import { bedrock } from './kinds/bedrock.js';
import { databricks } from './kinds/databricks.js';
import { gemini } from './kinds/gemini.js';
import { openAiCompatible } from './kinds/openai-compatible.js';
import { openAi } from './kinds/openai.js';
import { sandbox } from './kinds/sandbox.js';
import { vertex } from './kinds/vertex.js';

/** The kinds that an operator may add. Those of the environment are tried in this order. */
const STORED_KINDS = {
  databricks,
  openai: openAi,
  'azure-openai': azureOpenAi,
  'openai-compatible': openAiCompatible,
  anthropic,
  gemini,
  vertex,
  bedrock,
} as const satisfies Readonly<Record<string, StoredKindDescriptor>>;

/** With the one that only the gateway itself makes. */
export const PROVIDER_KINDS = { ...STORED_KINDS, sandbox } as const satisfies Readonly<Record<string, KindDescriptor>>;

export type StoredKind = keyof typeof STORED_KINDS;
export type ProviderKind = keyof typeof PROVIDER_KINDS;

/** Their names, in the order in which the management API lists them. */
export const STORED_KIND_NAMES = Object.keys(STORED_KINDS) as StoredKind[];

export function isStoredKind(name: string): name is StoredKind {
  return Object.hasOwn(STORED_KINDS, name);
}

/** What is known of a kind, whichever it is. */
export function kindOf(name: ProviderKind): KindDescriptor {
  return PROVIDER_KINDS[name];
}

/** What is known of a kind that operators may add. */
export function storedKindOf(name: StoredKind): StoredKindDescriptor {
  return STORED_KINDS[name];
}
