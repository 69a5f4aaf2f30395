import { isObject, type Json, type JsonObject } from '../../json/value.js';
import type { Opaque } from '../neutral/neutral.types.js';
import { readOpaque, writeOpaque } from '../neutral/opaque.js';

/**
 * Gemini's thought signatures stand on calls and on text: in Google's compatible endpoint as
 * `extra_content.google.thought_signature`, at Databricks as `thoughtSignature`.
 */
export function findGeminiSignature(owner: JsonObject): Opaque | null {
  const extra = owner['extra_content'];
  const google = isObject(extra) ? extra['google'] : undefined;
  const nested = isObject(google) ? google['thought_signature'] : undefined;
  const text: Json | undefined = nested ?? owner['thoughtSignature'];
  return typeof text === 'string' && text !== '' ? readOpaque(text, 'gemini') : null;
}

export function encodeGeminiSignature(signature: Opaque | undefined): JsonObject {
  if (signature === undefined) return {};
  return { extra_content: { google: { thought_signature: writeOpaque(signature, 'gemini') } } };
}
