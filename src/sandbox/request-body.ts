import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ClientLeft } from './client-presence.js';
import { RequestRefusal } from './request-refusal.js';

/** A little more than the gateway lets through, so that the gateway's own limit is the one that is met. Bytes. */
const MAX_BODY_BYTES = 33 * 1024 * 1024;

/**
 * Reads a whole request body as JSON. Throws `RequestRefusal`: 415 for anything but plain JSON, 413 above
 * `MAX_BODY_BYTES`, 400 for bytes that are not UTF-8 or not JSON; `ClientLeft` when the body breaks off.
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new RequestRefusal(415, "Expected a body of type 'application/json'.", { code: 'unsupported_media_type' });
  }
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new RequestRefusal(415, `Content encoding '${encoding}' is not accepted.`, { code: 'unsupported_encoding' });
  }
  const body = await readBytes(request);
  if (!isUtf8(body)) throw new RequestRefusal(400, 'The body is not valid UTF-8.', { code: 'invalid_encoding' });
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new RequestRefusal(400, 'We could not parse the JSON body of your request.', { code: 'invalid_json' });
  }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = new RequestRefusal(413, `The body exceeds ${MAX_BODY_BYTES} bytes.`, { code: 'request_too_large' });
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof RequestRefusal ? error : new ClientLeft();
  }
  return Buffer.concat(chunks, size);
}
