import { GatewayError } from '../errors/gateway-error.js';
import { JsonSyntaxError, NotAnObjectError, StructureError } from '../json/scan.js';
import { NO_JSON_STRING } from '../json/string-walker.js';
import type { JsonObject } from '../json/value.js';
import { RequestFieldError } from './request-field-error.js';

/**
 * The request's body as an object. The scan has looked at all of it but the ends of long strings.
 * @throws {GatewayError} invalid_json
 */
export function parseRequest(body: Uint8Array): JsonObject {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  try {
    return JSON.parse(text) as JsonObject;
  } catch (cause) {
    const publicMessage = `the request body is not a valid JSON object: ${NO_JSON_STRING}`;
    throw new GatewayError('invalid_json', { publicMessage, cause });
  }
}

/** What the pure readers throw, as the caller's error. */
export function reading<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotAnObjectError || error instanceof StructureError) {
      throw new GatewayError('invalid_request', { publicMessage: error.message });
    }
    if (error instanceof JsonSyntaxError) throw new GatewayError('invalid_json', { publicMessage: error.message });
    if (error instanceof RequestFieldError) {
      throw new GatewayError('invalid_request', { publicMessage: error.message, param: error.field });
    }
    throw error;
  }
}
