import { ERROR_TABLE, type ErrorCode } from './error-table.js';
import { GatewayError } from './gateway-error.js';
import { logEntryOf } from './log-entry.js';

const OTHERS: Partial<Record<ErrorCode, string>> = {
  internal_error: 'error: a request failed here',
  gateway_draining: 'debug: a request was refused',
  upstream_rejected: 'info: an upstream refused a request',
  upstream_too_large: 'info: an upstream refused a request',
};
const BY_OWNER = {
  caller: 'debug: a request was refused',
  gateway: 'warn: a request could not be served now',
  upstream: 'warn: an upstream failed',
};

describe('the log', () => {
  it.each(Object.keys(ERROR_TABLE) as ErrorCode[])('says who is at fault, and warns of no caller’s fault: %s', code => {
    const { level, message } = logEntryOf(new GatewayError(code));

    expect(`${level}: ${message}`).toBe(OTHERS[code] ?? BY_OWNER[ERROR_TABLE[code].owner]);
  });
});
