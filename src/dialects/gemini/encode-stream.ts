import type { Json, JsonObject } from '../../json/value.js';
import type { EncodeResponseOptions, StreamEncoder } from '../neutral/codec.js';
import type { NeutralEvent } from '../neutral/neutral-event.js';
import type { TokenCounts } from '../token-counts.js';
import { LossList } from '../wire/loss-list.js';
import { encodeOrigin, encodeUsage, noteCacheWrites } from './answer-frame.js';
import { ChoiceEncoder } from './choice-encoder.js';

/**
 * Writes a streamed answer, each event a part of a GenerateContentResponse. The reasons to end go out last and once, in one
 * event with the usage: SDKs take a reason for the end of the answer.
 */
export class GeminiStreamEncoder implements StreamEncoder {
  readonly losses = new LossList();
  private readonly choices = new Map<number, ChoiceEncoder>();
  private origin: JsonObject;
  private usage: TokenCounts | null = null;
  private serviceTier: string | null = null;
  private closed = false;

  constructor(private readonly options: EncodeResponseOptions) {
    this.origin = encodeOrigin({ id: '', createdAt: null }, options);
  }

  push(event: NeutralEvent): string {
    if (this.closed) return '';
    if (event.type === 'start') {
      this.origin = encodeOrigin(event, this.options);
      this.usage = event.usage;
      this.serviceTier = event.serviceTier;
      return '';
    }
    if (event.type === 'usage') {
      this.usage = event.usage;
      return '';
    }
    if (event.type === 'error') {
      this.closed = true;
      return '';
    }
    const candidate = this.choiceOf(event.choice).push(event);
    return candidate === null ? '' : this.frame([candidate]);
  }

  end(): string {
    if (this.closed) return '';
    this.closed = true;
    const ordered = [...this.choices].toSorted(([one], [other]) => one - other);
    if (this.usage !== null) noteCacheWrites(this.usage, this.losses);
    const candidates = ordered.map(([, choice]) => choice.finish()).filter(candidate => candidate !== null);
    return candidates.length === 0 ? '' : this.frame(candidates, encodeUsage(this.usage, this.serviceTier));
  }

  private frame(candidates: readonly Json[], more: JsonObject = {}): string {
    return `data: ${JSON.stringify({ candidates, ...more, ...this.origin })}\n\n`;
  }

  private choiceOf(index: number): ChoiceEncoder {
    const choice = this.choices.get(index) ?? new ChoiceEncoder(index, this.losses);
    this.choices.set(index, choice);
    return choice;
  }
}
