import type { JsonObject } from '../../json/value.js';
import type { EncodeResponseOptions, StreamEncoder } from '../neutral/codec.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { Citation, FinishReason, NamespacedName, Opaque, TokenLogprob } from '../neutral/neutral.types.js';
import { TEXT_SIGNATURE_LOST } from '../neutral/signatures.js';
import type { TokenCounts } from '../token-counts.js';
import { LossList } from '../wire/loss-list.js';
import {
  type AnswerError,
  type AnswerFacts,
  answerFrame,
  callItem,
  ItemNames,
  messageItem,
  responseId,
  thoughtItem,
} from './answer-frame.js';
import { encodeAnnotation } from './citations.js';
import { encodeLogprobList } from './logprobs.js';
import { at, content, inputEvent, isForeign, type OpenItem } from './open-item.js';
import { namespacesOf } from './tool-namespaces.js';

type CallStart = Extract<PartStart, { type: 'tool-call' }>;
type Delta = Extract<NeutralEvent, { type: 'part-delta' }>;

/** Writes a Responses stream: every item opens, grows and closes, numbered as the SDKs' accumulators demand. */
export class ResponsesStreamEncoder implements StreamEncoder {
  readonly losses = new LossList();
  private readonly items = new Map<number, OpenItem>();
  private readonly output: JsonObject[] = [];
  private facts: AnswerFacts = { id: '', createdAt: null, serviceTier: null };
  private names: ItemNames;
  nextSequence = 0;
  private places = 0;
  private usage: TokenCounts | null = null;
  private reason: FinishReason = 'stop';
  private started = false;
  private refuses = false;
  private written = '';
  private readonly namespaces: ReadonlyMap<string, NamespacedName>;

  constructor(private readonly options: EncodeResponseOptions) {
    this.namespaces = namespacesOf(options.request);
    this.names = new ItemNames(responseId(this.facts, options));
  }

  push(event: NeutralEvent): string {
    this.written = '';
    if ('choice' in event && event.choice !== 0) {
      this.losses.addOnce('output', 'this dialect has one answer; the first was taken');
      return '';
    }
    if (event.type === 'start') this.start(event);
    else if (event.type === 'part-start') this.open(event.part, event.start);
    else if (event.type === 'part-delta') this.delta(event);
    else if (event.type === 'part-end') this.close(event.part);
    else if (event.type === 'finish') this.finish(event.reason);
    else if (event.type === 'usage') this.usage = event.usage;
    return this.written;
  }

  end(): string {
    this.written = '';
    this.begin();
    for (const part of this.items.keys()) this.close(part);
    const response = this.response(this.reason);
    const isWhole = response['status'] === 'completed';
    this.send(isWhole ? 'response.completed' : 'response.incomplete', { response });
    return this.written;
  }

  fail(error: AnswerError): string {
    this.written = '';
    this.begin();
    this.send('response.failed', { response: this.response('error', { error }) });
    return this.written;
  }

  private start(event: Extract<NeutralEvent, { type: 'start' }>): void {
    const { id, createdAt, serviceTier, usage } = event;
    this.facts = { id, createdAt, serviceTier };
    this.names = new ItemNames(responseId(this.facts, this.options));
    this.usage = usage;
    this.begin();
  }

  private finish(reason: FinishReason): void {
    this.reason = reason;
    if (reason === 'pause') this.losses.addOnce('status', 'this dialect has no word for a pause');
  }

  private begin(): void {
    if (this.started) return;
    this.started = true;
    this.send('response.created', { response: this.response(null) });
    this.send('response.in_progress', { response: this.response(null) });
  }

  private response(finish: FinishReason | null, error: { readonly error?: AnswerError } = {}): JsonObject {
    const usage = finish === null ? null : this.usage;
    const { refuses } = this;
    return answerFrame(this.facts, this.options, { finish, refuses, output: [...this.output], usage, ...error });
  }

  private open(part: number, start: PartStart): void {
    this.begin();
    if (start.type === 'refusal') this.refuses = true;
    if (start.type === 'media') {
      this.image(start.media);
      return;
    }
    const item: OpenItem = { start, place: -1, id: '', text: '', signature: null, citations: [], logprobs: [] };
    this.items.set(part, item);
    // The signature of a call stands before it, and comes with its first piece.
    if (start.type !== 'tool-call') this.openItem(item);
  }

  private openItem(item: OpenItem): void {
    if (item.place !== -1) return;
    const { start, signature } = item;
    if (start.type === 'tool-call' && isForeign(item)) {
      this.signatureItem(this.places++, this.names.forCall(start.id), signature);
      item.signature = null;
    }
    item.place = this.places++;
    item.id = this.idFor(start, item.place);
    this.send('response.output_item.added', { output_index: item.place, item: this.opening(item) });
    if (start.type === 'text' || start.type === 'refusal') {
      this.send('response.content_part.added', { ...at(item), part: content(item, '') });
    }
  }

  private idFor(start: PartStart, place: number): string {
    if (start.type === 'tool-call') return this.names.of(start.custom === true ? 'ctc' : 'fc', place);
    if (start.type !== 'reasoning') return this.names.of('msg', place);
    return start.id ?? (start.redacted ? this.names.redacted(place) : this.names.of('rs', place));
  }

