import { asList, asString, isObject, type Json, type JsonObject } from '../../json/value.js';
import type { SseEvent } from '../../sse/frames.js';
import { parseEvent, type StreamDecoder } from '../neutral/codec.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { Citation, TokenLogprob } from '../neutral/neutral.types.js';
import { readOpaque } from '../neutral/opaque.js';
import { toolCallId } from '../neutral/tool-calls.js';
import { LossList } from '../wire/loss-list.js';
import { decodeAnnotation } from './citations.js';
import { decodeFinish } from './finish-reason.js';
import { decodeMadeImage } from './media.js';
import { decodeLogprobList } from './logprobs.js';
import { readResponsesUsage } from './usage.js';

interface OpenPart {
  readonly part: number;
  readonly kind: PartStart['type'];
  /** what was told of it, so that a closing event which repeats it tells it once */
  text: string;
  ended: boolean;
}

/** Reads a Responses stream. Servers leave events out; what a closing event tells for the first time still counts, once. */
export class ResponsesStreamDecoder implements StreamDecoder {
  readonly losses = new LossList();
  private readonly parts = new Map<string, OpenPart>();
  private events: NeutralEvent[] = [];
  private count = 0;
  private started = false;
  private finished = false;
  private id = '';
  private holds = { calls: false, refusal: false };

  push({ event, data }: SseEvent): readonly NeutralEvent[] {
    if (data === '[DONE]') return [];
    const wire = parseEvent(data);
    const type = typeof wire['type'] === 'string' ? wire['type'] : (event ?? '');
    this.read(type, wire);
    const { events } = this;
    this.events = [];
    return events;
  }

  end(): readonly NeutralEvent[] {
    this.finish({ status: 'completed' });
    const { events } = this;
    this.events = [];
    return events;
  }

  private read(type: string, wire: JsonObject): void {
    const item = isObject(wire['item']) ? wire['item'] : {};
    if (type === 'error' || type === 'response.failed') this.fail(wire);
    else if (type.startsWith('response.output_item.')) this.item(type.endsWith('.done'), item, wire);
    else if (type === 'response.content_part.done') this.contentDone(wire);
    else if (type.startsWith('response.output_text.')) this.text(type, wire);
    else if (type.startsWith('response.refusal.')) this.words('refusal', type, wire, 'refusal');
    else if (type.startsWith('response.function_call_arguments.')) this.input(type, wire, 'arguments');
    else if (type.startsWith('response.custom_tool_call_input.')) this.input(type, wire, 'input');
    else if (type.startsWith('response.reasoning_')) this.thought(type, wire);
    else if (isObject(wire['response'])) this.response(type, wire['response']);
  }

  private response(type: string, response: JsonObject): void {
    this.start(response);
    if (type !== 'response.completed' && type !== 'response.incomplete') return;
    const output = asList(response['output']);
    output.forEach((item, index) => {
      if (isObject(item)) this.item(true, item, { output_index: index });
    });
    const usage = readResponsesUsage(response['usage']);
    if (usage !== null) this.events.push({ type: 'usage', usage });
    this.finish(response);
  }

  private start(response: JsonObject): void {
    if (this.started) return;
    this.started = true;
    const { id, model, created_at: created, service_tier: tier } = response;
    this.id = typeof id === 'string' ? id : '';
    this.events.push({
      type: 'start',
      id: this.id,
      model: typeof model === 'string' ? model : '',
      createdAt: typeof created === 'number' && Number.isFinite(created) ? Math.floor(created) : null,
      usage: null,
      serviceTier: typeof tier === 'string' ? tier : null,
    });
  }

  private item(done: boolean, item: JsonObject, wire: JsonObject): void {
    const key = placeOf(wire['output_index']);
    if (item['type'] === 'function_call') this.call(done, key, item, item['arguments']);
    else if (item['type'] === 'custom_tool_call') this.call(done, key, item, item['input']);
    else if (item['type'] === 'reasoning' && done) this.thoughtDone(key, item);
    else if (item['type'] === 'reasoning') this.open(key, { type: 'reasoning', redacted: false, ...idOf(item) });
    else if (item['type'] === 'message' && done) this.messageDone(key, item);
    else if (done && item['type'] !== 'message') this.recordDone(key, item);
  }

  /** A picture that the vendor's own tool made is shown; other records of its tools are named. */
  private recordDone(key: string, item: JsonObject): void {
    const media = item['type'] === 'image_generation_call' ? decodeMadeImage(item) : null;
    if (media === null) this.losses.addRecord(item['type']);
    else this.close(this.open(key, { type: 'media', media }));
  }

  private call(done: boolean, key: string, item: JsonObject, input: Json | undefined): void {
    const { call_id: given, name, type } = item;
    const custom = type === 'custom_tool_call';
    const known = this.parts.get(key);
    if (known === undefined && typeof name !== 'string') return;
    const id = typeof given === 'string' && given !== '' ? given : toolCallId(this.id, key);
    const part = this.open(key, { type: 'tool-call', id, name: asString(name), ...(custom && { custom }) });
    this.holds.calls = true;
    if (typeof input === 'string') this.rest(part, input);
    if (!done) return;
    if (!part.ended && part.text === '' && !custom) this.delta(part, '{}');
    this.close(part);
  }

