import { GatewayError } from '../../errors/gateway-error.js';
import { CHAT_COMPLETIONS } from './descriptor.js';
import { ChatStreamTap } from './stream-tap.js';

describe('an error in a stream', () => {
  it('is one event that clients take for an error', () => {
    const error = new GatewayError('upstream_error', { publicMessage: 'a "b"\n\ndata: [DONE]' });
    const bytes = CHAT_COMPLETIONS.encodeStreamError(error, 'request');

    expect(bytes.toString()).toMatch(/^data: \{"error":\{"message":"a \\"b\\"\\n\\ndata: \[DONE\]",.*\}\n\n$/);
    const tap = new ChatStreamTap({ maxLineBytes: 1_000 });
    tap.push(bytes);
    expect(tap).toMatchObject({ failed: true, done: false, events: 1 });
  });
});
