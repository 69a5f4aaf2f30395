import { ChatStreamTap } from '../../src/dialects/chat-completions/stream-tap.js';

export const CONTENT = 'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n';
export const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
export const DONE = 'data: [DONE]\n\n';

export const tapOf = (maxLineBytes = 1_000_000): ChatStreamTap => new ChatStreamTap({ maxLineBytes });

/** Pushes the texts, ends the stream, and tells what a client would have. */
export function relay(...texts: string[]) {
  const tap = tapOf();
  const forwarded = texts.map(text => tap.push(Buffer.from(text)).toString());
  const { complete, tail } = tap.end();
  return { tap, complete, client: forwarded.join('') + tail.toString() };
}
