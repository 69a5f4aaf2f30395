import { encodeAnthropicError } from './anthropic-envelope.js';
import { GatewayError } from './gateway-error.js';

describe('encodeAnthropicError', () => {
  it.each([
    ['thread', { error_code: 'thread_unsupported_request' }],
    ['container', undefined],
    [undefined, undefined],
  ])('says of the field %s what the SDK acts on', (param, details) => {
    const error = new GatewayError('invalid_request', { publicMessage: 'no', ...(param !== undefined && { param }) });
    expect(encodeAnthropicError(error, 'req-1').error).toEqual({
      type: 'invalid_request_error',
      message: 'no',
      param: param ?? null,
      code: expect.any(String),
      ...(details && { details }),
    });
  });
});
