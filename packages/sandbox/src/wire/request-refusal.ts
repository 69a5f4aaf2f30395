/** What an error body tells, before a dialect puts it into its own envelope. */
export interface WireError {
  status: number;
  message: string;
  param: string | null;
  code: string | null;
  /** Google's typed details. */
  details?: unknown[];
}

/** A request the sandbox will not serve, with the HTTP status and the words of the error body. */
export class RequestRefusal extends Error implements WireError {
  readonly param: string | null;
  readonly code: string | null;

  constructor(
    readonly status: number,
    message: string,
    details: { param?: string; code?: string } = {},
  ) {
    super(message);
    this.name = 'RequestRefusal';
    this.param = details.param ?? null;
    this.code = details.code ?? null;
  }
}
