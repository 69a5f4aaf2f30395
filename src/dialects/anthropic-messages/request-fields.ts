import type { ScannedObject } from '../../json/scan.js';
import { refusedNames, suspectsOf } from '../refuse-fields.js';
import { RequestScan } from '../wire/request-scan.js';

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
  const scan = new RequestScan(body, MESSAGES_REQUEST_FIELDS, SUSPECTS);
  return {
    scanned: scan.scanned,
    model: scan.model(),
    stream: scan.flag('stream'),
    maxOutputTokens: scan.count('max_tokens', 0),
  };
}
