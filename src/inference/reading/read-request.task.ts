import type { Dialect } from '../../dialects/dialect.js';
import { lookInto } from '../../dialects/refuse-fields.js';
import type { ScannedRequest } from '../../dialects/scanned-request.js';
import type { ErrorCode } from '../../errors/error-table.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { Moved } from '../../platform/workers/moved.js';
import { wholeBuffer } from '../body/whole-buffer.js';
import { type Rejected, typesIn, withoutRejected } from '../parameter-policy.js';
import { mentionsTools } from '../priced-options.js';
import type { PathFields } from '../../dialects/descriptor.js';
import { DESCRIPTORS } from '../../dialects/descriptors.js';

/** A body to be read, the whole of an array buffer that is moved here. */
export interface ReadTask {
  readonly dialect: Dialect;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly path: PathFields | null;
  /** what is to be taken out of it before it is read */
  readonly rejected: readonly Rejected[];
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

/** Runs in a worker thread: `readRequest` of a dialect, and whatever else takes a pass over the body. */
export function run({ dialect, body: sent, path, rejected }: ReadTask): Moved<ReadResult> | ReadResult {
  try {
    const rules = DESCRIPTORS[dialect];
    const whole = wholeBuffer(withoutRejected(Buffer.from(sent.buffer), rejected, rules));
    const scanned = rules.readRequest(Buffer.from(whole.buffer), path);
    const { body, ...wire } = scanned;
    const facts = {
      types: typesIn(scanned),
      mentionsTools: mentionsTools(scanned, dialect),
    };
    const looked = wire.suspicious && { looked: lookInto(dialect, body) };
    // A body that was written anew is what goes on.
    const read = body.buffer === whole.buffer ? whole : wholeBuffer(body);
    return new Moved({ ok: true, wire: { ...wire, facts, ...looked }, body: read }, [read.buffer]);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, publicMessage, internal, param } = error;
    return { ok: false, code, publicMessage, internal, param };
  }
}
