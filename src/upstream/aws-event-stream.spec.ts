import { crc32 } from 'node:zlib';
import { Chance } from '../../test/support/chance.js';
import { chunkFrame, exceptionFrame, frame, messagesEvents } from '../../test/support/event-stream-frames.js';
import { SseParser } from '../sse/frames.js';
import { AwsEventStream } from './aws-event-stream.js';

interface Converted {
  readonly text: string;
  readonly fault: string | null;
}

function convert(chunks: readonly Buffer[], ended = true): Converted {
  const stream = new AwsEventStream();
  const text = Buffer.concat(chunks.map(chunk => stream.push(chunk))).toString();
  if (ended) stream.end();
  return { text, fault: stream.fault?.message ?? null };
}

const EVENTS = messagesEvents(['Hello', ' wörld 🌿', ' "data: [DONE]"\n\nevent: x']);
const FRAMES = EVENTS.map(chunkFrame);
const EXPECTED = EVENTS.map(
  event => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`,
).join('');

describe('Amazon’s frames as server-sent events', () => {
  it('carry each event’s JSON as it came, under its type', () => {
    expect(convert(FRAMES)).toEqual({ text: EXPECTED, fault: null });
    const exact = '{"type":"content_block_delta","x":1.0,"y":1e999,"z":"\\u00e9\\/"}';
    expect(convert([chunkFrame(exact)]).text).toBe(`event: content_block_delta\ndata: ${exact}\n\n`);
  });

  it('are one event each, whatever line breaks the JSON has between its tokens', () => {
    const { text } = convert([chunkFrame('{\r\n"type":\n"ping"}')]);
    const [event] = new SseParser().push(Buffer.from(text));
    expect([event?.event, JSON.parse(event?.data ?? '')]).toEqual(['ping', { type: 'ping' }]);
  });

  it('are the same however the bytes are cut', () => {
    const whole = Buffer.concat([...FRAMES, exceptionFrame('throttlingException')]);
    const expected = convert([whole]);
    expect(expected.fault).toBeNull();
    expect(convert(Array.from(whole, byte => Buffer.of(byte)))).toEqual(expected);
    for (let at = 0; at <= whole.length; at += 1) {
      expect(convert([whole.subarray(0, at), whole.subarray(at)])).toEqual(expected);
    }
    for (let seed = 1; seed <= 200; seed += 1) {
      const chance = new Chance(seed);
      const chunks: Buffer[] = [];
      for (let at = 0; at < whole.length;) {
        const next = at + chance.int(0, 200);
        chunks.push(whole.subarray(at, next));
        at = next;
      }
      expect([seed, convert(chunks)]).toEqual([seed, expected]);
    }
  });

  it('may be nearly 16 MiB long', () => {
    const event = { type: 'content_block_delta', text: 'x'.repeat(12_000_000) };
    const { text, fault } = convert([chunkFrame(event)]);
    expect([fault, text.length]).toEqual([
      null,
      JSON.stringify(event).length + 'event: content_block_delta\ndata: \n\n'.length,
    ]);
  });

  it('pass over messages that are no part of the answer', () => {
    const other = frame({ ':event-type': 'metadata', ':message-type': 'event' }, '{}');
    expect(convert([other, ...FRAMES, other])).toEqual({ text: EXPECTED, fault: null });
  });

  it('read base64 whose slashes are escaped', () => {
    const json = '{"type":"ping","x":"???>>>"}';
    const bytes = Buffer.from(json).toString('base64').replaceAll('/', '\\/');
    expect(bytes).toContain('\\/');
    const headers = { ':event-type': 'chunk', ':message-type': 'event' };
    expect(convert([frame(headers, `{"bytes":"${bytes}"}`)]).text).toContain(`data: ${json}\n`);
  });
});

describe('an exception in Amazon’s frames', () => {
  it.each([
    ['throttlingException', 'rate_limit_error', 'temporarily over capacity'],
    ['serviceUnavailableException', 'overloaded_error', 'temporarily over capacity'],
    ['modelTimeoutException', 'timeout_error', 'timed out'],
    ['modelStreamErrorException', 'api_error', 'model error'],
    ['internalServerException', 'api_error', 'model error'],
    ['somethingNewException', 'api_error', 'model error'],
    ['constructor', 'api_error', 'model error'],
  ])('is Anthropic’s error event: %s is %s, in our words', (name, type, words) => {
    const { text, fault } = convert([...FRAMES.slice(0, 3), exceptionFrame(name)]);
    const [event] = new SseParser().push(Buffer.from(text)).slice(-1);
    expect([event?.event, fault]).toEqual(['error', null]);
    expect(JSON.parse(event?.data ?? '')).toEqual({
      type: 'error',
      error: { type, message: expect.stringContaining(words) },
    });
    expect(text).not.toContain('canary');
  });

  it('about the caller’s own request keeps the provider’s words, without accounts and keys', () => {
    const message = 'max_tokens: 9 > 8 for arn:aws:bedrock:us-east-1:123456789012:inference-profile/x';
    const { text } = convert([exceptionFrame('validationException', message)]);
    expect(JSON.parse(text.split('data: ')[1] ?? '')).toEqual({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: 'ai gateway upstream model rejected the request: max_tokens: 9 > 8 for [redacted]',
      },
    });
  });

  it('may come as an error without a model', () => {
    const error = frame({ ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'canary' }, '');
    expect(convert([error]).text).toMatch(/^event: error\ndata: .*"api_error"/);
  });
});

describe('a stream of frames that is broken', () => {
  const good = chunkFrame({ type: 'ping' });
  const before = 'event: ping\ndata: {"type":"ping"}\n\n';
  const chunk = { ':event-type': 'chunk', ':message-type': 'event' };
  const changed = (at: number) => {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] as number) ^ 1;
    return bytes;
  };
  const prelude = (length: number) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt32BE(length, 0);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
    return bytes;
  };
  const bytesOf = (json: string) => frame(chunk, JSON.stringify({ bytes: Buffer.from(json).toString('base64') }));

  it.each<[string, Buffer, RegExp]>([
    ['a length that was changed', changed(2), /begins with a wrong checksum/],
    ['a body that was changed', changed(good.length - 10), /not what its checksums/],
    ['a checksum that was changed', changed(good.length - 1), /not what its checksums/],
    ['more than 16 MiB', prelude(16_777_217), /longer than 16 MiB/],
    ['too short a frame', prelude(15), /shorter than a frame/],
    ['other bytes than frames', Buffer.from('HTTP/1.1 200 OK, and more'), /wrong checksum/],
    ['no type', frame({ ':event-type': 'chunk' }, '{}'), /no known type/],
    ['a chunk without bytes', frame(chunk, '{"p":"abc"}'), /no bytes/],
    ['a chunk that is no JSON', frame(chunk, '{"bytes":"e30="'), /no bytes/],
    ['bytes that are no JSON', bytesOf('{"type":"ping"'), /no event/],
    ['an event without a type', bytesOf('{"a":1}'), /no event/],
    ['an event whose type would be another line', bytesOf('{"type":"ping\\ndata: x"}'), /no event/],
  ])('ends at %s, after what came before it', (_, bytes, fault) => {
    for (const chunks of [
      [good, bytes],
      [Buffer.concat([good, bytes])],
      [good, ...Array.from(bytes, b => Buffer.of(b))],
    ]) {
      expect(convert([...chunks, good], false)).toEqual({ text: before, fault: expect.stringMatching(fault) });
    }
  });

  it('is one that ends within a frame, wherever', () => {
    for (let at = 1; at < good.length; at += 1) {
      expect(convert([good, good.subarray(0, at)])).toEqual({ text: before, fault: 'the stream ends within a frame' });
    }
    expect(convert([good])).toEqual({ text: before, fault: null });
    expect(convert([])).toEqual({ text: '', fault: null });
  });
});
