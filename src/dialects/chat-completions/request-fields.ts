import type { JsonField, ScannedObject } from '../../json/scan.js';
import { readSmallObject } from '../../json/splice.js';
import { refusedNames, suspectsOf } from '../refuse-fields.js';
import { RequestFieldError } from '../request-field-error.js';
import { RequestScan } from '../wire/request-scan.js';

/** The top-level fields of a chat-completions request that the gateway looks at; all others pass unseen. */
const CHAT_REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'n',
  // of which the catalog may know that a model rejects them
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'seed',
  'stop',
  'reasoning_effort',
  'response_format',
  // what may cost more than the plain tokens
  'service_tier',
  'web_search_options',
  'search_parameters',
  'enable_search',
  'tools',
  // what must not pass
  ...refusedNames('chat_completions'),
]);
const SUSPECTS = suspectsOf('chat_completions');

/** `stream_options` holds a few flags. */
const MAX_STREAM_OPTIONS_BYTES = 4096;

export interface ChatRequest {
  readonly scanned: ScannedObject;
  /** Null where it is absent, no string, empty, or longer than 512 bytes. */
  readonly model: string | null;
  readonly stream: boolean;
  /** The larger of `max_tokens` and `max_completion_tokens`, for one choice; null where neither is given. */
  readonly maxOutputTokens: number | null;
  /** How many choices are asked for: 1 when absent. */
  readonly n: number;
  /** The caller asked for usage in the stream. */
  readonly includeUsage: boolean;
}

/**
 * Reads what the gateway must know of a request, without parsing the rest. An explicit null counts as absent.
 * Throws `JsonSyntaxError` for a body that is no acceptable JSON object, `RequestFieldError` for a field of a wrong type.
 */
export function readChatRequest(body: Buffer): ChatRequest {
  const scan = new RequestScan(body, CHAT_REQUEST_FIELDS, SUSPECTS);
  const limits = ['max_tokens', 'max_completion_tokens'].map(name => scan.count(name, 0));
  const given = limits.filter(limit => limit !== null);
  return {
    scanned: scan.scanned,
    model: scan.model(),
    stream: scan.flag('stream'),
    // Which of the two counts is the upstream's affair; what is reserved must cover either.
    maxOutputTokens: given.length === 0 ? null : Math.max(...given),
    n: scan.count('n', 1) ?? 1,
    includeUsage: readIncludeUsage(body, scan.find('stream_options')),
  };
}

function readIncludeUsage(body: Buffer, field: JsonField | null): boolean {
  if (field === null) return false;
  const options = readSmallObject(body, field, MAX_STREAM_OPTIONS_BYTES);
  if (options === null) {
    throw new RequestFieldError(
      'stream_options',
      `stream_options must be an object of at most ${MAX_STREAM_OPTIONS_BYTES} bytes`,
    );
  }
  return options['include_usage'] === true;
}
