import type { JsonField, ScannedObject } from '../../json/scan.js';
import { readInteger, readString } from '../../json/splice.js';
import { refusedNames, suspectsOf } from '../refuse-fields.js';
import { RequestFieldError } from '../request-field-error.js';
import { RequestScan } from '../wire/request-scan.js';
import { readInput } from './input.js';

/** The top-level fields of an embeddings request that the gateway looks at; all others pass unseen. */
const REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'input',
  'dimensions',
  'encoding_format',
  'stream',
  ...refusedNames('embeddings'),
]);
const SUSPECTS = suspectsOf('embeddings');
/** A token id is a value; OpenAI takes 300,000 in one request. */
const MAX_VALUES = 500_000;

export interface EmbeddingsRequest {
  readonly scanned: ScannedObject;
  /** Null where it is absent, no string, empty, or longer than 512 bytes. */
  readonly model: string | null;
  /** how many vectors are asked for */
  readonly inputs: number;
  /** how many token ids were sent; null where the input is text */
  readonly inputTokensKnown: number | null;
  readonly encodingFormat: 'float' | 'base64';
  /** null where not said */
  readonly dimensions: number | null;
}

/**
 * Reads and checks an embeddings request as a strict provider does. An explicit null counts as absent.
 * Throws `JsonSyntaxError` for a body that is no acceptable JSON object, `RequestFieldError` for a field that cannot be met.
 */
export function readEmbeddingsRequest(body: Buffer): EmbeddingsRequest {
  const scan = new RequestScan(body, REQUEST_FIELDS, SUSPECTS, MAX_VALUES);
  if (scan.flag('stream')) throw new RequestFieldError('stream', 'stream is not available for embeddings');
  return {
    scanned: scan.scanned,
    model: scan.model(),
    encodingFormat: readEncodingFormat(body, scan.find('encoding_format')),
    dimensions: readDimensions(body, scan.find('dimensions')),
    ...readInput(body, scan.find('input')),
  };
}

function readEncodingFormat(body: Buffer, field: JsonField | null): 'float' | 'base64' {
  if (field === null) return 'float';
  const format = readString(body, field);
  if (format === 'float' || format === 'base64') return format;
  throw new RequestFieldError('encoding_format', 'encoding_format must be float or base64');
}

function readDimensions(body: Buffer, field: JsonField | null): number | null {
  if (field === null) return null;
  const dimensions = readInteger(body, field);
  if (dimensions !== null && dimensions >= 1) return dimensions;
  throw new RequestFieldError('dimensions', 'dimensions must be a positive integer');
}
