import type { Json, JsonObject } from '../../json/value.js';
import type { ChatDialect } from '../dialect.js';
import type { TokenCounts } from '../token-counts.js';
import type { ReasoningRequest } from './reasoning.types.js';

/**
 * The one form between the dialects (decision 2): a codec decodes its wire into it and encodes it again, so that N dialects
 * need N codecs and not N². It says what a request means, not how a vendor writes it. Immutable: a codec never changes it.
 */

export type { ChatDialect } from '../dialect.js';
export type { Effort, ReasoningLimits, ReasoningRequest } from './reasoning.types.js';

/** Whose opaque data it is: only that vendor can read it, and only that vendor may be sent it. */
export type Origin = 'anthropic' | 'openai' | 'gemini' | 'other';

/** What remembers where it stood in the caller's request. */
export interface Placed {
  /** the caller's path, as in `input[3].output[0]`; absent in what no caller wrote */
  readonly at?: string;
}

/** What the target cannot say: named, never dropped in silence. `field` is the caller's path, as in `messages[2].name`. */
export interface Loss {
  readonly field: string;
  /** a public sentence without values of the caller */
  readonly reason: string;
}

/** A vendor's opaque words (a thought's signature, encrypted reasoning): carried byte for byte, never forged. */
export interface Opaque {
  readonly origin: Origin;
  readonly value: string;
}

/** Where a prompt cache may end. */
export interface CacheMark {
  /** null is the vendor's default, five minutes */
  readonly ttl: '5m' | '1h' | null;
}

export interface Citation {
  readonly title: string | null;
  readonly url: string | null;
  /** what was quoted */
  readonly text: string | null;
  /** offsets in the text of the part, in UTF-16 units; null where the vendor gave none */
  readonly start: number | null;
  readonly end: number | null;
  /** as it came, for the dialect it came from */
  readonly wire: { readonly dialect: ChatDialect; readonly value: Json } | null;
}

export interface TextPart extends Placed {
  readonly type: 'text';
  readonly text: string;
  readonly cache?: CacheMark;
  readonly citations?: readonly Citation[];
  /** Gemini signs text too */
  readonly signature?: Opaque;
}

export type MediaSource =
  | { readonly type: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly type: 'url'; readonly url: string; readonly mediaType: string | null }
  /** a file that was uploaded to a vendor before; no other vendor knows it */
  | { readonly type: 'file'; readonly origin: Origin; readonly id: string };

export interface MediaPart extends Placed {
  readonly type: 'media';
  readonly kind: 'image' | 'document' | 'audio' | 'video';
  readonly source: MediaSource;
  /** a file's name or a document's title */
  readonly name?: string;
  /** how closely an image is looked at */
  readonly detail?: 'auto' | 'low' | 'high';
  readonly cache?: CacheMark;
}

/**
 * A thought of the model. `text` may be '' where only its signature is known. `redacted`: the vendor shows no text at all,
 * `opaque` holds it whole (Anthropic's redacted_thinking). Summaries of OpenAI's reasoning are `text`, its encrypted_content
 * is `opaque`.
 */
export interface ReasoningPart extends Placed {
  readonly type: 'reasoning';
  readonly text: string;
  readonly opaque: Opaque | null;
  readonly redacted: boolean;
  /** the vendor's id of the item, where it has one */
  readonly id?: string;
}

export interface ToolCallPart extends Placed {
  readonly type: 'tool-call';
  /** never empty: a decoder makes one where its wire has none */
  readonly id: string;
  readonly name: string;
  /**
   * JSON text, as the model wrote it; '{}' for none. It may be broken JSON in an answer that was cut. Of a custom tool the
   * free text that it takes.
   */
  readonly arguments: string;
  /** a call of a custom tool */
  readonly custom?: true;
  /** where the wire tells the name in two parts */
  readonly namespace?: NamespacedName;
  readonly signature?: Opaque;
  readonly cache?: CacheMark;
}

export interface ToolResultPart extends Placed {
  readonly type: 'tool-result';
  readonly callId: string;
  /** null where the wire does not repeat it; `toolNamesOf` finds it in the calls before */
  readonly name: string | null;
  readonly content: readonly (TextPart | MediaPart)[];
  readonly isError: boolean;
  readonly cache?: CacheMark;
}

/** The model's words for declining. */
interface RefusalPart extends Placed {
  readonly type: 'refusal';
  readonly text: string;
}

export type UserPart = TextPart | MediaPart | ToolResultPart;
export type AssistantPart = TextPart | ReasoningPart | ToolCallPart | RefusalPart | MediaPart;

/**
 * One speaker's words. Neighbours may have the same role: a codec whose wire forbids that merges them. `system` stands only
 * where instructions come in the middle of a conversation; those at its beginning are the request's `instructions`.
 */
