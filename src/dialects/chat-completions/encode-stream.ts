import type { JsonObject } from '../../json/value.js';
import type { EncodeResponseOptions, StreamEncoder } from '../neutral/codec.js';
import type { NeutralEvent } from '../neutral/neutral-event.js';
import type { ReasoningPart } from '../neutral/neutral.types.js';
import type { TokenCounts } from '../token-counts.js';
import { LossList } from '../wire/loss-list.js';
import { answerFrame, encodeAudio } from './answer-frame.js';
import { encodeAnnotation } from './citations.js';
import { encodeCall } from './encode-turns.js';
import { encodeFinishReason } from './finish-reason.js';
import { encodeLogprobs } from './logprobs.js';
import { encodeMediaPart } from './media.js';
import { encodeGeminiSignature } from './reasoning-signature.js';
import { encodeDetail } from './thoughts.js';
import { encodeChatUsage } from './usage.js';

type PartStarted = Extract<NeutralEvent, { type: 'part-start' }>;
type PartDelta = Extract<NeutralEvent, { type: 'part-delta' }>;

/** A part as the choice's message counts it. */
type OpenPart =
  | { readonly type: 'text'; readonly before: number; length: number }
  | { readonly type: 'refusal' }
  | { readonly type: 'reasoning'; readonly index: number; readonly redacted: boolean; id: string | undefined }
  | { readonly type: 'tool-call'; readonly index: number; readonly custom: boolean; empty: boolean };

interface Choice {
  readonly parts: Map<number, OpenPart>;
  calls: number;
  thoughts: number;
  textLength: number;
  refused: boolean;
}

/** Writes chunks as OpenAI does: the role first, calls numbered from 0 in every choice, usage last and in a chunk of its own. */
export class ChatStreamEncoder implements StreamEncoder {
  readonly losses = new LossList();
  private frame: JsonObject;
  private readonly choices = new Map<number, Choice>();
  private usage: TokenCounts | null = null;

  constructor(private readonly options: EncodeResponseOptions) {
    this.frame = answerFrame('chat.completion.chunk', { id: '', createdAt: null }, options);
  }

  push(event: NeutralEvent): string {
    switch (event.type) {
      case 'start':
        this.frame = {
          ...answerFrame('chat.completion.chunk', event, this.options),
          ...(event.serviceTier !== null && { service_tier: event.serviceTier }),
        };
        this.usage ??= event.usage;
        return '';
      case 'usage':
        this.usage = event.usage;
        return '';
      case 'error':
        return '';
      case 'finish': {
        const { refused } = this.choices.get(event.choice) ?? { refused: false };
        if (event.reason === 'pause') this.losses.addOnce('finish_reason', 'this dialect has no word for a pause');
        return this.begin(event.choice) + this.write(event.choice, {}, encodeFinishReason(event.reason, refused));
      }
      default:
        return this.begin(event.choice) + this.writePart(event);
    }
  }

  end(): string {
    const { streamUsage } = this.options;
    const usage =
      streamUsage && this.usage !== null
        ? written({ ...this.frame, choices: [], usage: encodeChatUsage(this.usage) })
        : '';
    return `${usage}data: [DONE]\n\n`;
  }

  /** Clients learn the role from the first chunk of every choice. */
  private begin(choice: number): string {
    if (this.choices.has(choice)) return '';
    this.choices.set(choice, { parts: new Map(), calls: 0, thoughts: 0, textLength: 0, refused: false });
    return this.write(choice, { role: 'assistant', content: '' });
  }

  private writePart(event: Exclude<NeutralEvent, { type: 'start' | 'usage' | 'error' | 'finish' }>): string {
    const choice = this.choices.get(event.choice) as Choice;
    if (event.type === 'part-start') return this.writeStart(event, choice);
    const part = choice.parts.get(event.part);
    if (part === undefined) return '';
    if (event.type === 'part-delta') return this.writeDelta(event, part, choice);
    choice.parts.delete(event.part);
    // A call without arguments still takes an object, which clients parse.
    const lacks = part.type === 'tool-call' && part.empty && !part.custom;
    return lacks ? this.write(event.choice, callDelta(part, '{}')) : '';
  }

