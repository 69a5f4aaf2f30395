import type { GatewayError } from './gateway-error.js';
export function encodeManagementError(error: GatewayError, requestId: string): object {
  return { request_id: requestId, code: error.code, message: error.publicMessage };
}
