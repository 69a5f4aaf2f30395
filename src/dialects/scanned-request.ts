import type { JsonField } from '../json/scan.js';
import type { VectorForm } from './embeddings/vector-form.js';
import type { Mention } from './mentions.js';
import type { Loss } from './neutral/neutral.types.js';
import type { Looked } from './refuse-fields.js';
import type { Served } from './token-counts.js';

/** What is asked of a body in passes over much of it. Data only: for a large one a thread looks for it. */
interface BodyFacts {
  /** the `type` within each of some fields, by their names; null where there is none */
  readonly types: Readonly<Record<string, string | null>>;
  /** its `tools` may hold one of the provider's own */
  readonly mentionsTools: boolean;
}

/** What the gateway needs to know of a request; the rest of its bytes is nobody's business here. */
export interface ScannedRequest {
  readonly body: Buffer;
  /** where the value of `model` stands; null where the dialect names the model elsewhere */
  readonly modelField: JsonField | null;
  /** the fields of the top level that this dialect looks at */
  readonly fields: ReadonlyMap<string, JsonField>;
  /** as the caller sent it; null when missing or no string */
  readonly model: string | null;
  /** absent where the body is short enough to be searched when it matters */
  readonly facts?: BodyFacts;
  readonly stream: boolean;
  /** null when the caller set none */
  readonly maxOutputTokens: number | null;
  /** a chat stream whose caller did not ask for usage, and where the asking would have to stand; absent elsewhere */
  readonly unaskedUsage?: { readonly streamOptions: JsonField | null };
  /** how vectors are wanted, where not every provider writes them so; absent where as they come, or where there are none */
  readonly vectorForm?: VectorForm | undefined;
  /** how many vectors are asked for: one for each input; absent elsewhere than at embeddings */
  readonly vectors?: number | undefined;
  /** what the body no longer says of what the caller asked; absent where it is as it came */
  readonly losses?: readonly Loss[] | undefined;
  /** how the caller asks to be served; absent where that is the plain way */
  readonly served?: Served;
  /** a search of the web is asked for whose count no answer tells (chat); absent where there is none */
  readonly webSearches?: number;
  /** how many answers are asked for */
  readonly choices: number;
  /** the input in tokens, where the caller sent tokens; null where it sent text */
  readonly inputTokens: number | null;
  /** bytes of text in the body, for an estimate */
  readonly textBytes: number;
  /** images, files and the like in the body, for an estimate */
  readonly blobs: number;
  /** bytes of those, as they stand in the body */
  readonly blobBytes: number;
  /** where the body says the model again that the path says; absent where the dialect names it in the body alone */
  readonly repeatedModels?: readonly JsonField[];
  /** what its strings tell of what it may cost */
  readonly told: ReadonlySet<Mention>;
  /** whether one of its strings may say what must not pass */
  readonly suspicious: boolean;
  /** what a closer look at all of it found, where a thread took it; absent where nothing was suspicious, or it is short */
  readonly looked?: Looked;
  /** of those, the ones of documents */
  readonly documentBytes: number;
}
