/** What every failure looks like to the callers of every dialect, as an answer and within a stream. UPDATE_GOLDEN=1 writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIALECTS } from '../../src/dialects/dialect.js';
import { ERROR_TABLE, type ErrorCode } from '../../src/errors/error-table.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { WIRE_DIALECTS } from '../../src/inference/wire-dialect.js';

const CODES = Object.keys(ERROR_TABLE) as ErrorCode[];
const ROOT = join(__dirname, '..', 'golden', 'errors');

describe.each(DIALECTS)('failures in %s', dialect => {
  it('look as they were reviewed', () => {
    const wire = WIRE_DIALECTS[dialect];
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

  it.each(CODES)('say what happened to whoever reads them: %s', code => {
    const error = new GatewayError(code);
    const body = JSON.stringify(WIRE_DIALECTS[dialect].encodeError(error, 'req_1'));
    expect(body).toContain(JSON.stringify(error.publicMessage).slice(1, -1));
    const stream = WIRE_DIALECTS[dialect].encodeStreamError(error, 'req_1').toString('utf8');
    // An event of its own, whole, whose data is JSON.
    expect(stream).toMatch(/^(event: error\n)?data: \{.*\}\n\n$/);
  });
});
