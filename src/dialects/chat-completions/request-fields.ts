import { scanObject, type JsonField, type ScannedObject } from '../../json/scan.js';
import { refusedNames, suspectsOf } from '../refuse-fields.js';
import { RequestFieldError } from '../request-field-error.js';
import { readBoolean, readInteger, readSmallObject, readString } from '../../json/splice.js';

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
  const scanned = scanObject(body, CHAT_REQUEST_FIELDS, SUSPECTS);
  const find = (name: string): JsonField | null => {
    const field = scanned.fields.get(name);
    return field === undefined || field.kind === 'null' ? null : field;
  };
  const limits = ['max_tokens', 'max_completion_tokens'].map(name => readCount(body, name, find(name), 0));
  const given = limits.filter(limit => limit !== null);
  return {
    scanned,
    model: readModel(body, find('model')),
    stream: readFlag(body, 'stream', find('stream')),
    // Which of the two counts is the upstream's affair; what is reserved must cover either.
    maxOutputTokens: given.length === 0 ? null : Math.max(...given),
    n: readCount(body, 'n', find('n'), 1) ?? 1,
    includeUsage: readIncludeUsage(body, find('stream_options')),
  };
}

function readModel(body: Buffer, field: JsonField | null): string | null {
  return (field && readString(body, field)) || null;
}

function readFlag(body: Buffer, name: string, field: JsonField | null): boolean {
  if (field === null) return false;
  const flag = readBoolean(body, field);
  if (flag === null) throw new RequestFieldError(name, `${name} must be a boolean`);
  return flag;
}

function readCount(body: Buffer, name: string, field: JsonField | null, least: 0 | 1): number | null {
  if (field === null) return null;
  const count = readInteger(body, field);
  if (count === null || count < least) {
    throw new RequestFieldError(name, `${name} must be a ${least === 0 ? 'non-negative' : 'positive'} integer`);
  }
  return count;
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
