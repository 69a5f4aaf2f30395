import type { Citation, Json, JsonObject } from '../neutral/neutral.types.js';
import { isObject } from '../wire/field-reader.js';

export function decodeCitations(value: Json | undefined): Citation[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly Json[]).flatMap(citation => (isObject(citation) ? [decodeCitation(citation)] : []));
}

/** Places count within the cited document and not within the answer, so they are kept in the wire form only. */
export function decodeCitation(citation: JsonObject): Citation {
  const text = (name: string) => (typeof citation[name] === 'string' ? citation[name] : null);
  return {
    title: text('title') ?? text('document_title'),
    url: text('url') ?? text('source'),
    text: text('cited_text'),
    start: null,
    end: null,
    wire: { dialect: 'anthropic_messages', value: citation },
  };
}

/** Another vendor's citation has no form here that its SDKs would take. */
export function encodeCitation({ wire, url, title, text }: Citation): JsonObject | null {
  if (wire?.dialect === 'anthropic_messages' && isObject(wire.value)) return wire.value;
  if (url === null) return null;
  return { type: 'web_search_result_location', url, title, cited_text: text ?? '', encrypted_index: '' };
}
