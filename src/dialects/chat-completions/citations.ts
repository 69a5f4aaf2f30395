import { asList, isCount, isObject, type Json, type JsonObject } from '../../json/value.js';
import type { AssistantPart, Citation, TextPart } from '../neutral/neutral.types.js';

/** One `url_citation`, with its offsets in the whole message; null for annotations of other types. */
function decodeAnnotation(annotation: Json): Citation | null {
  const cited = isObject(annotation) && annotation['type'] === 'url_citation' ? annotation['url_citation'] : undefined;
  if (!isObject(cited)) return null;
  return {
    title: stringOf(cited['title']),
    url: stringOf(cited['url']),
    text: stringOf(cited['content']),
    start: offsetOf(cited['start_index']),
    end: offsetOf(cited['end_index']),
    wire: { dialect: 'chat_completions', value: annotation },
  };
}

export function decodeAnnotations(value: Json | undefined): Citation[] {
  return asList(value)
    .map(decodeAnnotation)
    .filter(citation => citation !== null);
}

/** What an answer rests on as a whole (Perplexity): `search_results` with their titles, or the addresses in `citations`. */
export function readSources(answer: JsonObject): Citation[] {
  const results = asList(answer['search_results']);
  const sources = results.length > 0 ? results : asList(answer['citations']);
  return sources.flatMap(source => {
    const { url, title } = isObject(source) ? source : { url: source, title: null };
    if (typeof url !== 'string' || url === '') return [];
    return [{ title: stringOf(title), url, text: null, start: null, end: null, wire: null }];
  });
}

/** The parts of a message, with what the answer rests on at its last words, where they have no citations of their own. */
export function withSources(parts: readonly AssistantPart[], sources: readonly Citation[]): readonly AssistantPart[] {
  const last = parts.findLastIndex(part => part.type === 'text');
  const text = parts[last];
  const isCited = parts.some(part => part.type === 'text' && part.citations !== undefined);
  if (sources.length === 0 || isCited || text?.type !== 'text') return parts;
  return parts.with(last, { ...text, citations: sources });
}

/** Gives every citation to the text that it stands in, with its offsets in that text. */
export function citeTexts(texts: readonly TextPart[], citations: readonly Citation[]): TextPart[] {
  const given = texts.map((): Citation[] => []);
  for (const citation of citations) {
    let place = 0;
    let before = 0;
    // A place behind the last text belongs to the last text.
    while (place < texts.length - 1 && (citation.start ?? 0) >= before + lengthOf(texts[place])) {
      before += lengthOf(texts[place]);
      place++;
    }
    given[place]?.push(shift(citation, -before));
  }
  return texts.map((text, place) => {
    const own = given[place] ?? [];
    return own.length === 0 ? text : { ...text, citations: own };
  });
}

/**
 * Null for a citation without an address, which this dialect cannot tell. `before`: how much text stands before the part;
 * `length`: the part's own text, cited whole where the offsets are not known, because clients require them.
 */
export function encodeAnnotation(citation: Citation, before: number, length: number): JsonObject | null {
  if (citation.url === null) return null;
  return {
    type: 'url_citation',
    url_citation: {
      url: citation.url,
      title: citation.title ?? citation.url,
      start_index: before + (citation.start ?? 0),
      end_index: before + (citation.end ?? length),
      ...(citation.text !== null && { content: citation.text }),
    },
  };
}

function shift(citation: Citation, by: number): Citation {
  if (by === 0) return citation;
  const { start, end } = citation;
  return { ...citation, start: start === null ? null : start + by, end: end === null ? null : end + by };
}

function lengthOf(part: TextPart | undefined): number {
  return part?.text.length ?? 0;
}

function stringOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function offsetOf(value: Json | undefined): number | null {
  return isCount(value) ? value : null;
}
