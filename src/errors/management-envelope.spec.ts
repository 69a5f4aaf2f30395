import { GatewayError } from './gateway-error.js';
import { encodeManagementError } from './management-envelope.js';

describe('the error body of API v2', () => {
  it('has the published fields, with the code in the published style', () => {
    const error = new GatewayError('not_found', { publicMessage: 'no such branch' });

    expect(encodeManagementError(error, 'req_1')).toEqual({
      request_id: 'req_1',
      code: 'NOT_FOUND',
      message: 'no such branch',
    });
  });

  it('names the reason where a status has several', () => {
    const error = new GatewayError('not_found', { reason: 'branch_not_found' });

    expect(encodeManagementError(error, 'req_1')).toEqual({
      request_id: 'req_1',
      code: 'NOT_FOUND',
      message: 'not found',
      reason: 'branch_not_found',
    });
  });

  it('never shows what is meant for the log', () => {
    const error = new GatewayError('internal_error', {
      internal: 'connect ECONNREFUSED 10.0.0.1',
      cause: new Error('boom'),
    });

    expect(JSON.stringify(encodeManagementError(error, 'req_1'))).not.toMatch(/ECONNREFUSED|boom/);
  });
});
