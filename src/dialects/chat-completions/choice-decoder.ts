import { isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { NeutralEvent } from '../neutral/neutral-event.js';
import type { Citation, FinishReason, TokenLogprob } from '../neutral/neutral.types.js';
import { readOpaque } from '../neutral/opaque.js';
import { ANSWER } from '../wire/field-reader.js';
import { decodeAnnotations } from './citations.js';
import { audioPart } from './decode-response.js';
import { findFinishReason } from './finish-reason.js';
import { decodeLogprobs } from './logprobs.js';
import { decodeImages } from './media.js';
import { findGeminiSignature } from './reasoning-signature.js';
import { PartWriter, StreamCalls } from './stream-calls.js';
import {
  continues,
  isThinkingPart,
  type OpenThought,
  readReasoningDetails,
  readThinkingPart,
  type ThoughtFragment,
} from './thoughts.js';

type OpenPart =
  | { readonly type: 'text' | 'refusal'; readonly part: number; signed: boolean }
  | { readonly type: 'reasoning'; readonly part: number; thought: OpenThought };

/** One choice of a stream. Of texts, refusals and thoughts one is open at a time, beside all calls. */
export class ChoiceStream {
  private readonly writer: PartWriter;
  private readonly calls: StreamCalls;
  private open: OpenPart | null = null;
  /** the text so far: annotations count from the beginning of the message */
  private textLength = 0;
  private textStart = 0;
  private refused = false;
  private readonly audio: Buffer[] = [];
  private finished = false;
  private cited = false;
  /** what the answer rests on as a whole */
  private sources: readonly Citation[] = [];

  constructor(
    private readonly choice: number,
    private readonly emit: (event: NeutralEvent) => void,
    nameCall: (name: string, place: string) => string,
  ) {
    this.writer = new PartWriter(choice, emit);
    this.calls = new StreamCalls(this.writer, (name, place) => nameCall(name, `choice ${choice} ${place}`));
  }

  /** What comes behind its words, where nothing cites them one by one. The last word holds: servers repeat it. */
  restOn(sources: readonly Citation[]): void {
    if (sources.length > 0) this.sources = sources;
  }

  /** Reads one entry of `choices`. What comes behind the end of the choice is nothing any more. */
  add(entry: JsonObject): void {
    if (this.finished) return;
    // A server that has the answer at once may send a message in place of its pieces.
    const delta = entry['delta'] ?? entry['message'];
    if (isSaid(delta)) this.addDelta(ANSWER.object(delta, `choices[${this.choice}].delta`), entry['logprobs']);
    const answered = { calls: this.calls.any, refused: this.refused };
    const reason = findFinishReason(entry['finish_reason'], answered);
    if (reason !== null) this.finish(reason);
  }

  /** At the end of the stream: a choice that was given no reason did not end well. */
  end(): void {
    if (!this.finished) this.finish('error');
  }

  private addDelta(delta: JsonObject, logprobs: Json | undefined): void {
    this.addThoughts(delta);
    this.addContent(delta['content'], decodeLogprobs(logprobs, 'content'));
    this.addRefusal(delta['refusal'], decodeLogprobs(logprobs, 'refusal'));
    this.addTextSignature(delta);
    for (const citation of decodeAnnotations(delta['annotations'])) {
      this.cited = true;
      this.addCitation(citation);
    }
    this.addMedia(delta);
    const onBegin = (): void => this.closeOpen();
    this.calls.addList(delta['tool_calls'], onBegin);
    this.calls.addLegacy(delta['function_call'], onBegin);
  }

  private addThoughts(delta: JsonObject): void {
    const details = readReasoningDetails(delta['reasoning_details']);
    const plain = [delta['reasoning_content'], delta['reasoning']].find(
      text => typeof text === 'string' && text !== '',
    );
    // The list repeats the plain field, unless it holds nothing but signatures.
    if (plain !== undefined && details.every(({ text }) => text === '')) this.addPlainThought(plain as string);
    for (const fragment of details) this.addThought(fragment);
  }

  private addPlainThought(text: string): void {
    const part =
      this.open?.type === 'reasoning' && !this.open.thought.signed
        ? this.open.part
        : this.openThought({ redacted: false }, { kind: null, index: null, signed: false });
    this.writer.add(part, { text });
  }

  private addThought(fragment: ThoughtFragment): void {
    const { kind, index, text, signature, id } = fragment;
    const thought: OpenThought = { kind, index, signed: signature !== null };
    let part: number;
    if (this.open?.type === 'reasoning' && continues(this.open.thought, fragment, true)) {
      part = this.open.part;
      this.open.thought = { ...thought, index: index ?? this.open.thought.index };
    } else {
      part = this.openThought({ redacted: kind === 'encrypted', ...(id !== null && { id }) }, thought);
    }
    if (text === '' && signature === null) return;
    this.writer.add(part, { text, ...(signature !== null && { signature: readOpaque(signature, 'other') }) });
  }

  private openThought(start: { redacted: boolean; id?: string }, thought: OpenThought): number {
    this.makeRoom();
    const part = this.writer.open({ type: 'reasoning', ...start });
    this.open = { type: 'reasoning', part, thought };
    return part;
  }

  private addContent(content: Json | undefined, logprobs: TokenLogprob[] | null): void {
    if (Array.isArray(content)) {
      for (const value of content as readonly Json[]) if (isObject(value)) this.addContentPart(value);
      if (logprobs !== null) this.addText('text', '', logprobs);
    } else if (isSaid(content)) {
      this.addText('text', ANSWER.string(content, `choices[${this.choice}].delta.content`), logprobs);
    } else if (logprobs !== null) {
      this.addText('text', '', logprobs);
    }
  }

  private addContentPart(part: JsonObject): void {
    if (isThinkingPart(part)) {
      for (const fragment of readThinkingPart(part)) this.addThought(fragment);
    } else if (part['type'] === 'text' && typeof part['text'] === 'string') {
      this.addText('text', part['text'], null);
      this.addTextSignature(part);
    } else if (part['type'] === 'image_url') {
      this.addMedia({ images: [part] });
    }
  }

  private addRefusal(refusal: Json | undefined, logprobs: TokenLogprob[] | null): void {
    // Some servers send `false`.
    if (typeof refusal !== 'string') return;
    this.refused ||= refusal !== '';
    this.addText('refusal', refusal, logprobs);
  }

  private addText(type: 'text' | 'refusal', text: string, logprobs: TokenLogprob[] | null): void {
    const going = this.open?.type === type && !this.open.signed;
    if (text === '' && (logprobs === null || logprobs.length === 0 || !going)) return;
    const part = going && this.open !== null ? this.open.part : this.openText(type);
    if (type === 'text') this.textLength += text.length;
    this.writer.add(part, { text, ...(logprobs !== null && { logprobs }) });
  }

  private openText(type: 'text' | 'refusal'): number {
    this.makeRoom();
    this.textStart = this.textLength;
    const part = this.writer.open({ type });
    this.open = { type, part, signed: false };
    return part;
  }

  /** Gemini signs text, sometimes behind its last piece. */
  private addTextSignature(owner: JsonObject): void {
    const signature = findGeminiSignature(owner);
    if (signature === null) return;
    const part = this.open?.type === 'text' && !this.open.signed ? this.open.part : this.openText('text');
    this.writer.add(part, { text: '', signature });
    this.open = { type: 'text', part, signed: true };
  }

  private addCitation(citation: Citation): void {
    const part = this.open?.type === 'text' ? this.open.part : this.openText('text');
    // What is cited may stand in a text that has ended.
    const within = citation.start === null || citation.start >= this.textStart ? this.textStart : null;
    const place = (at: number | null): number | null => (at === null || within === null ? null : at - within);
    this.writer.add(part, {
      text: '',
      citations: [{ ...citation, start: place(citation.start), end: place(citation.end) }],
    });
  }

  private addMedia(delta: JsonObject): void {
    for (const media of decodeImages(ANSWER.list(delta, 'images'), 'images', ANSWER)) {
      this.makeRoom();
      this.writer.close(this.writer.open({ type: 'media', media }));
    }
    const audio = delta['audio'];
    if (!isObject(audio)) return;
    if (typeof audio['transcript'] === 'string') this.addText('text', audio['transcript'], null);
    // Every piece is base64 of its own, with its own padding.
    if (typeof audio['data'] === 'string') this.audio.push(Buffer.from(audio['data'], 'base64'));
  }

  private makeRoom(): void {
    this.calls.settle();
    this.closeOpen();
  }

  private closeOpen(): void {
    if (this.open !== null) this.writer.close(this.open.part);
    this.open = null;
  }

  private finish(reason: FinishReason): void {
    if (this.textLength > 0 && !this.cited) for (const source of this.sources) this.addCitation(source);
    this.closeOpen();
    this.calls.finish();
    if (this.audio.length > 0) {
      const media = audioPart(Buffer.concat(this.audio).toString('base64'), 'audio/pcm');
      this.writer.close(this.writer.open({ type: 'media', media }));
    }
    this.finished = true;
    this.emit({ type: 'finish', choice: this.choice, reason, stopSequence: null });
  }
}
