import { encodeData } from '../../sse/frames.js';

/** Encodes a failure after the first byte as the dialect's own error event. `body` is the whole envelope, `{"error":{…}}`. */
export function encodeChatStreamError(body: object): Buffer {
  return encodeData(JSON.stringify(body));
}
