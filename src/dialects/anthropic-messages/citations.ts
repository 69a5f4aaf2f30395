import type { TextCitation } from 'anthropic-sdk/resources/messages';
import { asObject, type Json, type JsonObject } from '../../json/value.js';
import type { Citation } from '../neutral/neutral.types.js';

/** Its offsets are those of the quoted document and not of the text that quotes it, so none are told. */
export function decodeCitation(wire: JsonObject): Citation {
  const text = (name: string) => (typeof wire[name] === 'string' ? wire[name] : null);
  return {
    title: text('document_title') ?? text('title'),
    url: text('url') ?? text('source'),
    text: text('cited_text'),
    start: null,
    end: null,
    wire: { dialect: 'anthropic_messages', value: wire },
  };
}

export function decodeCitations(value: Json | undefined): { readonly citations?: readonly Citation[] } {
  if (!Array.isArray(value)) return {};
  const citations = (value as readonly Json[]).flatMap(entry => {
    const wire = asObject(entry);
    return wire === null ? [] : [decodeCitation(wire)];
  });
  return citations.length > 0 ? { citations } : {};
}

/** Only citations of this dialect: the others name no document of the request, and none is made up. */
export function encodeCitations(citations: readonly Citation[] | undefined): TextCitation[] {
  return (citations ?? []).flatMap(({ wire }) =>
    wire?.dialect === 'anthropic_messages' ? [wire.value as unknown as TextCitation] : [],
  );
}
