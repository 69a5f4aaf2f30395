/** What every failure looks like to the callers of every dialect, as an answer and within a stream. UPDATE_GOLDEN=1 writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIALECTS } from '../../src/dialects/dialect.js';
import { ERROR_TABLE, type ErrorCode } from '../../src/errors/error-table.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';

const CODES = Object.keys(ERROR_TABLE) as ErrorCode[];
const ROOT = join(__dirname, '..', 'golden', 'errors');

describe.each(DIALECTS)('failures in %s', dialect => {
  it('look as they were reviewed', () => {
    const wire = DESCRIPTORS[dialect];
    const shown = CODES.map(code => {
      const error = new GatewayError(code, { param: 'model', retryAfterSeconds: 7 });
      const stream = wire.encodeStreamError(error, 'req_1').toString('utf8');
      return { status: error.status, body: wire.encodeError(error, 'req_1'), stream };
    });
    const text = `${JSON.stringify(shown, null, 2)}\n`;
    const path = join(ROOT, `${dialect}.json`);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
  });

  it.each(CODES)('say what happened to their reader: %s', code => {
    const error = new GatewayError(code);
    const body = JSON.stringify(DESCRIPTORS[dialect].encodeError(error, 'req_1'));
    expect(body).toContain(JSON.stringify(error.publicMessage).slice(1, -1));
    const stream = DESCRIPTORS[dialect].encodeStreamError(error, 'req_1').toString('utf8');
    // An event of its own, whole, whose data is JSON.
    expect(stream).toMatch(/^(event: error\n)?data: \{.*\}\n\n$/);
  });
});

/** What the vendors' own SDKs and agents branch on, by status. */
const ANTHROPIC_TYPES: Record<number, string> = {
  ...{ 400: 'invalid_request_error', 401: 'authentication_error', 403: 'permission_error', 404: 'not_found_error' },
  ...{ 413: 'request_too_large', 429: 'rate_limit_error', 500: 'api_error', 502: 'api_error', 503: 'overloaded_error' },
};
const GOOGLE_STATUSES: Record<number, string> = {
  ...{ 400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND' },
  ...{ 405: 'UNIMPLEMENTED', 408: 'DEADLINE_EXCEEDED', 409: 'ABORTED', 412: 'FAILED_PRECONDITION' },
  ...{ 429: 'RESOURCE_EXHAUSTED', 500: 'INTERNAL', 502: 'UNAVAILABLE', 503: 'UNAVAILABLE' },
};

describe('every failure has the vendor’s own name for its status', () => {
  it.each(CODES)('%s', code => {
    const error = new GatewayError(code);
    const { status } = error;
    const { error: anthropic } = DESCRIPTORS.anthropic_messages.encodeError(error, 'req_1') as { error: object };
    const { error: google } = DESCRIPTORS.gemini_generate_content.encodeError(error, 'req_1') as { error: object };
    const overloaded = code === 'upstream_overloaded' ? 'overloaded_error' : undefined;

    expect([status, anthropic]).toEqual([
      status,
      expect.objectContaining({ type: overloaded ?? ANTHROPIC_TYPES[status] ?? 'invalid_request_error' }),
    ]);
    expect(google).toMatchObject({ code: status, status: GOOGLE_STATUSES[status] ?? 'INVALID_ARGUMENT' });
    // What is not in the tables is about the request.
    expect(status >= 500 && ANTHROPIC_TYPES[status] === undefined).toBe(false);
  });
});
