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
