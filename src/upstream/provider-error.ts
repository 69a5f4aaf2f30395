/** What a provider says of a failure, whichever vendor's form it takes. */
export interface ProviderError {
  /** its own sentence; null where there is none */
  readonly message: string | null;
  /** its names for what went wrong: AWS's exception, Google's reasons */
  readonly names: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads OpenAI's, Databricks', Anthropic's, Google's (in a list, too), AWS's or FastAPI's form of an error. */
export function readProviderError(body: Buffer): ProviderError {
  const parsed = parseJson(body.toString('utf8'));
  if (parsed === null) return { message: null, names: [] };
  const { error, message, Message, detail } = parsed;
  const nested = isFields(error) ? error['message'] : error;
  const sentence = [nested, message, Message, detail].find(
    candidate => typeof candidate === 'string' && candidate !== '',
  );
  const list = Array.isArray(detail) ? JSON.stringify(detail) : null;
  return { message: typeof sentence === 'string' ? innerMessage(sentence) : list, names: namesOf(parsed) };
}

/** Databricks sends a provider's whole JSON error as the text of its own message. */
function innerMessage(text: string): string {
  if (!text.startsWith('{')) return text;
  const inner = parseJson(text)?.['error'];
  const message = isFields(inner) ? inner['message'] : null;
  return typeof message === 'string' && message !== '' ? message : text;
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
