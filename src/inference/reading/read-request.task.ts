import type { Dialect } from '../../dialects/dialect.js';
import { lookInto } from '../../dialects/refuse-fields.js';
import type { ScannedRequest } from '../../dialects/scanned-request.js';
import type { ErrorCode } from '../../errors/error-table.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { Moved } from '../../platform/workers/moved.js';
import { type PathFields, WIRE_DIALECTS } from '../wire-dialect.js';

/** A body to be read, the whole of an array buffer that is moved here. */
export interface ReadTask {
  readonly dialect: Dialect;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly path: PathFields | null;
}

/** What was found, with the body moved back; or what the caller is told. */
export type ReadResult =
  | { readonly ok: true; readonly wire: Omit<ScannedRequest, 'body'>; readonly body: Uint8Array<ArrayBuffer> }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly publicMessage: string;
      readonly internal: string | undefined;
      readonly param: string | undefined;
    };

/** Runs in a worker thread: `readRequest` of a dialect. */
export function run({ dialect, body, path }: ReadTask): Moved<ReadResult> | ReadResult {
  try {
    const { body: bytes, ...wire } = WIRE_DIALECTS[dialect].readRequest(Buffer.from(body.buffer), path);
    const looked = wire.suspicious && { looked: lookInto(dialect, bytes) };
    return new Moved({ ok: true, wire: { ...wire, ...looked }, body }, [body.buffer]);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, publicMessage, internal, param } = error;
    return { ok: false, code, publicMessage, internal, param };
  }
}
