import { meaningOf, plainWord, type ProviderFailure } from '../errors/provider-failure.js';

/** What a provider says of a failure, whichever vendor's form it takes. */
export interface ProviderError extends ProviderFailure {
  /** what it calls `code` itself, where that is a word */
  readonly ownCode: string | null;
  /** its names for what went wrong: AWS's exception, Google's reasons */
  readonly names: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads OpenAI's, Databricks', Anthropic's, Google's (in a list, too), AWS's or FastAPI's form of an error. */
export function readProviderError(body: Buffer): ProviderError {
  const parsed = parseJson(body.toString('utf8'));
  return parsed === null
    ? { message: null, code: null, param: null, ownCode: null, names: [] }
    : readProviderFields(parsed);
}

/** The same of an object that was parsed: of an error event, or of the body of a 200. */
export function readProviderFields(parsed: Fields): ProviderError {
  const { error, message, Message, detail } = parsed;
  const nested = isFields(error) ? error['message'] : error;
  const sentence = [nested, message, Message, detail].find(
    candidate => typeof candidate === 'string' && candidate !== '',
  );
  const list = Array.isArray(detail) ? JSON.stringify(detail) : null;
  const inner = typeof sentence === 'string' ? innerError(sentence) : null;
  const own = { ...wordsOf(parsed), names: namesOf(parsed) };
  if (inner !== null) {
    const { message: said, code: named } = inner;
    return { ...own, message: said, code: named ?? own.code, param: inner.param ?? own.param, ownCode: inner.ownCode };
  }
  return { ...own, message: typeof sentence === 'string' ? sentence : list };
}

/** The most telling of the names that an error gives itself: one that is known, else the first. */
function wordsOf({
  error,
  error_code: flat,
  code,
  type,
  param,
  status,
}: Fields): Pick<ProviderError, 'code' | 'ownCode' | 'param'> {
  const nested = isFields(error) ? error : {};
  const words = [nested['code'], nested['status'], nested['type'], flat, code, status, type, nested['code']]
    .map(plainWord)
    .filter(word => word !== null);
  const telling = words.find(word => meaningOf(word) !== null && !/^\d+$/.test(word));
  return {
    code: telling ?? words.find(word => meaningOf(word) !== null) ?? words[0] ?? null,
    param: plainWord(nested['param'] ?? param),
    ownCode: typeof nested['code'] === 'string' && !/^\d+$/.test(nested['code']) ? plainWord(nested['code']) : null,
  };
}

/** Databricks sends a provider's whole JSON error as the text of its own message. */
function innerError(text: string): Omit<ProviderError, 'names'> | null {
  if (!text.startsWith('{')) return null;
  const parsed = parseJson(text);
  const inner = parsed?.['error'];
  const message = isFields(inner) ? inner['message'] : null;
  return parsed !== null && typeof message === 'string' && message !== '' ? { ...wordsOf(parsed), message } : null;
}

function namesOf({ __type: type, error }: Fields): string[] {
  const details = isFields(error) && Array.isArray(error['details']) ? (error['details'] as unknown[]) : [];
  const reasons = details.map(detail => (isFields(detail) ? detail['reason'] : null));
  return [type, ...reasons].filter(name => typeof name === 'string');
}

function parseJson(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return isFields(first) ? first : null;
  } catch {
    return null;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
