import { type JsonField, type ScannedObject, scanObject } from '../../json/scan.js';
import { readBoolean, readInteger, readString } from '../../json/splice.js';
import { refusedNames, suspectsOf } from '../refuse-fields.js';
import { RequestFieldError } from '../request-field-error.js';

/** The top-level fields of a Responses request that the gateway looks at; all others pass unseen. */
const REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'max_output_tokens',
  // what may cost more than the plain tokens
  'service_tier',
  'tools',
  ...refusedNames('openai_responses'),
]);
const SUSPECTS = suspectsOf('openai_responses');

export interface ResponsesRequest {
  readonly scanned: ScannedObject;
  /** Null where it is absent, no string, empty, or longer than 512 bytes. */
  readonly model: string | null;
  readonly stream: boolean;
  /** null where it is not given */
  readonly maxOutputTokens: number | null;
}

/**
 * Reads what the gateway must know of a request, without parsing the rest. An explicit null counts as absent.
 * Throws `JsonSyntaxError` for a body that is no acceptable JSON object, `RequestFieldError` for a field of a wrong type.
 */
export function readResponsesRequest(body: Buffer): ResponsesRequest {
  const scanned = scanObject(body, REQUEST_FIELDS, SUSPECTS);
  const find = (name: string): JsonField | null => {
    const field = scanned.fields.get(name);
    return field === undefined || field.kind === 'null' ? null : field;
  };
  const model = find('model');
  return {
    scanned,
    model: (model && readString(body, model)) || null,
    stream: readFlag(body, find('stream')),
    maxOutputTokens: readBound(body, find('max_output_tokens')),
  };
}

function readFlag(body: Buffer, field: JsonField | null): boolean {
  if (field === null) return false;
  const flag = readBoolean(body, field);
  if (flag === null) throw new RequestFieldError('stream', 'stream must be a boolean');
  return flag;
}

function readBound(body: Buffer, field: JsonField | null): number | null {
  if (field === null) return null;
  const count = readInteger(body, field);
  if (count === null || count < 0) {
    throw new RequestFieldError('max_output_tokens', 'max_output_tokens must be a non-negative integer');
  }
  return count;
}
