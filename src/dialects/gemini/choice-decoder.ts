import { isObject, type JsonObject, nonEmpty } from '../../json/value.js';
import { declined, declinedEvents } from '../neutral/declined.js';
import { failureOf } from '../neutral/endings.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { Citation, Opaque, TokenLogprob } from '../neutral/neutral.types.js';
import { toolCallId } from '../neutral/tool-calls.js';
import { placeCitations, type PlacedCitation, readCitations } from './citations.js';
import type { LossList } from '../wire/loss-list.js';
import { type AnswerPart, type CallPart, partsOf, readAnswerPart, recordIn } from './answer-parts.js';
import { decodeFinishReason } from './finish-reason.js';
import { decodeLogprobsResult } from './logprobs.js';
import { PartialCall } from './partial-call.js';

/** The part that more text may still come for. */
interface OpenPart {
  readonly part: number;
  readonly type: 'text' | 'reasoning';
  text: string;
  signed: boolean;
}

type Delta = Extract<NeutralEvent, { readonly type: 'part-delta' }>;
type Extras = Partial<Pick<Delta, 'signature' | 'citations' | 'logprobs'>>;

/** Reads one choice of a streamed answer: Google sends its parts in pieces that do not say where they begin or end. */
export class ChoiceDecoder {
  private open: OpenPart | null = null;
  private parts = 0;
  private calls = 0;
  /** the call whose arguments still come */
  private partial: PartialCall | null = null;
  /** for the ids of calls that came without */
  private responseId = '';
  private reason: unknown = null;
  /** what Google says of its reason */
  private message: unknown = null;
  private events: NeutralEvent[] = [];
  private citations: readonly PlacedCitation[] = [];
  /** Where in `events` the last words stand; -1 for nowhere. */
  private lastWords = -1;

  constructor(
    private readonly choice: number,
    private readonly losses: LossList,
  ) {}

  /** @throws {UnreadableAnswer} */
  read(candidate: JsonObject, responseId: string): readonly NeutralEvent[] {
    this.events = [];
    this.lastWords = -1;
    this.responseId = responseId;
    this.citations = readCitations(candidate);
    const begunWith = this.parts;
    for (const [index, wire] of partsOf(candidate).entries()) {
      const part = readAnswerPart(wire);
      if (part !== null) this.readPart(part, index, begunWith);
      else if (isObject(wire)) this.losses.addRecord(recordIn(wire));
      if (part?.type === 'media' && isObject(wire) && nonEmpty(wire['thoughtSignature']) !== null) {
        this.losses.addOnce('thoughtSignature', 'other dialects have no place for the signature of a picture');
      }
    }
    this.citeBehind();
    this.addLogprobs(decodeLogprobsResult(candidate['logprobsResult']));
    if (decodeFinishReason(candidate['finishReason'], false) !== null) {
      this.reason = candidate['finishReason'];
      this.message = candidate['finishMessage'];
    }
    return this.events;
  }

  /**
   * Closes what is open. A reason to end waits until here, because words may still follow it: there were models that gave one
   * with every event. Without any reason the choice is left unfinished.
   */
  end(): readonly NeutralEvent[] {
    this.events = [];
    this.endPartial();
    this.close();
    const reason = decodeFinishReason(this.reason, this.calls > 0);
    if (reason !== null) {
      const ending = declined(reason, this.message);
      this.events.push(...declinedEvents(ending, this.choice, this.parts), {
        ...{ type: 'finish', choice: this.choice, reason: ending.finish, stopSequence: null },
        ...failureOf(reason, this.reason),
      });
    }
    return this.events;
  }

  private readPart(part: AnswerPart, index: number, begunWith: number): void {
    if (part.type === 'call-piece') {
      this.readPiece(part);
      return;
    }
    this.endPartial();
    if (part.type === 'text') this.readText(part.text, part.signature, index, begunWith);
    else if (part.type === 'thought') this.readThought(part);
    else if (part.type === 'media') this.whole({ type: 'media', media: part.media });
    else this.readCall(part);
  }

  private readCall(part: CallPart): void {
    const id = part.id ?? toolCallId(this.responseId, `${this.choice}.${this.calls}`);
    this.calls += 1;
    this.whole({ type: 'tool-call', id, name: part.name }, part.arguments, part.signature);
  }

