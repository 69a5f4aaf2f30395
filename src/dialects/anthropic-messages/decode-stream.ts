import { asObject, asString, type Json, type JsonObject, parseObject } from '../../json/value.js';
import type { SseEvent } from '../../sse/frames.js';
import { type StreamDecoder, UnreadableAnswer } from '../neutral/codec.js';
import { declinedEvents } from '../neutral/declined.js';
import type { NeutralEvent } from '../neutral/neutral-event.js';
import { BlockReader } from './choice-decoder.js';
import { readDeclined } from './decode-response.js';
import { decodeStopReason } from './finish-reason.js';
import { decodeAnswerTier } from './service-tier.js';
import { mergeMessagesUsage, readMessagesUsage } from './usage.js';

const KNOWN_EVENT = /^(message_(start|delta|stop)|content_block_(start|delta|stop))$/;

/** Reads a Messages stream: see the interface. Events that are newer than this code are passed over. */
export class MessagesStreamDecoder implements StreamDecoder {
  private readonly blocks = new BlockReader();
  readonly losses = this.blocks.losses;
  private counted: object | null = null;
  private started = false;
  private finished = false;
  /** the upstream said that its answer is whole */
  private stopped = false;
  private failed = false;

  push(event: SseEvent): readonly NeutralEvent[] {
    if (this.failed || event.event === 'ping') return [];
    const wire = readEvent(event);
    if (wire === null) return [];
    const type = typeof wire['type'] === 'string' ? wire['type'] : event.event;
    switch (type) {
      case 'message_start':
        return this.start(wire);
      case 'content_block_start':
        return [...this.start({}), ...this.blocks.open(wire)];
      case 'content_block_delta':
        return this.blocks.read(wire);
      case 'content_block_stop':
        return this.blocks.close(wire['index']);
      case 'message_delta':
        return [...this.start({}), ...this.delta(wire)];
      case 'message_stop':
        this.stopped = true;
        return [];
      case 'error':
        return this.fail(wire);
      default:
        return [];
    }
  }

  end(): readonly NeutralEvent[] {
    if (this.failed) return [];
    return this.stopped ? [...this.start({}), ...this.finish(null, {})] : this.blocks.closeAll();
  }

  private start(wire: JsonObject): readonly NeutralEvent[] {
    if (this.started) return [];
    this.started = true;
    const message = asObject(wire['message']) ?? {};
    this.counted = mergeMessagesUsage(null, message['usage']);
    const id = asString(message['id']);
    this.blocks.answerId = id;
    return [
      {
        type: 'start',
        id,
        model: asString(message['model']),
        createdAt: null,
        usage: readMessagesUsage(this.counted),
        serviceTier: decodeAnswerTier(asObject(message['usage'])?.['service_tier']),
      },
    ];
  }

  private delta(wire: JsonObject): readonly NeutralEvent[] {
    const delta = asObject(wire['delta']) ?? {};
    const reason = delta['stop_reason'];
    const finish = reason ? this.finish(reason, delta) : [];
    if (asObject(wire['usage']) === null) return finish;
    this.counted = mergeMessagesUsage(this.counted, wire['usage']);
    const usage = readMessagesUsage(this.counted);
    return usage === null ? finish : [...finish, { type: 'usage', usage }];
  }

  private finish(
    reason: Json,
    { stop_sequence: stopSequence, stop_details: details }: JsonObject,
  ): readonly NeutralEvent[] {
    if (this.finished) return [];
    this.finished = true;
    const rest = this.blocks.closeAll();
    const ending = readDeclined(decodeStopReason(reason, this.blocks.callsTools), details, this.losses);
    return [
      ...rest,
      ...declinedEvents(ending, 0, this.blocks.parts),
      {
        type: 'finish',
        choice: 0,
        reason: ending.finish,
        stopSequence: typeof stopSequence === 'string' ? stopSequence : null,
      },
    ];
  }

  private fail(wire: JsonObject): readonly NeutralEvent[] {
    this.failed = true;
    const error = asObject(wire['error']) ?? {};
    const code = asString(error['type']);
    return [
      {
        type: 'error',
        message: asString(error['message']) || 'the upstream reported an error',
        code: code === '' ? null : code,
      },
    ];
  }
}

/** Null for an event that says nothing here. */
function readEvent({ event, data }: SseEvent): JsonObject | null {
  const wire = parseObject(data);
  if (wire !== null) return wire;
  if (event === 'error') return { type: 'error' };
  if (event === null ? data === '' || data.trim() === '[DONE]' : !KNOWN_EVENT.test(event)) return null;
  throw new UnreadableAnswer('an event of the stream is no JSON object');
}