  private writeStart({ choice: number, part, start }: PartStarted, choice: Choice): string {
    switch (start.type) {
      case 'text':
        choice.parts.set(part, { type: 'text', before: choice.textLength, length: 0 });
        return '';
      case 'refusal':
        choice.refused = true;
        choice.parts.set(part, { type: 'refusal' });
        return '';
      case 'reasoning': {
        const { redacted, id } = start;
        choice.parts.set(part, { type: 'reasoning', index: choice.thoughts++, redacted, id });
        return '';
      }
      case 'tool-call': {
        const index = choice.calls++;
        const { custom = false } = start;
        choice.parts.set(part, { type: 'tool-call', index, custom, empty: true });
        return this.write(number, { tool_calls: [{ index, ...encodeCall({ ...start, arguments: '' }) }] });
      }
      case 'media': {
        const image = start.media.kind === 'image' ? encodeMediaPart(start.media) : null;
        const audio = start.media.kind === 'audio' ? encodeAudio(start.media) : null;
        if (image !== null) return this.write(number, { images: [image] });
        if (audio !== null) return this.write(number, { audio });
        this.losses.addOnce('content', `this dialect has no place for this ${start.media.kind} in an answer`);
        return '';
      }
    }
  }

  private writeDelta(event: PartDelta, part: OpenPart, choice: Choice): string {
    const { text, signature } = event;
    switch (part.type) {
      case 'text':
        return this.writeText(event, part, choice);
      case 'refusal':
        return text === '' && event.logprobs === undefined
          ? ''
          : this.write(event.choice, { refusal: text }, null, logprobsOf(event, 'refusal'));
      case 'reasoning': {
        if (text === '' && signature === undefined) return '';
        const { index, redacted, id } = part;
        const thought: Omit<ReasoningPart, 'type'> = {
          text,
          opaque: signature ?? null,
          redacted,
          ...(id !== undefined && { id }),
        };
        part.id = undefined; // told once
        const plain: JsonObject = text === '' ? {} : { reasoning_content: text };
        return this.write(event.choice, { ...plain, reasoning_details: [encodeDetail(thought, index)] });
      }
      case 'tool-call':
        if (text === '' && signature === undefined) return '';
        part.empty &&= text === '';
        return this.write(event.choice, callDelta(part, text, encodeGeminiSignature(signature)));
    }
  }

  private writeText(event: PartDelta, part: Extract<OpenPart, { type: 'text' }>, choice: Choice): string {
    const { text, citations = [], signature, logprobs } = event;
    part.length += text.length;
    choice.textLength += text.length;
    const annotations = citations
      .map(citation => encodeAnnotation(citation, part.before, part.length))
      .filter(annotation => annotation !== null);
    if (annotations.length < citations.length) this.losses.addOnce('annotations', 'this dialect cites addresses only');
    if (text === '' && annotations.length === 0 && signature === undefined && logprobs === undefined) return '';
    const delta: JsonObject = {
      content: text,
      ...(annotations.length > 0 && { annotations }),
      ...encodeGeminiSignature(signature),
    };
    return this.write(event.choice, delta, null, logprobsOf(event, 'content'));
  }

  private write(
    index: number,
    delta: JsonObject,
    finishReason: string | null = null,
    logprobs: JsonObject | null = null,
  ): string {
    return written({
      ...this.frame,
      choices: [{ index, delta, logprobs, finish_reason: finishReason }],
      // OpenAI says so in every chunk when usage will follow.
      ...(this.options.streamUsage && { usage: null }),
    });
  }
}

type OpenCall = Extract<OpenPart, { type: 'tool-call' }>;

function callDelta({ index, custom }: OpenCall, text: string, signature: JsonObject = {}): JsonObject {
  const piece: JsonObject = custom ? { custom: { input: text } } : { function: { arguments: text } };
  return { tool_calls: [{ index, ...piece, ...signature }] };
}

function logprobsOf({ logprobs }: PartDelta, of: 'content' | 'refusal'): JsonObject | null {
  if (logprobs === undefined) return null;
  return { content: null, refusal: null, [of]: encodeLogprobs(logprobs) };
}

function written(chunk: JsonObject): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}
