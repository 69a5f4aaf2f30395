import { isObject, type Json, type JsonObject } from '../../json/value.js';

/**
 * Writes the float arrays of an embeddings answer as the vendor does on `encoding_format: base64`: float32, little-endian.
 * Null where no vector is an array of numbers, so that there is nothing to change.
 */
export function encodeEmbeddingsBase64(answer: JsonObject): JsonObject | null {
  const { data } = answer;
  if (!Array.isArray(data)) return null;
  let changed = false;
  const encoded = (data as readonly Json[]).map(item => {
    const vector = isObject(item) ? item['embedding'] : null;
    if (!isFloatArray(vector)) return item;
    changed = true;
    return { ...(item as JsonObject), embedding: toBase64(vector) };
  });
  return changed ? { ...answer, data: encoded } : null;
}

function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

function isFloatArray(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);
}
