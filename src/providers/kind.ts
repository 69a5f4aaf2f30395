import type { Dispatcher } from 'undici';
import type { Dialect } from '../dialects/dialect.js';
import type { Clock } from '../platform/clock.js';
import type { Rule } from './address.js';
import type { KindEnvironment } from './environment.js';
import type { Probe, ProbedModel } from './probe.js';
import type { Account, Provider } from './provider.js';

/** What an adapter may need of the process. */
export interface ProviderParts {
  readonly clock: Clock;
  /** a pool of connections, for tokens */
  readonly poolFor: (origin: string) => Dispatcher;
  readonly production: boolean;
}

/** What of a model tells in which dialects it is served. */
interface ServedModel {
  readonly provider: string;
  readonly nativeDialects: ReadonlySet<Dialect>;
}

/** What a kind of provider can do, as far as the gateway must know before it asks one (docs/dialects.md). */
export interface Capabilities {
  /** the dialects in which it answers such a model */
  dialects(model: ServedModel): ReadonlySet<Dialect>;
  /** takes `stream_options` for such a model; elsewhere usage may be estimated (decision 3) */
  streamUsage(model: ServedModel): boolean;
  /** takes it in a request that is translated, unless its operator says otherwise: in other dialects a stream always tells usage */
  readonly translatedStreamUsage?: true;
  /** answers how many tokens a request has, in these dialects */
  readonly countsTokens: ReadonlySet<Dialect>;
  /** which `anthropic-beta` flags go on to it where its operator says nothing: patterns, `*` at their end */
  readonly betaFlags: readonly string[];
  /**
   * its chat completions refuse what the catalog lists for a model (`rejected_chat_params`); elsewhere only what is said
   * there of sampling holds, which is the model's own
   */
  readonly refusesListed?: true;
  /** its chat completions take tools of the type `custom`; elsewhere they are told as functions */
  readonly customTools?: true;
  /** keeps the answers of Responses in its account unless it is told not to */
  readonly storesByDefault?: true;
  /** where it reads them */
  readonly betaFlagsIn?: 'body';
}

/** One kind of provider: everything that the gateway must know to call one. */
export interface KindDescriptor {
  readonly capabilities: Capabilities;
  /** its adapter: paths, authentication, framing */
  create(account: Account, parts: ProviderParts): Provider;
  /** The cheapest question that needs our authentication. Null where it needs a model and none is routed there. */
  probe(account: Account, model: ProbedModel | null): Probe | null;
}

/** An account as an operator describes it. */
export interface DescribedAccount {
  readonly baseUrl: string;
  readonly clientId: string | null;
}

/** A kind that operators may add. Every fact is required: a kind without one says so itself, with null. */
export interface StoredKindDescriptor extends KindDescriptor {
  readonly address: {
    /** What is wrong with the path of a base URL (without its last slash), because the adapter adds the rest itself. */
    readonly pathFault: Rule | null;
    /** What else is wrong with the address of such an account. */
    readonly accountFault: ((account: DescribedAccount) => string | null) | null;
  };
  readonly secret: {
    /** the sentence about an empty secret, without its subject; null where it may be empty */
    readonly required: string | null;
    /** what `client_id` is; null where the secret stands alone */
    readonly clientId: string | null;
    /** What is wrong with a secret, said without anything of it. */
    readonly fault: ((secret: string, production: boolean) => string | null) | null;
  };
  /** Its name for a model of the catalog, where a route says none; the sentence about that where no rule leads to it. */
  readonly modelName: ((model: { id: string; providerModelId: string | null }) => string) | { readonly fault: string };
  /** the account that environment variables may name; null where none do */
  readonly environment: KindEnvironment | null;
}

/** The name that the maker itself has for a model. */
export const makersName: StoredKindDescriptor['modelName'] = ({ id, providerModelId }) => providerModelId ?? id;

const only = (...dialects: Dialect[]): ReadonlySet<Dialect> => new Set(dialects);
export const NOTHING = only();
export const CHAT = only('chat_completions');
export const MESSAGES = only('anthropic_messages');
export const GEMINI = only('gemini_generate_content');
export const MESSAGES_AND_GEMINI = only('anthropic_messages', 'gemini_generate_content');
export const OPENAI = only('chat_completions', 'openai_responses', 'embeddings');
export const COMPATIBLE = only('chat_completions', 'embeddings');
