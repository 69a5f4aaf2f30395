import type { JsonField } from '../../json/scan.js';
import { RequestFieldError } from '../request-field-error.js';

/** What the published limit allows in one request. */
export const MAX_INPUTS = 150;

/** The field is parsed to be counted; nobody sends more text than this in 150 inputs. */
const MAX_INPUT_BYTES = 32 * 1024 * 1024;

export interface EmbeddingsInput {
  readonly inputs: number;
  readonly inputTokensKnown: number | null;
}

/** Text, up to 150 texts, token ids, or up to 150 lists of token ids. @throws {RequestFieldError} */
export function readInput(body: Buffer, field: JsonField | null): EmbeddingsInput {
  if (field === null) throw new RequestFieldError('input', 'input is required');
  if (field.end - field.start > MAX_INPUT_BYTES) {
    throw new RequestFieldError('input', `input must not be larger than ${MAX_INPUT_BYTES} bytes`);
  }
  if (field.kind === 'string') {
    if (field.end - field.start === 2) throw new RequestFieldError('input', 'input must not be empty');
    return { inputs: 1, inputTokensKnown: null };
  }
  if (field.kind !== 'array') throw wrongType();
  return readList(parse(body, field));
}

function readList(items: readonly unknown[]): EmbeddingsInput {
  const [first] = items;
  if (items.length === 0) throw new RequestFieldError('input', 'input must not be empty');
  if (typeof first === 'number') return { inputs: 1, inputTokensKnown: countTokens(items, 'input') };
  if (items.length > MAX_INPUTS) {
    throw new RequestFieldError('input', `input must hold at most ${MAX_INPUTS} items, got ${items.length}`);
  }
  if (typeof first === 'string') {
    for (const [index, text] of items.entries()) requireText(text, `input[${index}]`);
    return { inputs: items.length, inputTokensKnown: null };
  }
  let tokens = 0;
  for (const [index, list] of items.entries()) {
    if (!Array.isArray(list)) throw wrongType();
    if (list.length === 0) throw new RequestFieldError(`input[${index}]`, `input[${index}] must not be empty`);
    tokens += countTokens(list, `input[${index}]`);
  }
  return { inputs: items.length, inputTokensKnown: tokens };
}

function requireText(text: unknown, path: string): void {
  if (typeof text !== 'string') throw wrongType();
  if (text === '') throw new RequestFieldError(path, `${path} must not be empty`);
}

function countTokens(ids: readonly unknown[], path: string): number {
  for (const id of ids) {
    if (!Number.isSafeInteger(id) || (id as number) < 0) {
      throw new RequestFieldError(path, `${path} must hold token ids, which are non-negative integers`);
    }
  }
  return ids.length;
}

function parse(body: Buffer, field: JsonField): readonly unknown[] {
  try {
    return JSON.parse(body.toString('utf8', field.start, field.end)) as readonly unknown[];
  } catch {
    // The scan lets these pass in a long string; a strict provider does not.
    throw new RequestFieldError('input', 'input must hold no raw control characters, and only escapes that JSON knows');
  }
}

function wrongType(): RequestFieldError {
  return new RequestFieldError(
    'input',
    'input must be a string, an array of strings, an array of token ids, or an array of such arrays',
  );
}