  private image(media: Extract<PartStart, { type: 'media' }>['media']): void {
    if (media.kind !== 'image' || media.source.type !== 'base64') {
      this.losses.addOnce('output', `this dialect has no place for ${media.kind} in an answer`);
      return;
    }
    const place = this.places++;
    const id = this.names.of('ig', place);
    const item = { type: 'image_generation_call', id, status: 'completed', result: media.source.data };
    this.send('response.output_item.added', {
      output_index: place,
      item: { ...item, status: 'in_progress', result: null },
    });
    this.finishItem(place, item);
  }

  private delta({ part, text, signature, citations = [], logprobs = [] }: Delta): void {
    const item = this.items.get(part);
    if (item === undefined) return;
    if (signature !== undefined) item.signature = signature;
    this.openItem(item);
    item.logprobs.push(...logprobs);
    if (text !== '') this.say(item, text, logprobs);
    for (const citation of citations) this.cite(item, citation);
  }

  private say(item: OpenItem, delta: string, logprobs: readonly TokenLogprob[]): void {
    const isFirst = item.text === '';
    item.text += delta;
    const where = at(item);
    switch (item.start.type) {
      case 'text':
        this.send('response.output_text.delta', { ...where, delta, logprobs: encodeLogprobList(logprobs) });
        return;
      case 'refusal':
        this.send('response.refusal.delta', { ...where, delta });
        return;
      case 'tool-call':
        this.send(`${inputEvent(item.start)}.delta`, { item_id: item.id, output_index: item.place, delta });
        return;
      default: {
        const summary = { item_id: item.id, output_index: item.place, summary_index: 0 };
        if (isFirst) {
          const part = { type: 'summary_text', text: '' };
          this.send('response.reasoning_summary_part.added', { ...summary, part });
        }
        this.send('response.reasoning_summary_text.delta', { ...summary, delta });
      }
    }
  }

  private cite(item: OpenItem, citation: Citation): void {
    const annotation = encodeAnnotation(citation, item.text.length);
    if (annotation === null || item.start.type !== 'text') {
      this.losses.addOnce('annotations', 'this dialect cites addresses only');
      return;
    }
    const annotation_index = item.citations.length;
    item.citations.push(citation);
    this.send('response.output_text.annotation.added', { ...at(item), annotation_index, annotation });
  }

  private close(part: number): void {
    const item = this.items.get(part);
    if (item === undefined) return;
    this.items.delete(part);
    this.openItem(item);
    const { start, place } = item;
    if (start.type === 'tool-call') this.closeCall(item, start);
    else if (start.type === 'reasoning') this.closeThought(item);
    else this.closeWords(item);
    this.finishItem(place, this.whole(item));
    if (start.type === 'text' && item.signature !== null) this.losses.addOnce('signature', TEXT_SIGNATURE_LOST);
    if (start.type !== 'tool-call' || !isForeign(item)) return;
    this.signatureItem(this.places++, this.names.forCall(start.id), item.signature);
  }

  private closeCall(item: OpenItem, start: CallStart): void {
    const { custom = false } = start;
    // A call without arguments has an empty object for them.
    if (item.text === '' && !custom) this.say(item, '{}', []);
    const done = { item_id: item.id, output_index: item.place };
    const { text } = item;
    const { name } = this.call(item, start, text);
    this.send(`${inputEvent(start)}.done`, custom ? { ...done, input: text } : { ...done, name, arguments: text });
  }

  private closeWords(item: OpenItem): void {
    const where = at(item);
    if (item.start.type === 'refusal') this.send('response.refusal.done', { ...where, refusal: item.text });
    else {
      const logprobs = encodeLogprobList(item.logprobs);
      this.send('response.output_text.done', { ...where, text: item.text, logprobs });
    }
    this.send('response.content_part.done', { ...where, part: content(item, item.text) });
  }

  private closeThought({ id, place, text }: OpenItem): void {
    if (text === '') return;
    const where = { item_id: id, output_index: place, summary_index: 0 };
    this.send('response.reasoning_summary_text.done', { ...where, text });
    this.send('response.reasoning_summary_part.done', { ...where, part: { type: 'summary_text', text } });
  }

  /** Another vendor's signature on a call stands in an item of its own. */
  private signatureItem(place: number, id: string, signature: Opaque | null): void {
    const signed = thoughtItem(id, '', signature);
    const { encrypted_content: _, ...bare } = signed;
    this.send('response.output_item.added', { output_index: place, item: bare });
    this.finishItem(place, signed);
  }

  private opening(item: OpenItem): JsonObject {
    const { start, id } = item;
    if (start.type === 'tool-call') return this.call(item, start, '', 'in_progress');
    return start.type === 'reasoning' ? thoughtItem(id, '', null) : messageItem(id, [], 'in_progress');
  }

  private whole(item: OpenItem): JsonObject {
    const { start, id, text, signature } = item;
    if (start.type === 'tool-call') return this.call(item, start, text);
    return start.type === 'reasoning' ? thoughtItem(id, text, signature) : messageItem(id, [content(item, text)]);
  }

  private call({ id }: OpenItem, start: CallStart, input: string, status?: string): JsonObject {
    return callItem(id, { ...start, arguments: input }, this.namespaces.get(start.name), status);
  }

  private finishItem(place: number, item: JsonObject): void {
    this.send('response.output_item.done', { output_index: place, item });
    this.output.push(item);
  }

  private send(type: string, fields: JsonObject): void {
    const data = JSON.stringify({ type, sequence_number: this.nextSequence++, ...fields });
    this.written += `event: ${type}\ndata: ${data}\n\n`;
  }
}
