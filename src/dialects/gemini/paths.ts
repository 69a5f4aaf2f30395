import type { DialectPaths } from '../descriptor.js';

/** What is asked of a model, behind the colon of its path. */
const GENERATE = 'generateContent';
export const STREAM = 'streamGenerateContent';
const COUNT = 'countTokens';
export const ACTIONS: readonly string[] = [GENERATE, STREAM, COUNT];

/** What turns texts into vectors: one text, or many. Such a call is one of the dialect of embeddings. */
export const EMBED = 'embedContent';
export const EMBED_MANY = 'batchEmbedContents';
export const EMBED_ACTIONS: readonly string[] = [EMBED, EMBED_MANY];

/** Below the address of Google's own API, and of servers that are compatible with it. */
export const API_MODELS = '/v1beta/models';

const PREFIXES = ['gemini', 'v1/gemini', 'ai-gateway/gemini'];
const MODELS = PREFIXES.flatMap(prefix => [`${prefix}${API_MODELS}`, `${prefix}/v1/models`]);

/** Below each of three prefixes and in both versions; one path answers and counts. */
export const GEMINI_PATHS: DialectPaths = {
  answers: MODELS.map(path => `${path}/:call`),
  counts: [],
  models: MODELS,
  card: `/gemini${API_MODELS}/{model}:${GENERATE}`,
  errors: PREFIXES,
};

export interface ModelPath {
  readonly model: string;
  readonly action: string;
}

/**
 * Reads the last segment of a Gemini path, `gemini-2-5-flash:generateContent`, percent escapes already resolved. Null where
 * there is not exactly one colon, or nothing on one of its sides.
 */
export function readModelPath(lastSegment: string): ModelPath | null {
  const [model, action, ...more] = lastSegment.split(':');
  return model && action && more.length === 0 ? { model, action } : null;
}

/** What is asked of a model. */
interface ModelCall {
  readonly model: string;
  readonly operation: 'generate' | 'count-tokens';
  readonly stream: boolean;
}

/** The other way. A stream is always asked for as server-sent events. */
export function writeModelPath({ model, operation, stream }: ModelCall): string {
  const name = encodeURIComponent(model);
  if (operation === 'count-tokens') return `${name}:${COUNT}`;
  return stream ? `${name}:${STREAM}?alt=sse` : `${name}:${GENERATE}`;
}
