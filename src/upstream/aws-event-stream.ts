import { crc32 } from 'node:zlib';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { findInObject, readString } from '../json/splice.js';
import { encodeNamedData } from '../sse/frames.js';
import { encodeStreamException } from './aws-stream-exception.js';

/** Lengths of the whole frame and of its headers, and the checksum of both. */
const PRELUDE_BYTES = 12;
const MIN_FRAME_BYTES = 16;
const MAX_FRAME_BYTES = 16_777_216;
/** The names that events have; a name with a line break in it would be another line of the stream. */
const EVENT_NAME = /^[\w.-]{1,64}$/;

type Message = ReturnType<EventStreamCodec['decode']>;

/** A stream of frames that is not one, whatever was wrong with it. Never holds the answer's text. */
class BrokenEventStream extends Error {
  readonly code = 'BOUGH_BROKEN_EVENT_STREAM';
}

/**
 * Makes the server-sent events of Anthropic's Messages out of Amazon's event-stream frames, of which each `chunk` carries one
 * event's JSON. It holds one frame at most, in a buffer of the length that the frame itself told.
 */
export class AwsEventStream {
  private readonly codec = new EventStreamCodec(
    bytes => Buffer.from(bytes).toString('utf8'),
    text => Buffer.from(text),
  );
  /** what is wrong with the stream, once something is; nothing follows then */
  fault: BrokenEventStream | null = null;
  private frame = Buffer.allocUnsafe(PRELUDE_BYTES);
  private filled = 0;
  private inPrelude = true;

  /** The events whose frames the chunk completes; with a fault, those before it. */
  push(chunk: Buffer): Buffer {
    const events: Buffer[] = [];
    this.orFault(() => {
      for (let at = 0; at < chunk.length;) {
        const copied = chunk.copy(this.frame, this.filled, at);
        at += copied;
        this.filled += copied;
        if (this.filled === this.frame.length) this.filledUp(events);
      }
    });
    const [only] = events;
    return events.length === 1 && only !== undefined ? only : Buffer.concat(events);
  }

  /** At the upstream's clean end, which is a fault within a frame. */
  end(): void {
    this.orFault(() => {
      if (this.filled > 0) throw new BrokenEventStream('the stream ends within a frame');
    });
  }

  private orFault(step: () => void): void {
    if (this.fault !== null) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof BrokenEventStream)) throw error;
      this.fault = error;
    }
  }

  private filledUp(events: Buffer[]): void {
    if (this.inPrelude) {
      const frame = Buffer.allocUnsafe(this.lengthOfFrame());
      this.frame.copy(frame);
      this.frame = frame;
      this.inPrelude = false;
      return;
    }
    const { frame } = this;
    this.frame = Buffer.allocUnsafe(PRELUDE_BYTES);
    this.filled = 0;
    this.inPrelude = true;
    const event = eventOf(this.decode(frame));
    if (event !== null) events.push(event);
  }

  /** Checked before a byte is waited for: a length that lies would swallow the frames that follow. */
  private lengthOfFrame(): number {
    const prelude = this.frame;
    if (crc32(prelude.subarray(0, 8)) !== prelude.readUInt32BE(8)) {
      throw new BrokenEventStream('a frame begins with a wrong checksum');
    }
    const length = prelude.readUInt32BE(0);
    if (length < MIN_FRAME_BYTES) throw new BrokenEventStream('a frame is shorter than a frame can be');
    if (length > MAX_FRAME_BYTES) throw new BrokenEventStream('a frame is longer than 16 MiB');
    return length;
  }

  private decode(frame: Buffer): Message {
    try {
      return this.codec.decode(frame);
    } catch (cause) {
      throw new BrokenEventStream('a frame is not what its checksums and headers say', { cause });
    }
  }
}

/** Null for messages that are no part of an answer. */
function eventOf({ headers, body }: Message): Buffer | null {
  const header = (name: string): string => {
    const value = headers[name]?.value;
    return typeof value === 'string' ? value : '';
  };
  const payload = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  switch (header(':message-type')) {
    case 'event':
      return header(':event-type') === 'chunk' ? chunkEvent(payload) : null;
    case 'exception':
      return encodeStreamException(header(':exception-type'), payload);
    case 'error':
      return encodeStreamException(header(':error-code'), payload);
    default:
      throw new BrokenEventStream('a frame is of no known type');
  }
}

/** `{"bytes":"<base64 of a Messages event>", …}` */
function chunkEvent(payload: Buffer): Buffer {
  const json = Buffer.from(base64Of(payload), 'base64');
  const { field, whole } = findInObject(json, 'type');
  const type = field === null ? null : readString(json, field);
  if (!whole || type === null || !EVENT_NAME.test(type)) {
    throw new BrokenEventStream('a chunk holds no event of the Messages API');
  }
  return encodeNamedData(type, json.toString('utf8'));
}

function base64Of(payload: Buffer): string {
  const { field, whole } = findInObject(payload, 'bytes');
  if (!whole || field?.kind !== 'string') throw new BrokenEventStream('a chunk holds no bytes');
  // Base64 needs no escapes; some writers escape its slashes all the same.
  return payload.toString('latin1', field.start + 1, field.end - 1).replaceAll('\\/', '/');
}
