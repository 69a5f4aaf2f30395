import { isList, isObject, type JsonObject } from '../../json/value.js';
import type { SseEvent } from '../../sse/frames.js';
import { parseEvent, type StreamDecoder, UnreadableAnswer } from '../neutral/codec.js';
import { declined, declinedEvents } from '../neutral/declined.js';
import type { NeutralEvent } from '../neutral/neutral-event.js';
import { LossList } from '../wire/loss-list.js';
import { ChoiceDecoder } from './choice-decoder.js';
import { decodeServiceTier } from './service-tier.js';
import { readGeminiUsage } from './usage.js';

/** More candidates than Google ever gives; an index beyond is none. */
const MAX_CHOICES = 256;

/** Reads a streamed answer: each event is a part of a GenerateContentResponse. */
export class GeminiStreamDecoder implements StreamDecoder {
  readonly losses = new LossList();
  private readonly choices = new Map<number, ChoiceDecoder>();
  private id = '';
  private started = false;
  private failed = false;
  private blocked = false;
  /** what Google says of a prompt that it blocked */
  private blockMessage: unknown = null;

  push(event: SseEvent): readonly NeutralEvent[] {
    if (this.failed) return [];
    const chunk = parseEvent(event.data);
    return event.event === 'error' ? [this.fail(chunk['error'] ?? chunk)] : this.read(chunk);
  }

  /** One piece of an answer, or a whole one. @throws {UnreadableAnswer} */
  read(chunk: JsonObject): readonly NeutralEvent[] {
    const { error, candidates } = chunk;
    if (error != null && error !== false) return [this.fail(error)];
    if (candidates != null && !isList(candidates)) throw new UnreadableAnswer('the candidates are no list');
    const events: NeutralEvent[] = [];
    const usage = readGeminiUsage(chunk['usageMetadata']);
    if (!this.started) events.push(this.start(chunk));
    for (const [index, candidate] of (candidates ?? []).entries()) {
      if (!isObject(candidate)) throw new UnreadableAnswer('a candidate is no object');
      for (const read of this.choiceOf(candidate, index).read(candidate, this.id)) events.push(read);
    }
    const { promptFeedback: feedback } = chunk;
    if (isBlocked(feedback)) {
      this.blocked = true;
      this.blockMessage = (feedback as JsonObject)['blockReasonMessage'];
    }
    if (usage !== null) events.push({ type: 'usage', usage });
    return events;
  }

  end(): readonly NeutralEvent[] {
    if (this.failed) return [];
    if (this.choices.size === 0 && this.blocked) {
      const ending = declined('content-filter', this.blockMessage);
      return [
        ...declinedEvents(ending, 0, 0),
        { type: 'finish', choice: 0, reason: ending.finish, stopSequence: null },
      ];
    }
    return [...this.choices.values()].flatMap(choice => choice.end());
  }

  private start(chunk: JsonObject): NeutralEvent {
    const { responseId, modelVersion, createTime } = chunk;
    this.started = true;
    this.id = typeof responseId === 'string' ? responseId : '';
    return {
      type: 'start',
      id: this.id,
      model: typeof modelVersion === 'string' ? modelVersion : '',
      createdAt: secondsOf(createTime),
      usage: readGeminiUsage(chunk['usageMetadata']),
      serviceTier: tierOf(chunk['usageMetadata']),
    };
  }

  private fail(error: unknown): NeutralEvent {
    this.failed = true;
    const { message, status, code } = isObject(error as JsonObject) ? (error as JsonObject) : {};
    const name = status ?? code ?? null;
    return {
      type: 'error',
      message: typeof message === 'string' ? message : 'The upstream reported an error in its stream.',
      code: typeof name === 'string' || typeof name === 'number' ? String(name) : null,
    };
  }

  private choiceOf({ index }: JsonObject, place: number): ChoiceDecoder {
    const choice = index ?? place;
    if (!Number.isSafeInteger(choice) || (choice as number) < 0 || (choice as number) >= MAX_CHOICES) {
      throw new UnreadableAnswer('the index of a candidate is no small number');
    }
    let decoder = this.choices.get(choice as number);
    if (decoder === undefined) {
      decoder = new ChoiceDecoder(choice as number, this.losses);
      this.choices.set(choice as number, decoder);
    }
    return decoder;
  }
}

function isBlocked(feedback: unknown): boolean {
  if (!isObject(feedback as JsonObject)) return false;
  const { blockReason } = feedback as JsonObject;
  return typeof blockReason === 'string' && blockReason !== '' && !blockReason.endsWith('_UNSPECIFIED');
}

function secondsOf(time: unknown): number | null {
  const milliseconds = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isFinite(milliseconds) ? Math.floor(milliseconds / 1000) : null;
}

function tierOf(usage: unknown): string | null {
  const tier = isObject(usage as JsonObject) ? (usage as JsonObject)['serviceTier'] : null;
  return typeof tier === 'string' ? decodeServiceTier(tier) : null;
}
