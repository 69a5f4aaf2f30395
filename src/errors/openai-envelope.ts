import type { GatewayError } from './gateway-error.js';

/** The superset of docs/contract.md section 5: OpenAI's nested form, and beside it the flat form where a client may expect it. */
export interface OpenAiErrorBody {
  error: { message: string; type: string; param: string | null; code: string };
  error_code?: string;
  message?: string;
}

/** Encodes an error for the chat-completions dialect and for every route without a dialect of its own. */
export function encodeOpenAiError(error: GatewayError): OpenAiErrorBody {
  const { row, publicMessage } = error;
  const nested = { message: publicMessage, type: row.type, param: error.param ?? null, code: publicCode(error) };
  return row.flatCode === undefined
    ? { error: nested }
    : { error: nested, error_code: row.flatCode, message: publicMessage };
}

/** A quota block shows the documented code inside the envelope too, a refusal the provider's; every other error its own. */
function publicCode(error: GatewayError): string {
  if (error.providerCode !== undefined) return error.providerCode;
  return error.row.flatCode === 'REQUEST_LIMIT_EXCEEDED' ? 'REQUEST_LIMIT_EXCEEDED' : error.code;
}
