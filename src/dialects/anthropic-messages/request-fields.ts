import { type JsonField, type ScannedObject, scanObject } from '../../json/scan.js';
import { readBoolean, readInteger, readString } from '../../json/splice.js';
import { refusedNames, suspectsOf } from '../refuse-fields.js';
import { REQUEST } from '../wire/field-reader.js';

/** The top-level fields of a Messages request that the gateway looks at; all others pass unseen. */
const MESSAGES_REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'max_tokens',
  // of which the catalog may know that a model rejects them
  'temperature',
  'top_p',
  'thinking',
  // what may cost more than the plain tokens
  'service_tier',
  'speed',
  'inference_geo',
  'tools',
  // what must not pass
  ...refusedNames('anthropic_messages'),
]);
const SUSPECTS = suspectsOf('anthropic_messages');

export interface MessagesRequest {
  readonly scanned: ScannedObject;
  /** Null where it is absent, no string, empty, or longer than 512 bytes. */
  readonly model: string | null;
  readonly stream: boolean;
  /** Null where it is not given, which the upstream will refuse. */
  readonly maxOutputTokens: number | null;
}

/**
 * Reads what the gateway must know of a request, without parsing the rest. An explicit null counts as absent.
 * Throws `JsonSyntaxError` for a body that is no acceptable JSON object, `RequestFieldError` for a field of a wrong type.
 */
export function readMessagesRequest(body: Buffer): MessagesRequest {
  const scanned = scanObject(body, MESSAGES_REQUEST_FIELDS, SUSPECTS);
  const find = (name: string): JsonField | null => {
    const field = scanned.fields.get(name);
    return field === undefined || field.kind === 'null' ? null : field;
  };
  const model = find('model');
  return {
    scanned,
    model: (model && readString(body, model)) || null,
    stream: readFlag(body, 'stream', find('stream')),
    maxOutputTokens: readCount(body, 'max_tokens', find('max_tokens')),
  };
}

function readFlag(body: Buffer, name: string, field: JsonField | null): boolean {
  if (field === null) return false;
  const flag = readBoolean(body, field);
  if (flag === null) REQUEST.refuse(name, 'must be a boolean');
  return flag;
}

function readCount(body: Buffer, name: string, field: JsonField | null): number | null {
  if (field === null) return null;
  const count = readInteger(body, field);
  if (count === null || count < 0) {
    REQUEST.refuse(name, 'must be a non-negative integer');
  }
  return count;
}
