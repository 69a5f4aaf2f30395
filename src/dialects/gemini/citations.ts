import { isCount, isList, isObject, type Json, type JsonObject, nonEmpty } from '../../json/value.js';
import type { Citation } from '../neutral/neutral.types.js';
import { Utf8Offsets } from './utf8-offsets.js';

/** A source with the bytes of the text that rest on it. */
export interface PlacedCitation {
  /** which part of the candidate's content */
  readonly part: number;
  readonly startByte: number | null;
  readonly endByte: number | null;
  readonly title: string | null;
  readonly url: string | null;
  readonly text: string | null;
}

/** What a candidate rests on: its own citations, and what was found for it. */
export function readCitations(candidate: JsonObject): readonly PlacedCitation[] {
  const metadata = candidate['citationMetadata'];
  const grounding = candidate['groundingMetadata'];
  // The second is the name in Google's own API, the first the one in its cloud.
  const own = isObject(metadata) ? (metadata['citations'] ?? metadata['citationSources']) : undefined;
  return [...objectsOf(own).map(readOwn), ...(isObject(grounding) ? readGrounding(grounding) : [])];
}

function readOwn(citation: JsonObject): PlacedCitation {
  return {
    part: 0,
    ...bytesOf(citation),
    title: nonEmpty(citation['title']),
    url: nonEmpty(citation['uri']),
    text: null,
  };
}

/** Each segment with each of its sources; the sources alone where no segment is named. */
function readGrounding(grounding: JsonObject): readonly PlacedCitation[] {
  const chunks = objectsOf(grounding['groundingChunks']).map(readChunk);
  const supports = objectsOf(grounding['groundingSupports']);
  const placed = supports.flatMap(support => {
    const segment = isObject(support['segment']) ? support['segment'] : {};
    const indices = isList(support['groundingChunkIndices']) ? support['groundingChunkIndices'] : [];
    return indices.flatMap(index => {
      const chunk = typeof index === 'number' ? chunks[index] : undefined;
      if (chunk === undefined) return [];
      const text = nonEmpty(segment['text']) ?? chunk.text;
      return [{ ...chunk, part: offsetOf(segment['partIndex']) ?? 0, ...bytesOf(segment), text }];
    });
  });
  return placed.length > 0 ? placed : chunks;
}

function readChunk(chunk: JsonObject): PlacedCitation {
  const kinds = ['web', 'retrievedContext', 'maps', 'image'].map(kind => chunk[kind]);
  const source = kinds.find(kind => isObject(kind)) ?? {};
  const { title, uri, sourceUri, text } = source as JsonObject;
  return {
    part: 0,
    startByte: null,
    endByte: null,
    title: nonEmpty(title),
    url: nonEmpty(uri) ?? nonEmpty(sourceUri),
    text: nonEmpty(text),
  };
}

/** Google leaves out a start of zero. */
function bytesOf(segment: JsonObject): Pick<PlacedCitation, 'startByte' | 'endByte'> {
  const endByte = offsetOf(segment['endIndex']);
  return { startByte: endByte === null ? null : (offsetOf(segment['startIndex']) ?? 0), endByte };
}

/** @param shift UTF-16 units of the neutral part before the text that the bytes are counted in */
export function placeCitations(all: readonly PlacedCitation[], text: string, shift: number): readonly Citation[] {
  if (all.length === 0) return [];
  const offsets = new Utf8Offsets(text);
  return all.map(({ title, url, startByte, endByte, text: quote }) => {
    const place = { start: null, end: null, ...rangeOf(offsets, shift, startByte, endByte) };
    return { title, url, text: quote, ...place, wire: null };
  });
}

function rangeOf(
  offsets: Utf8Offsets,
  shift: number,
  from: number | null,
  to: number | null,
): Pick<Citation, 'start' | 'end'> | null {
  if (from === null || to === null || from > to) return null;
  if (to > offsets.byteLength) return null;
  return { start: shift + offsets.unitAt(from), end: shift + offsets.unitAt(to) };
}

/** The citations of one text of an answer, and where it stands among the parts. */
export interface CitedText {
  readonly part: number;
  readonly text: string;
  readonly citations: readonly Citation[];
}

/** Null where nothing is cited. A source that is cited twice is named once. */
export function encodeGrounding(cited: readonly CitedText[]): JsonObject | null {
  const places = new Map<string, number>();
  const chunks: JsonObject[] = [];
  const supports: JsonObject[] = [];
  for (const { part, text, citations } of cited) {
    const offsets = new Utf8Offsets(citations.length === 0 ? '' : text);
    for (const citation of citations) {
      const chunk = encodeChunk(citation);
      const key = JSON.stringify(chunk);
      const place = places.get(key) ?? chunks.length;
      if (place === chunks.length) chunks.push(chunk);
      places.set(key, place);
      const { text: quote, start, end } = citation;
      const segment = {
        ...(part > 0 && { partIndex: part }),
        ...(start !== null && end !== null && encodeRange(offsets, start, end)),
        ...(quote !== null && { text: quote }),
      };
      supports.push({ segment, groundingChunkIndices: [place] });
    }
  }
  return chunks.length === 0 ? null : { groundingChunks: chunks, groundingSupports: supports };
}

function encodeChunk({ title, url, text }: Citation): JsonObject {
  const named = title !== null && { title };
  if (url !== null) return { web: { uri: url, ...named } };
  return { retrievedContext: { ...named, ...(text !== null && { text }) } };
}

function encodeRange(offsets: Utf8Offsets, start: number, end: number): JsonObject {
  return { startIndex: offsets.byteAt(start), endIndex: offsets.byteAt(end) };
}

function offsetOf(value: Json | undefined): number | null {
  return isCount(value) ? value : null;
}

function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return isList(value) ? value.filter(isObject) : [];
}
