import { EventStreamCodec } from '@smithy/eventstream-codec';

const codec = new EventStreamCodec(
  bytes => Buffer.from(bytes).toString('utf8'),
  text => Buffer.from(text),
);

/** One of Amazon's frames. */
export function frame(headers: Readonly<Record<string, string>>, body: Buffer | string): Buffer {
  const written = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }] as const);
  return Buffer.from(codec.encode({ headers: Object.fromEntries(written), body: Buffer.from(body) }));
}

/** An event of the Messages API as Bedrock frames it. */
export function chunkFrame(event: object | string): Buffer {
  const json = typeof event === 'string' ? event : JSON.stringify(event);
  const payload = JSON.stringify({ bytes: Buffer.from(json).toString('base64'), p: 'abcdefghij' });
  return frame({ ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' }, payload);
}

export function exceptionFrame(type: string, message = 'canary words of the provider'): Buffer {
  const headers = { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' };
  return frame(headers, JSON.stringify({ message }));
}

/** A whole answer of Claude that says `text`, event by event. */
export function messagesEvents(text: readonly string[]): object[] {
  const usage = { input_tokens: 12, output_tokens: 1 };
  const message = { id: 'msg_test', type: 'message', role: 'assistant', model: 'claude-test', content: [], usage };
  return [
    { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    ...text.map(delta => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: delta } })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 5 } },
    { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 12, outputTokenCount: 5 } },
  ];
}
