import { RequestRefusal } from '../request-refusal.js';

/** Thrown when the sandbox cannot answer to a schema at all: it says why, and the caller sees 400. */
export function refuseSchema(reason: string): RequestRefusal {
  return new RequestRefusal(400, `Invalid schema: ${reason}`, { param: 'schema', code: 'invalid_json_schema' });
}
