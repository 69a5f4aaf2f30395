import type { GatewayError } from './gateway-error.js';

/** The error body of the management API (docs/contract.md section 9). */
export interface ManagementErrorBody {
  request_id: string;
  code: string;
  message: string;
  reason?: string;
}

/** Encodes an error for the routes below `/api/v2`. Published codes are upper case. */
export function encodeManagementError(error: GatewayError, requestId: string): ManagementErrorBody {
  const body = { request_id: requestId, code: error.code.toUpperCase(), message: error.publicMessage };
  return error.reason === undefined ? body : { ...body, reason: error.reason };
}