  private input(type: string, wire: JsonObject, field: 'arguments' | 'input'): void {
    const part = this.parts.get(placeOf(wire['output_index']));
    if (part === undefined) return;
    if (type.endsWith('.delta')) this.delta(part, asString(wire['delta']));
    else this.rest(part, asString(wire[field]));
  }

  private text(type: string, wire: JsonObject): void {
    if (type.endsWith('.annotation.added')) {
      const citation = decodeAnnotation(wire['annotation']);
      if (citation !== null) this.delta(this.openWords('text', wire), '', { citations: [citation] });
      return;
    }
    this.words('text', type, wire, 'text');
  }

  private words(kind: 'text' | 'refusal', type: string, wire: JsonObject, field: string): void {
    const part = this.openWords(kind, wire);
    if (type.endsWith('.delta')) {
      const logprobs = decodeLogprobList(wire['logprobs']);
      this.delta(part, asString(wire['delta']), logprobs.length > 0 ? { logprobs } : {});
      return;
    }
    this.rest(part, asString(wire[field]));
  }

  private openWords(kind: 'text' | 'refusal', wire: JsonObject): OpenPart {
    if (kind === 'refusal') this.holds.refusal = true;
    return this.open(`${placeOf(wire['output_index'])}.${placeOf(wire['content_index'])}`, { type: kind });
  }

  private contentDone(wire: JsonObject): void {
    if (isObject(wire['part'])) this.wholeContent(wire['part'], wire);
  }

  private messageDone(key: string, item: JsonObject): void {
    const content = asList(item['content']);
    content.forEach((part, index) => {
      if (isObject(part)) this.wholeContent(part, { output_index: Number(key), content_index: index });
    });
  }

  private wholeContent(content: JsonObject, wire: JsonObject): void {
    const kind = content['type'] === 'refusal' ? 'refusal' : content['type'] === 'output_text' ? 'text' : null;
    if (kind === null) return;
    const part = this.openWords(kind, wire);
    this.rest(part, asString(content[kind === 'text' ? 'text' : 'refusal']));
    this.close(part);
  }

  private thought(type: string, wire: JsonObject): void {
    const key = placeOf(wire['output_index']);
    const part = this.open(key, { type: 'reasoning', redacted: false });
    if (type.endsWith('_part.added')) {
      // Another paragraph of the summary.
      if (part.text !== '') this.delta(part, '\n\n');
    } else if (type.endsWith('_text.delta')) this.delta(part, asString(wire['delta']));
    else if (type.endsWith('_text.done') && part.text === '') this.delta(part, asString(wire['text']));
  }

  private thoughtDone(key: string, item: JsonObject): void {
    const part = this.open(key, { type: 'reasoning', redacted: false, ...idOf(item) });
    if (part.ended) return;
    if (part.text === '') this.delta(part, textsOf(item['summary']) || textsOf(item['content']));
    const encrypted = asString(item['encrypted_content']);
    if (encrypted !== '') this.delta(part, '', { signature: readOpaque(encrypted, 'openai') });
    this.close(part);
  }

  private open(key: string, start: PartStart): OpenPart {
    this.start({});
    const known = this.parts.get(key);
    if (known !== undefined) return known;
    const opened: OpenPart = { part: this.count, kind: start.type, text: '', ended: false };
    this.count += 1;
    this.parts.set(key, opened);
    this.events.push({ type: 'part-start', choice: 0, part: opened.part, start });
    return opened;
  }

  private delta(
    part: OpenPart,
    text: string,
    more: { signature?: ReturnType<typeof readOpaque>; citations?: Citation[]; logprobs?: TokenLogprob[] } = {},
  ): void {
    if (part.ended || (text === '' && Object.keys(more).length === 0)) return;
    part.text += text;
    this.events.push({ type: 'part-delta', choice: 0, part: part.part, text, ...more });
  }

  /** What a closing event tells beyond what was told. */
  private rest(part: OpenPart, whole: string): void {
    if (whole.length > part.text.length && whole.startsWith(part.text)) this.delta(part, whole.slice(part.text.length));
  }

  private close(part: OpenPart): void {
    if (part.ended) return;
    part.ended = true;
    this.events.push({ type: 'part-end', choice: 0, part: part.part });
  }

  private finish(response: JsonObject): void {
    if (this.finished) return;
    this.finished = true;
    for (const part of this.parts.values()) this.close(part);
    const reason = decodeFinish(response, this.holds);
    this.events.push({ type: 'finish', choice: 0, reason, stopSequence: null });
  }

  private fail(wire: JsonObject): void {
    const response = isObject(wire['response']) ? wire['response'] : wire;
    const error = isObject(response['error']) ? response['error'] : wire;
    const { message, code } = error;
    this.events.push({
      type: 'error',
      message: typeof message === 'string' ? message : 'the upstream failed',
      code: typeof code === 'string' ? code : null,
    });
  }
}

function placeOf(value: Json | undefined): string {
  return typeof value === 'number' ? String(value) : '0';
}

function idOf(item: JsonObject): { readonly id?: string } {
  return typeof item['id'] === 'string' && item['id'] !== '' ? { id: item['id'] } : {};
}

function textsOf(entries: Json | undefined): string {
  return asList(entries)
    .flatMap(entry => (isObject(entry) ? [asString(entry['text'])] : []))
    .join('\n\n');
}
