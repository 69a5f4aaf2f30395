import { asList, isObject, type Json, type JsonObject, nonEmpty } from '../../json/value.js';
import type { ReasoningPart } from '../neutral/neutral.types.js';
import { readOpaque, writeOpaque } from '../neutral/opaque.js';

/**
 * One entry of `reasoning_details`, or one thinking part of a content array. In a stream a thought comes as many of them, and
 * clients send them back as they came, so a whole message may hold fragments too.
 */
export interface ThoughtFragment {
  readonly kind: 'text' | 'summary' | 'encrypted';
  readonly text: string;
  /** the signature, or all of an encrypted thought */
  readonly signature: string | null;
  readonly id: string | null;
  readonly index: number | null;
}

/** OpenRouter's list. Entries of other types, which tell of the server's own tools, are passed over. */
export function readReasoningDetails(value: Json | undefined): ThoughtFragment[] {
  return asList(value).flatMap(detail => (isObject(detail) ? readDetail(detail) : []));
}

const DETAIL_TYPES = new Set<unknown>(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']);

export function isDetail(detail: JsonObject): boolean {
  return DETAIL_TYPES.has(detail['type']);
}

function readDetail(detail: JsonObject): ThoughtFragment[] {
  const id = nonEmpty(detail['id']);
  const index = Number.isSafeInteger(detail['index']) ? (detail['index'] as number) : null;
  const common = { id, index };
  switch (detail['type']) {
    case 'reasoning.text':
      return said({
        kind: 'text',
        text: nonEmpty(detail['text']) ?? '',
        signature: nonEmpty(detail['signature']),
        ...common,
      });
    case 'reasoning.summary':
      return said({
        kind: 'summary',
        text: nonEmpty(detail['summary']) ?? '',
        signature: nonEmpty(detail['signature']),
        ...common,
      });
    case 'reasoning.encrypted':
      return said({ kind: 'encrypted', text: '', signature: nonEmpty(detail['data']), ...common });
    default:
      return [];
  }
}

const THINKING_TYPES = new Set<unknown>(['reasoning', 'thinking', 'redacted_thinking']);

export function isThinkingPart(part: JsonObject): boolean {
  return THINKING_TYPES.has(part['type']);
}

/**
 * A thinking part of a content array: Databricks' `reasoning` with a list of summaries, Mistral's `thinking` with a list of
 * texts, Anthropic's `thinking` and `redacted_thinking`.
 */
export function readThinkingPart(part: JsonObject): ThoughtFragment[] {
  const common = { id: nonEmpty(part['id']), index: null };
  if (part['type'] === 'redacted_thinking') {
    return said({ kind: 'encrypted', text: '', signature: nonEmpty(part['data']), ...common });
  }
  const entries = [part['summary'], part['thinking'], part['content']].find(Array.isArray) as
    readonly Json[] | undefined;
  const whole =
    nonEmpty(part['text']) ?? nonEmpty(part['thinking']) ?? nonEmpty(part['reasoning']) ?? nonEmpty(part['summary']);
  const texts = entries === undefined ? [{ text: whole ?? '' }] : entries.filter(isObject);
  const fragments: ThoughtFragment[] = [];
  for (const [place, entry] of texts.entries()) {
    const last = fragments.at(-1);
    const text = nonEmpty(entry['text']) ?? '';
    const own = nonEmpty(entry['signature']) ?? (place === texts.length - 1 ? nonEmpty(part['signature']) : null);
    if (last === undefined || last.signature !== null) {
      fragments.push({ kind: 'text', text, signature: own, ...common });
    } else {
      const gap = last.text !== '' && text !== '' ? '\n\n' : '';
      fragments[fragments.length - 1] = { ...last, text: last.text + gap + text, signature: own };
    }
  }
  return fragments.flatMap(said);
}

function said(fragment: ThoughtFragment): ThoughtFragment[] {
  return fragment.text === '' && fragment.signature === null ? [] : [fragment];
}

/** The last fragment of a thought, as far as another fragment must know it. */
export interface OpenThought {
  /** null where its text came in a field that knows no kinds */
  readonly kind: ThoughtFragment['kind'] | null;
  readonly index: number | null;
  readonly signed: boolean;
}

/**
 * Whether a fragment goes on with the thought before it. Some servers number every fragment 0, so a signature ends a thought
 * whatever the numbers say. Without numbers the pieces of a stream go on; whole entries do not, save for a signature that comes
 * behind its text.
 */
export function continues(open: OpenThought, fragment: ThoughtFragment, streamed: boolean): boolean {
  if (open.signed || fragment.kind === 'encrypted' || (open.kind !== null && open.kind !== fragment.kind)) return false;
  if (open.index !== null && fragment.index !== null) return open.index === fragment.index;
  return streamed || (open.index === fragment.index && fragment.text === '');
}

/** The thoughts of a whole message. */
export function joinThoughts(fragments: readonly ThoughtFragment[]): ReasoningPart[] {
  const thoughts: ReasoningPart[] = [];
  let open: OpenThought | null = null;
  for (const fragment of fragments) {
    const { kind, index, signature } = fragment;
    const thought = thoughtOf(fragment);
    const last = thoughts.at(-1);
    if (open !== null && last !== undefined && continues(open, fragment, false)) {
      thoughts[thoughts.length - 1] = { ...last, text: last.text + thought.text, opaque: thought.opaque };
    } else {
      thoughts.push(thought);
    }
    open = { kind, index, signed: signature !== null };
  }
  return thoughts;
}

export function thoughtOf({ kind, text, signature, id }: ThoughtFragment): ReasoningPart {
  return {
    type: 'reasoning',
    text,
    opaque: signature === null ? null : readOpaque(signature, 'other'),
    redacted: kind === 'encrypted',
    ...(id !== null && { id }),
  };
}

/** A thought, or a piece of one, as an entry of `reasoning_details`. `index` tells the pieces of one thought. */
export function encodeDetail(thought: Omit<ReasoningPart, 'type'>, index: number): JsonObject {
  const signature = thought.opaque === null ? null : writeOpaque(thought.opaque, 'other');
  const common = { index, ...(thought.id !== undefined && { id: thought.id }) };
  if (thought.redacted) return { type: 'reasoning.encrypted', data: signature ?? '', ...common };
  return { type: 'reasoning.text', text: thought.text, ...(signature !== null && { signature }), ...common };
}