  private readPiece({ call, signature }: Extract<AnswerPart, { readonly type: 'call-piece' }>): void {
    // The piece that ends a call has nothing but its end, and may be missing.
    if (nonEmpty(call['name']) !== null) this.endPartial();
    this.partial = PartialCall.after(this.partial, call, signature);
    if (call['willContinue'] !== true) this.endPartial();
  }

  private endPartial(): void {
    const { partial } = this;
    this.partial = null;
    if (partial !== null) this.readCall(partial.whole());
  }

  private readText(text: string, signature: Opaque | null, index: number, begunWith: number): void {
    if (text === '') {
      if (signature !== null) this.readSignatureAlone(signature);
      return;
    }
    const open = this.continue('text', signature);
    const begunNow = open.part >= begunWith;
    const shift = begunNow ? open.text.length : 0;
    open.text += text;
    const mine = this.citations.filter(({ part }) => part <= index);
    this.citations = this.citations.filter(({ part }) => part > index);
    const citations = placeCitations(mine, begunNow ? text : open.text, shift);
    this.delta(open, text, { ...signatureOf(signature), ...citedBy(citations) });
  }

  private readThought({ text, signature, redacted }: Extract<AnswerPart, { readonly type: 'thought' }>): void {
    if (redacted) {
      this.whole({ type: 'reasoning', redacted: true }, '', signature);
      return;
    }
    if (text === '' && (signature === null || this.open?.type === 'text')) {
      if (signature !== null) this.whole({ type: 'reasoning', redacted: false }, '', signature);
      return;
    }
    const open = this.continue('reasoning', signature);
    this.delta(open, text, signatureOf(signature));
  }

  /** A signature without words belongs to the words before it. */
  private readSignatureAlone(signature: Opaque): void {
    if (this.open !== null && !this.open.signed) this.delta(this.open, '', signatureOf(signature));
    else this.whole({ type: 'reasoning', redacted: false }, '', signature);
  }

  /** Sources that come behind the words they were found for. */
  private citeBehind(): void {
    const { open, citations } = this;
    if (open?.type !== 'text' || citations.length === 0) return;
    this.delta(open, '', { citations: placeCitations(citations, open.text, 0) });
  }

  private addLogprobs(logprobs: readonly TokenLogprob[] | null): void {
    if (logprobs === null) return;
    const words = this.events[this.lastWords];
    if (words?.type === 'part-delta') this.events[this.lastWords] = { ...words, logprobs };
    else if (this.open?.type === 'text') this.delta(this.open, '', { logprobs });
  }

  private continue(type: 'text' | 'reasoning', signature: Opaque | null): OpenPart {
    const { open } = this;
    // A part has one signature: the words that come with another one are another part. A thought that is signed is at its end.
    const ended = open?.signed === true && (signature !== null || type === 'reasoning');
    if (open?.type === type && !ended) return open;
    this.close();
    const part = this.start(type === 'text' ? { type } : { type, redacted: false });
    this.open = { part, type, text: '', signed: false };
    return this.open;
  }

  private whole(start: PartStart, text = '', signature: Opaque | null = null): void {
    this.close();
    const part = this.start(start);
    if (text !== '' || signature !== null) {
      this.events.push({ type: 'part-delta', choice: this.choice, part, text, ...signatureOf(signature) });
    }
    this.events.push({ type: 'part-end', choice: this.choice, part });
  }

  private start(start: PartStart): number {
    const part = this.parts;
    this.parts += 1;
    this.events.push({ type: 'part-start', choice: this.choice, part, start });
    return part;
  }

  private delta(open: OpenPart, text: string, extras: Extras): void {
    if (extras.signature !== undefined) open.signed = true;
    if (open.type === 'text') this.lastWords = this.events.length;
    this.events.push({ type: 'part-delta', choice: this.choice, part: open.part, text, ...extras });
  }

  private close(): void {
    if (this.open !== null) this.events.push({ type: 'part-end', choice: this.choice, part: this.open.part });
    this.open = null;
  }
}

function signatureOf(signature: Opaque | null): Extras {
  return signature === null ? {} : { signature };
}

function citedBy(citations: readonly Citation[]): Extras {
  return citations.length === 0 ? {} : { citations };
}
