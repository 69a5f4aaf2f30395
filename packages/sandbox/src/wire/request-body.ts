import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ClientDisconnected } from './client-connection.js';
import { RequestRefusal } from './request-refusal.js';

/** A little more than the gateway lets through, so that the gateway's own limit is the one that is met. Bytes. */
const MAX_BODY_BYTES = 33 * 1024 * 1024;
/** Of all objects together. */
const MAX_KEYS = 100_000;
const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];

/**
 * Reads a whole request body as JSON. Throws `RequestRefusal`: 415 for anything but plain JSON, 413 above
 * `MAX_BODY_BYTES`, 400 for bytes that are not UTF-8 or not JSON; `ClientDisconnected` when the body breaks off.
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
  if (hasTooManyKeys(body)) {
    const message = `The body has more than ${MAX_KEYS} keys.`;
    throw new RequestRefusal(400, message, { code: 'object_above_max_properties' });
  }
  if (!isUtf8(body)) throw new RequestRefusal(400, 'The body is not valid UTF-8.', { code: 'invalid_encoding' });
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new RequestRefusal(400, 'We could not parse the JSON body of your request.', { code: 'invalid_json' });
  }
}

/** Objects with a million keys take the parser seconds. A colon between strings is a key's; few bodies have so many at all. */
function hasTooManyKeys(body: Buffer): boolean {
  let colons = 0;
  for (let at = body.indexOf(COLON); at >= 0 && colons <= MAX_KEYS; at = body.indexOf(COLON, at + 1)) colons += 1;
  if (colons <= MAX_KEYS) return false;
  let keys = 0;
  let inString = false;
  for (let at = 0; at < body.length && keys <= MAX_KEYS; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) inString = !inString;
    else if (inString && byte === BACKSLASH) at += 1;
    else if (!inString && byte === COLON) keys += 1;
  }
  return keys > MAX_KEYS;
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
    throw error instanceof RequestRefusal ? error : new ClientDisconnected();
  }
  return Buffer.concat(chunks, size);
}
