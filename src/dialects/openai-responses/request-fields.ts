import type { ScannedObject } from '../../json/scan.js';
import { refusedNames, suspectsOf } from '../refuse-fields.js';
import { RequestScan } from '../wire/request-scan.js';

/** The top-level fields of a Responses request that the gateway looks at; all others pass unseen. */
const REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'max_output_tokens',
  // what may cost more than the plain tokens
  'service_tier',
  'tools',
  // its items may list tools
  'input',
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
  const scan = new RequestScan(body, REQUEST_FIELDS, SUSPECTS);
  return {
    scanned: scan.scanned,
    model: scan.model(),
    stream: scan.flag('stream'),
    maxOutputTokens: scan.count('max_output_tokens', 0),
  };
}
