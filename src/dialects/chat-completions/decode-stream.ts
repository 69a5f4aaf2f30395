import { asList, isObject, type Json, type JsonObject } from '../../json/value.js';
import type { SseEvent } from '../../sse/frames.js';
import { parseEvent, type StreamDecoder } from '../neutral/codec.js';
import type { NeutralEvent } from '../neutral/neutral-event.js';
import { toolCallId } from '../neutral/tool-calls.js';
import type { TokenCounts } from '../token-counts.js';
import { ANSWER } from '../wire/field-reader.js';
import type { Citation } from '../neutral/neutral.types.js';
import { readSources } from './citations.js';
import { ChoiceStream } from './choice-decoder.js';
import { type AnswerHead, callSeed, readAnswerHead } from './decode-response.js';
import { readChatUsage } from './usage.js';

const UNNAMED: AnswerHead = { id: '', model: '', createdAt: null, serviceTier: null };

export class ChatStreamDecoder implements StreamDecoder {
  private events: NeutralEvent[] = [];
  private head: AnswerHead | null = null;
  /** usage that came before the answer had a name */
  private early: TokenCounts | null = null;
  private readonly choices = new Map<number, ChoiceStream>();
  private failed = false;

  push({ event, data }: SseEvent): readonly NeutralEvent[] {
    if (this.failed || data.trim() === '[DONE]') return [];
    const chunk = parseEvent(data);
    const error = findError(chunk, event);
    if (error !== null) {
      this.failed = true;
      return [error];
    }
    const choices = asList(chunk['choices']);
    const head = readAnswerHead(chunk);
    if (head.id !== '' || head.model !== '' || choices.length > 0) this.begin(head);
    const sources = readSources(chunk);
    for (const [index, choice] of choices.entries()) {
      this.addChoice(ANSWER.object(choice, `choices[${index}]`), sources);
    }
    this.addUsage(readChatUsage(chunk['usage']));
    return this.take();
  }

  end(): readonly NeutralEvent[] {
    if (this.failed) return [];
    for (const choice of this.choices.values()) choice.end();
    if (this.early !== null) this.begin(UNNAMED);
    return this.take();
  }

  private begin(head: AnswerHead): void {
    if (this.head !== null) return;
    this.head = head;
    this.events.push({ type: 'start', ...head, usage: null });
    if (this.early !== null) this.events.push({ type: 'usage', usage: this.early });
    this.early = null;
  }

  private addChoice(entry: JsonObject, sources: readonly Citation[]): void {
    const index = Number.isSafeInteger(entry['index']) ? (entry['index'] as number) : 0;
    let choice = this.choices.get(index);
    if (choice === undefined) {
      const seed = callSeed(this.head ?? UNNAMED);
      choice = new ChoiceStream(
        index,
        event => this.events.push(event),
        (name, place) => toolCallId(seed, `${place} ${name}`),
      );
      this.choices.set(index, choice);
    }
    choice.restOn(sources);
    choice.add(entry);
  }

  private addUsage(usage: TokenCounts | null): void {
    if (usage === null) return;
    if (this.head === null) this.early = usage;
    else this.events.push({ type: 'usage', usage });
  }

  private take(): readonly NeutralEvent[] {
    const events = this.events;
    this.events = [];
    return events;
  }
}

/** `{"error": …}` of most servers, `{"error_code": …}` of Databricks, and events that are called `error`. */
function findError(chunk: JsonObject, event: string | null): NeutralEvent | null {
  const { error, error_code: flatCode } = chunk;
  if (!error && !flatCode && event !== 'error' && chunk['object'] !== 'error') return null;
  const detail = isObject(error) ? error : chunk;
  const message = [detail['message'], error, detail['detail']].find(text => typeof text === 'string' && text !== '');
  const code = [detail['code'], detail['error_code'], detail['type']].find(isCode);
  return {
    type: 'error',
    message: typeof message === 'string' ? message : 'the upstream reported an error',
    code: code === undefined ? null : String(code),
  };
}

function isCode(value: Json | undefined): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '');
}
