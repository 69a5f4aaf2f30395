import { encodeChatStreamError } from './in-band-error.js';
import { ChatStreamTap } from './stream-tap.js';

describe('encodeChatStreamError', () => {
  it('writes the envelope as one event that clients take for an error', () => {
    const bytes = encodeChatStreamError({
      error: { message: 'a "b"\n\ndata: [DONE]', type: 'api_error', param: null, code: 'x' },
    });

    expect(bytes.toString()).toBe(
      'data: {"error":{"message":"a \\"b\\"\\n\\ndata: [DONE]","type":"api_error","param":null,"code":"x"}}\n\n',
    );
    const tap = new ChatStreamTap({ maxLineBytes: 1_000 });
    tap.push(bytes);
    expect(tap).toMatchObject({ failed: true, done: false, events: 1 });
  });
});
