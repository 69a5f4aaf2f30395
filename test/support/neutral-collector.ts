import type { NeutralEvent } from '../../src/dialects/neutral/neutral-event.js';
import type { AssistantPart, NeutralChoice, NeutralResponse } from '../../src/dialects/neutral/neutral.types.js';

type Start = Extract<NeutralEvent, { type: 'start' }>;
type Delta = Extract<NeutralEvent, { type: 'part-delta' }>;
interface Part {
  readonly start: Extract<NeutralEvent, { type: 'part-start' }>['start'];
  readonly deltas: Delta[];
  ended: boolean;
}
interface Choice {
  readonly parts: Part[];
  end: Extract<NeutralEvent, { type: 'finish' }> | null;
}

/** Puts a stream together, and throws where it breaks the rules of neutral events. */
export function collect(events: readonly NeutralEvent[]): NeutralResponse {
  const choices = new Map<number, Choice>();
  let head: Start | null = null;
  let usage: NeutralResponse['usage'] = null;
  for (const event of events) {
    if (event.type === 'error') throw new Error(`the stream failed: ${event.message}`);
    if ((event.type === 'start') !== (head === null)) throw new Error('start must come first, and once');
    if (event.type === 'start') head = event;
    else if (event.type === 'usage') ({ usage } = event);
    else addTo(choices, event);
  }
  if (head === null) throw new Error('a stream without a start');
  return {
    id: head.id,
    model: head.model,
    createdAt: head.createdAt,
    serviceTier: head.serviceTier,
    usage: usage ?? head.usage,
    choices: [...choices].toSorted(([a], [b]) => a - b).map(([index, choice]) => choiceOf(index, choice)),
  };
}

function addTo(
  choices: Map<number, Choice>,
  event: Exclude<NeutralEvent, { type: 'start' | 'usage' | 'error' }>,
): void {
  const choice = choices.get(event.choice) ?? { parts: [], end: null };
  choices.set(event.choice, choice);
  if (choice.end !== null) throw new Error('nothing may follow the end of a choice');
  if (event.type === 'finish') {
    if (choice.parts.some(({ ended }) => !ended)) throw new Error('a part outlives its choice');
    choice.end = event;
  } else if (event.type === 'part-start') {
    if (event.part !== choice.parts.length) throw new Error('parts are numbered in the order they open');
    choice.parts.push({ start: event.start, deltas: [], ended: false });
  } else {
    const part = choice.parts[event.part];
    if (part === undefined || part.ended) throw new Error('a part that is not open');
    if (event.type === 'part-end') part.ended = true;
    else part.deltas.push(event);
  }
}

function choiceOf(index: number, { parts, end }: Choice): NeutralChoice {
  if (end === null) throw new Error('a choice without an end');
  const logprobs = parts.flatMap(({ deltas }) => deltas.flatMap(delta => delta.logprobs ?? []));
  return {
    index,
    parts: parts.map(partOf),
    finish: end.reason,
    stopSequence: end.stopSequence,
    logprobs: logprobs.length === 0 ? null : logprobs,
  };
}

function partOf({ start, deltas }: Part): AssistantPart {
  const text = deltas.map(delta => delta.text).join('');
  const signatures = deltas.flatMap(delta => delta.signature ?? []);
  const citations = deltas.flatMap(delta => delta.citations ?? []);
  const [signature] = signatures;
  if (signatures.length > 1) throw new Error('a part has one signature');
  switch (start.type) {
    case 'text':
      return { type: 'text', text, ...(citations.length > 0 && { citations }), ...(signature && { signature }) };
    case 'reasoning':
      return { ...start, text, opaque: signature ?? null };
    case 'tool-call':
      return { ...start, arguments: text, ...(signature && { signature }) };
    case 'refusal':
      return { type: 'refusal', text };
    case 'media':
      return start.media;
  }
}
