import type { NeutralEvent, PartStart } from './neutral-event.js';
import type { AssistantPart, Citation, NeutralChoice, NeutralResponse, Opaque, TokenLogprob } from './neutral.types.js';

interface CollectedPart {
  readonly start: PartStart;
  text: string;
  signature: Opaque | null;
  readonly citations: Citation[];
}

interface CollectedChoice {
  readonly parts: CollectedPart[];
  readonly logprobs: TokenLogprob[];
  finish: NeutralChoice['finish'];
  failure: { readonly failure?: string };
}

/** The whole answer that the events tell. A whole answer ended, so a choice that was given no reason said all it had to say. */
export function collectAnswer(events: Iterable<NeutralEvent>): NeutralResponse {
  const choices = new Map<number, CollectedChoice>();
  let answer: NeutralResponse = { id: '', model: '', createdAt: null, choices: [], usage: null, serviceTier: null };
  for (const event of events) {
    if (event.type === 'start') {
      const { type: _, ...known } = event;
      answer = { ...answer, ...known };
    } else if (event.type === 'usage') answer = { ...answer, usage: event.usage };
    else if (event.type !== 'error') collect(choiceOf(choices, event.choice), event);
  }
  const sorted = [...choices].toSorted(([one], [other]) => one - other);
  return { ...answer, choices: sorted.map(([, choice], index) => toChoice(choice, index)) };
}

type ChoiceEvent = Extract<NeutralEvent, { readonly choice: number }>;

function collect(choice: CollectedChoice, event: ChoiceEvent): void {
  if (event.type === 'finish') {
    choice.finish = event.reason;
    choice.failure = event.failure === undefined ? {} : { failure: event.failure };
  }
  if (event.type === 'part-start') choice.parts.push({ start: event.start, text: '', signature: null, citations: [] });
  if (event.type !== 'part-delta') return;
  const part = choice.parts[event.part];
  if (part === undefined) return;
  part.text += event.text;
  part.signature = event.signature ?? part.signature;
  for (const citation of event.citations ?? []) part.citations.push(citation);
  for (const logprob of event.logprobs ?? []) choice.logprobs.push(logprob);
}

function choiceOf(choices: Map<number, CollectedChoice>, index: number): CollectedChoice {
  const choice = choices.get(index) ?? { parts: [], logprobs: [], finish: 'stop', failure: {} };
  choices.set(index, choice);
  return choice;
}

function toChoice({ parts, logprobs, finish, failure }: CollectedChoice, index: number): NeutralChoice {
  return {
    index,
    parts: parts.map(toPart),
    finish,
    stopSequence: null,
    logprobs: logprobs.length === 0 ? null : logprobs,
    ...failure,
  };
}

function toPart({ start, text, signature, citations }: CollectedPart): AssistantPart {
  if (start.type === 'media') return start.media;
  if (start.type === 'refusal') return { type: 'refusal', text };
  if (start.type === 'reasoning') return { type: 'reasoning', text, opaque: signature, redacted: start.redacted };
  const signed = signature && { signature };
  if (start.type === 'tool-call') {
    return { ...start, arguments: text, ...signed };
  }
  return { type: 'text', text, ...(citations.length > 0 && { citations }), ...signed };
}
