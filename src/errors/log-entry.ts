import type { GatewayError } from './gateway-error.js';

/** How a failure stands in the log. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

const REFUSED: LogEntry = { level: 'debug', message: 'a request was refused' };
const REFUSED_UPSTREAM: LogEntry = { level: 'info', message: 'an upstream refused a request' };
const UPSTREAM_FAILED: LogEntry = { level: 'warn', message: 'an upstream failed' };
const NOT_NOW: LogEntry = { level: 'warn', message: 'a request could not be served now' };
const FAILED: LogEntry = { level: 'error', message: 'a request failed here' };

/** Who is at fault, and how much an operator cares: what a caller did wrong is a line of its request, and no alarm. */
export function logEntryOf({ code, row, status }: GatewayError): LogEntry {
  if (row.owner === 'caller' || code === 'gateway_draining') return REFUSED;
  if (row.owner === 'gateway') return status === 500 ? FAILED : NOT_NOW;
  return code === 'upstream_rejected' || code === 'upstream_too_large' ? REFUSED_UPSTREAM : UPSTREAM_FAILED;
}
