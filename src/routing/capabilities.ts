import type { CatalogModel } from '../catalog/catalog.types.js';
import type { ChatDialect } from '../dialects/neutral/neutral.types.js';
import type { Dialect } from '../dialects/dialect.js';
import type { UpstreamKind } from './target.types.js';

/** What a kind of upstream can do, as far as the gateway must know before it asks one. One row a kind (docs/dialects.md). */
export interface Capabilities {
  /** the dialects in which it answers such a model */
  dialects(model: CatalogModel): ReadonlySet<Dialect>;
  /** takes `stream_options` for such a model; elsewhere usage may be estimated (decision 3) */
  streamUsage(model: CatalogModel): boolean;
  /** answers how many tokens a request has, in these dialects */
  readonly countsTokens: ReadonlySet<Dialect>;
  /** which `anthropic-beta` flags go on to it where its operator says nothing: patterns, `*` at their end */
  readonly betaFlags: readonly string[];
  /** keeps the answers of Responses in its account unless it is told not to */
  readonly storesByDefault?: true;
  /** where it reads them */
  readonly betaFlagsIn?: 'body';
}

const only = (...dialects: Dialect[]): ReadonlySet<Dialect> => new Set(dialects);
const NOTHING = only();
const OPENAI = only('chat_completions', 'openai_responses', 'embeddings');
const COMPATIBLE = only('chat_completions', 'embeddings');
const MESSAGES = only('anthropic_messages');
const GEMINI = only('gemini_generate_content');
const MESSAGES_AND_GEMINI = only('anthropic_messages', 'gemini_generate_content');
const CHAT = only('chat_completions');
const ALL = ['*'];
const NONE: readonly string[] = [];
const always = () => true;

const STORING_OPENAI: Capabilities = {
  dialects: () => OPENAI,
  streamUsage: always,
  countsTokens: NOTHING,
  betaFlags: NONE,
  storesByDefault: true,
};

export const CAPABILITIES: Readonly<Record<UpstreamKind, Capabilities>> = {
  // The published catalog is what Databricks serves; on its Gemini endpoints stream_options is an unknown field.
  databricks: {
    dialects: model => model.nativeDialects,
    streamUsage: model => model.provider !== 'google',
    countsTokens: NOTHING,
    betaFlags: ALL,
  },
  openai: STORING_OPENAI,
  'azure-openai': STORING_OPENAI,
  // Servers of every age: an unknown field may be a 400 there.
  'openai-compatible': {
    dialects: () => COMPATIBLE,
    streamUsage: () => false,
    countsTokens: NOTHING,
    betaFlags: NONE,
  },
  anthropic: { dialects: () => MESSAGES, streamUsage: always, countsTokens: MESSAGES, betaFlags: ALL },
  gemini: { dialects: () => GEMINI, streamUsage: always, countsTokens: GEMINI, betaFlags: NONE },
  vertex: {
    dialects: model => (model.provider === 'anthropic' ? MESSAGES : GEMINI),
    streamUsage: always,
    countsTokens: MESSAGES_AND_GEMINI,
    betaFlags: NONE,
  },
  bedrock: {
    dialects: model => (model.provider === 'anthropic' ? MESSAGES : CHAT),
    streamUsage: always,
    countsTokens: NOTHING,
    betaFlags: NONE,
    betaFlagsIn: 'body',
  },
  sandbox: {
    dialects: model => model.nativeDialects,
    streamUsage: always,
    countsTokens: MESSAGES_AND_GEMINI,
    betaFlags: ALL,
  },
};

/** Where a caller's own dialect is not spoken: those first that can say the most. */
const RICHEST_FIRST: readonly ChatDialect[] = [
  'anthropic_messages',
  'gemini_generate_content',
  'openai_responses',
  'chat_completions',
];

/** The dialect in which to ask this kind of upstream on behalf of a caller; null when there is none. */
export function dialectFor(kind: UpstreamKind, model: CatalogModel, caller: Dialect): Dialect | null {
  const spoken = CAPABILITIES[kind].dialects(model);
  if (spoken.has(caller)) return caller;
  if (caller === 'embeddings') return null;
  return RICHEST_FIRST.find(dialect => spoken.has(dialect)) ?? null;
}
