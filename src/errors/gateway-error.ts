import { ERROR_TABLE, type ErrorCode, type ErrorRow } from './error-table.js';

export interface GatewayErrorOptions {
  /** What the caller reads; the table's sentence when absent. Never holds an address, a key or a stack. */
  readonly publicMessage?: string;
  /** What our log reads. Never sent. */
  readonly internal?: string;
  readonly cause?: unknown;
  /** Whole seconds for `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** The upstream's own headers that go with its answer: name, value, as they came. */
  readonly headers?: readonly (readonly [string, string])[];
  /** What the upstream answered with, for the record of its attempt. */
  readonly upstreamStatus?: number;
  /** The request field at fault, for the envelope's `param`. */
  readonly param?: string;
  /** The provider's own code where it refused the request: agents act on it (`context_length_exceeded`). */
  readonly providerCode?: string;
  /** Which of a status's documented causes it was, for the management API's `reason`. */
  readonly reason?: string;
}

/** The only error that modules throw. Just the edge's filter turns it into HTTP, in the dialect of the route. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly publicMessage: string;
  readonly internal: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: readonly (readonly [string, string])[];
  readonly upstreamStatus: number | undefined;
  readonly param: string | undefined;
  readonly providerCode: string | undefined;
  readonly reason: string | undefined;

  constructor(
    readonly code: ErrorCode,
    options: GatewayErrorOptions = {},
  ) {
    super(options.internal ?? options.publicMessage ?? ERROR_TABLE[code].message, { cause: options.cause });
    this.publicMessage = options.publicMessage ?? ERROR_TABLE[code].message;
    this.internal = options.internal;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers ?? [];
    this.upstreamStatus = options.upstreamStatus;
    this.param = options.param;
    this.providerCode = options.providerCode;
    this.reason = options.reason;
  }

  get row(): ErrorRow {
    return ERROR_TABLE[this.code];
  }

  get status(): number {
    return this.row.status;
  }
}
