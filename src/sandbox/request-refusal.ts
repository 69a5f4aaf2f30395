/** The error body of the OpenAI API. */
export interface OpenAiErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null; details?: unknown[] };
}

export interface RefusalDetails {
  param?: string;
  code?: string;
}

/** A request the sandbox will not serve, with the HTTP status and the words of OpenAI's error body. */
export class RequestRefusal extends Error {
  readonly param: string | null;
  readonly code: string | null;

  constructor(
    readonly status: number,
    message: string,
    details: RefusalDetails = {},
  ) {
    super(message);
    this.name = 'RequestRefusal';
    this.param = details.param ?? null;
    this.code = details.code ?? null;
  }
}

/** The `type` OpenAI writes beside a status, so that clients which branch on it see what they would see there. */
export function errorTypeOf(status: number): string {
  if (status === 429) return 'rate_limit_error';
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

export function encodeRefusal(refusal: RequestRefusal): OpenAiErrorBody {
  const { message, status, param, code } = refusal;
  return { error: { message, type: errorTypeOf(status), param, code } };
}
