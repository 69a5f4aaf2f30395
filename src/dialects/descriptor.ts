import type { GatewayError } from '../errors/gateway-error.js';
import type { JsonObject } from '../json/value.js';
import type { ChatDialect, Dialect } from './dialect.js';
import type { Codec } from './neutral/codec.js';
import type { ScannedRequest } from './scanned-request.js';
import type { StreamTap, Told } from './stream-tap.js';
import type { TokenCounts } from './token-counts.js';

/** What a path says of a request, where the dialect says it there. */
export interface PathFields {
  readonly model: string;
  readonly action: string;
  readonly stream: boolean;
  /** the stream is to come as one JSON array, and not as server-sent events */
  readonly jsonArray: boolean;
}

/**
 * The top-level fields of a whole answer that say what must be paid: by their names, and for a field that may be long, what
 * must stand in it to be worth parsing.
 */
export type UsageFields = Readonly<Record<string, readonly string[] | null>>;

/** What a whole answer says of the work behind it. `pending`: it is only a notice of work that goes on. */
export type AnswerState = 'ended' | 'failed' | 'pending';

/** Where callers reach a dialect, without the slash at the beginning. */
export interface DialectPaths {
  /** every path that is answered; `:call` stands for Google's model and action */
  readonly answers: readonly string[];
  /** those that count the tokens of a request; none where nothing counts, or where another path does that too */
  readonly counts: readonly string[];
  /** those of the list of models in the vendor's shape; one model stands below each */
  readonly models: readonly string[];
  /** what a model's card shows: a path with its slash, `{model}` for the model where that stands in the path */
  readonly card: string;
  /** the beginnings of paths whose errors are in this dialect's form, whatever is asked there; chat’s form is everybody else's */
  readonly errors: readonly string[];
}

/** A model as the vendors' lists show one. */
export interface ListedModel {
  readonly id: string;
  readonly name: string;
  readonly ownedBy: string;
  readonly contextLength: number | null;
  readonly maxOutputTokens: number | null;
  /** seconds since 1970; 0 where the maker named no day */
  readonly releasedAt: number;
  /** it makes vectors, and answers in no words */
  readonly embeds: boolean;
}

/** The vendor's list of models, as its SDK reads it. */
export interface ModelList {
  /** in which of these a model must answer to stand in it: what is asked below the same base URL */
  readonly dialects: readonly Dialect[];
  one(model: ListedModel): object;
  all(models: readonly ListedModel[]): object;
}

/** How an answer is charged for whose usage the provider did not tell to the end (decision 17). */
interface AnswerFacts {
  /** it is made of output tokens; false for vectors, of which only the input is paid for */
  readonly hasOutputTokens: boolean;
  /** its usage tells how often the web was searched */
  readonly countsSearches: boolean;
  /** its stream begins with the model's thinking, unless the caller wants that withheld */
  readonly showsThinking: boolean;
}

/**
 * Everything that the gateway knows of one dialect: what to read of a request, what to watch in an answer, how to say an
 * error. Each has all of it, so that what was forgotten does not compile.
 */
export interface DialectDescriptor<Name extends Dialect = Dialect> {
  readonly name: Name;
  readonly paths: DialectPaths;
  /** both ways, for whole bodies and for streams; null for a dialect that is not translated (`dialect.ts`) */
  readonly codec: Name extends ChatDialect ? Codec : null;
  readonly usageFields: UsageFields;
  /** null where the vendor has none, or ours is the one list of all models */
  readonly modelList: ModelList | null;
  /** @throws {GatewayError} invalid_json or invalid_request, naming the field */
  readRequest(body: Buffer, path: PathFields | null): ScannedRequest;
  /** whether its requests may name a service tier, a speed or a tool of the provider, which have prices of their own */
  readonly takesPricedOptions: boolean;
  readonly answer: AnswerFacts;
  /** how many tokens a request has: the request as the codec reads requests, and the answer to it; null without `paths.counts` */
  readonly counting: { readable(body: JsonObject): JsonObject; answer(tokens: number): object } | null;
  /** of a whole answer, or of as many of its `usageFields` as were found */
  readUsage(answer: Readonly<Record<string, unknown>>): TokenCounts | null;
  /** of a whole answer, or of its beginning */
  readonly readState: (body: Buffer) => AnswerState;
  /** the error that stands in the place of a whole answer, parsed; null for an answer */
  readonly readFailure: (body: Buffer) => Told | null;
  /** watches a stream of this dialect, and knows when it is whole */
  createTap(): StreamTap;
  /** where the gateway asked for usage in a stream and its caller did not: the stream without it */
  hideUsage(tap: StreamTap): StreamTap;
  encodeError(error: GatewayError, requestId: string): object;
  /** @param sequence the number of the event, where the dialect numbers them */
  encodeStreamError(error: GatewayError, requestId: string, sequence?: number): Buffer;
}

/** Bound of one line of a stream, and of the data of one event, in bytes. */
export const MAX_LINE_BYTES = 16_777_216;
