import { asList, isObject, type Json, type JsonObject } from '../../json/value.js';
import type { Citation } from '../neutral/neutral.types.js';

/** The `url_citation`s of an output text; other annotations point to files that only the vendor has. */
export function decodeAnnotations(value: Json | undefined): Citation[] {
  return asList(value).flatMap(annotation => {
    const citation = decodeAnnotation(annotation);
    return citation === null ? [] : [citation];
  });
}

export function decodeAnnotation(annotation: Json | undefined): Citation | null {
  if (!isObject(annotation) || annotation['type'] !== 'url_citation') return null;
  const { title, url, start_index: start, end_index: end } = annotation;
  return {
    title: typeof title === 'string' ? title : null,
    url: typeof url === 'string' ? url : null,
    text: null,
    start: Number.isSafeInteger(start) ? (start as number) : null,
    end: Number.isSafeInteger(end) ? (end as number) : null,
    wire: { dialect: 'openai_responses', value: annotation },
  };
}

/** A citation without an address has no form here. */
export function encodeAnnotation(citation: Citation, length: number): JsonObject | null {
  if (citation.wire?.dialect === 'openai_responses' && isObject(citation.wire.value)) return citation.wire.value;
  if (citation.url === null) return null;
  const { url, title, start, end } = citation;
  return { type: 'url_citation', url, title: title ?? url, start_index: start ?? 0, end_index: end ?? length };
}
