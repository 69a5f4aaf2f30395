import type { JsonObject } from '../../json/value.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { Citation, Opaque } from '../neutral/neutral.types.js';
import type { LossList } from '../wire/loss-list.js';
import { encodeAnswerPart } from './answer-frame.js';
import { type CitedText, encodeGrounding } from './citations.js';
import { encodeFinishReason } from './finish-reason.js';
import { encodeLogprobsResult } from './logprobs.js';

interface OpenPart {
  readonly start: PartStart;
  text: string;
  signature: Opaque | undefined;
  readonly citations: Citation[];
}

type ChoiceEvent = Extract<NeutralEvent, { readonly choice: number }>;
type Delta = Extract<ChoiceEvent, { readonly type: 'part-delta' }>;
type Finish = Extract<ChoiceEvent, { readonly type: 'finish' }>;

/** Writes one choice of a streamed answer. Words go as they come; a call goes whole, for Gemini knows no half of one. */
export class ChoiceEncoder {
  private readonly open = new Map<number, OpenPart>();
  private readonly cited: CitedText[] = [];
  private reason: Finish['reason'] | null = null;
  private refused = false;
  private brokenCall = false;

  constructor(
    private readonly choice: number,
    private readonly losses: LossList,
  ) {}

  /** The candidate to send now; null for none. */
  push(event: ChoiceEvent): JsonObject | null {
    if (event.type === 'part-start') return this.start(event.part, event.start);
    if (event.type === 'part-delta') return this.delta(event);
    if (event.type === 'part-end') return this.end(event.part);
    this.reason = event.reason;
    if (event.stopSequence !== null) this.losses.addOnce('finishReason', 'Gemini does not name what stopped it');
    return null;
  }

  /** The last candidate, with the reason to end; null where none was given. */
  finish(): JsonObject | null {
    const { reason, refused, brokenCall } = this;
    if (reason === null) return null;
    const grounding = encodeGrounding(this.cited);
    return {
      ...this.candidate({ text: '' }),
      finishReason: encodeFinishReason({ reason, refused, brokenCall }),
      ...(grounding !== null && { groundingMetadata: grounding }),
    };
  }

  private start(part: number, start: PartStart): JsonObject | null {
    this.open.set(part, { start, text: '', signature: undefined, citations: [] });
    if (start.type === 'refusal') this.refused = true;
    if (start.type !== 'media') return null;
    const whole = encodeAnswerPart(start.media);
    if (whole === null) this.losses.addOnce('content', 'a file that another vendor keeps was left out');
    return whole && this.candidate(whole);
  }

  private delta({ part, text, signature, citations, logprobs }: Delta): JsonObject | null {
    const open = this.open.get(part);
    if (open === undefined) return null;
    for (const citation of citations ?? []) open.citations.push(citation);
    open.text += text;
    open.signature = signature ?? open.signature;
    if (open.start.type === 'tool-call' || open.start.type === 'media') return null;
    if (text === '' && signature === undefined && logprobs === undefined) return null;
    const encoded = encodePiece(open.start, text, signature);
    if (encoded === null) return null;
    return { ...this.candidate(encoded), ...(logprobs && { logprobsResult: encodeLogprobsResult(logprobs) }) };
  }

  private end(part: number): JsonObject | null {
    const open = this.open.get(part);
    this.open.delete(part);
    if (open === undefined) return null;
    const { start, text, signature, citations } = open;
    if (start.type === 'text' && citations.length > 0) this.cited.push({ part: 0, text, citations });
    if (start.type !== 'tool-call') return null;
    const { id, name } = start;
    const encoded = encodeAnswerPart({
      type: 'tool-call',
      id,
      name,
      arguments: text,
      ...(signature && { signature }),
    });
    if (encoded === null) {
      this.brokenCall = true;
      this.losses.addOnce('functionCall', 'a call whose arguments are no JSON object was left out');
    }
    return encoded && this.candidate(encoded);
  }

  private candidate(part: JsonObject): JsonObject {
    return { content: { parts: [part], role: 'model' }, index: this.choice };
  }
}

function encodePiece(start: PartStart, text: string, signature: Opaque | undefined): JsonObject | null {
  if (start.type === 'reasoning') {
    return encodeAnswerPart({ type: 'reasoning', text, opaque: signature ?? null, redacted: start.redacted });
  }
  return encodeAnswerPart({ type: 'text', text, ...(signature && { signature }) });
}