export type Turn = Placed &
  (
    | { readonly role: 'user'; readonly parts: readonly UserPart[]; readonly name?: string }
    | { readonly role: 'assistant'; readonly parts: readonly AssistantPart[]; readonly name?: string }
    | { readonly role: 'system'; readonly parts: readonly TextPart[] }
  );

/** The two parts of a tool's name in Responses; elsewhere a tool has one name, which is made of both. */
export interface NamespacedName {
  readonly namespace: string;
  readonly tool: string;
}

/** The namespace that a tool was listed in. */
export interface ToolNamespace extends NamespacedName {
  readonly description: string;
}

export interface FunctionTool extends Placed {
  readonly type: 'function';
  readonly name: string;
  readonly namespace?: ToolNamespace;
  readonly description: string | null;
  /** JSON Schema; null for a function without parameters */
  readonly parameters: JsonObject | null;
  readonly strict: boolean | null;
  readonly cache?: CacheMark;
}

/** A tool that the caller runs and that takes one free text. OpenAI's dialects have it; elsewhere it is told as a function. */
export interface CustomTool extends Placed {
  readonly type: 'custom';
  readonly name: string;
  readonly namespace?: ToolNamespace;
  readonly description: string | null;
  /** what the text must be like; null for any */
  readonly grammar: Grammar | null;
  readonly cache?: CacheMark;
}

export interface Grammar {
  /** `lark` or `regex` */
  readonly syntax: string;
  readonly definition: string;
}

/** A tool that a vendor runs itself: no other dialect has it. */
interface VendorTool extends Placed {
  readonly type: 'vendor';
  readonly dialect: ChatDialect;
  /** as the wire names it, for the loss: `web_search`, `code_execution` */
  readonly name: string;
  readonly wire: JsonObject;
}

export type Tool = FunctionTool | CustomTool | VendorTool;

export type ToolChoice =
  | { readonly type: 'auto' | 'none' | 'required' }
  | { readonly type: 'tool'; readonly name: string }
  | { readonly type: 'allowed'; readonly mode: 'auto' | 'required'; readonly names: readonly string[] };

export type OutputFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'schema';
      readonly name: string | null;
      readonly description: string | null;
      readonly schema: JsonObject;
      /** null where the caller's dialect knows no other way than to hold the answer to its schema */
      readonly strict: boolean | null;
    };

export interface NeutralRequest {
  /** as the caller wrote it; an encoder is told the target's name apart from this */
  readonly model: string;
  readonly stream: boolean;
  /** the caller wants usage in its stream; only the chat dialect asks */
  readonly streamUsage: boolean;
  readonly instructions: readonly TextPart[];
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | null;
  /** null where not said */
  readonly parallelToolCalls: boolean | null;
  readonly output: OutputFormat | null;
  readonly maxOutputTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly stop: readonly string[];
  readonly seed: number | null;
  readonly frequencyPenalty: number | null;
  readonly presencePenalty: number | null;
  /** how many answers; 1 where not said */
  readonly candidates: number;
  /** log probabilities, with so many alternatives; null for none */
  readonly logprobs: { readonly top: number } | null;
  readonly reasoning: ReasoningRequest | null;
  readonly serviceTier: string | null;
  /** who asks, for the vendor's abuse checks */
  readonly user: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  /** 'low' | 'medium' | 'high' of OpenAI; null where not said */
  readonly verbosity: string | null;
  /** OpenAI's key for prompt caches; null where not said */
  readonly promptCacheKey: string | null;
}

export type FinishReason =
  /** it said all it had to say */
  | 'stop'
  /** one of the caller's stop strings; `stopSequence` names it where the vendor does */
  | 'stop-sequence'
  | 'length'
  | 'tool-calls'
  | 'content-filter'
  | 'refusal'
  /** Anthropic's pause_turn: ask again to go on */
  | 'pause'
  | 'error';

/** One token and its alternatives, as OpenAI's chat dialect writes them. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[] | null;
  readonly top: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly bytes: readonly number[] | null;
  }[];
}

export interface NeutralChoice {
  /** from 0, dense */
  readonly index: number;
  readonly parts: readonly AssistantPart[];
  readonly finish: FinishReason;
  readonly stopSequence: string | null;
  readonly logprobs: readonly TokenLogprob[] | null;
  /** the vendor's word for an ending that is an `error`, where it gave one */
  readonly failure?: string;
}

export interface NeutralResponse {
  /** as the upstream gave it; '' where it gave none */
  readonly id: string;
  /** the upstream's name for the model */
  readonly model: string;
  /** seconds since 1970; null where the wire has none */
  readonly createdAt: number | null;
  /** at least one */
  readonly choices: readonly NeutralChoice[];
  readonly usage: TokenCounts | null;
  readonly serviceTier: string | null;
  /** what of the answer has no neutral meaning; absent for nothing */
  readonly losses?: readonly Loss[];
}
