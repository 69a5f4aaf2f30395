import { ERROR_TABLE, type ErrorCode } from './error-table.js';
import { GatewayError } from './gateway-error.js';
import { namingSupport } from './support-contact.js';

const CODES = Object.keys(ERROR_TABLE) as ErrorCode[];
const OURS = "the platform team ($&, $', #help)";

describe('whom a sentence sends callers to', () => {
  it('is the one whom the operator names, in every sentence that names somebody', () => {
    const changed = CODES.flatMap(code => {
      const { publicMessage } = namingSupport(new GatewayError(code), OURS);
      expect(publicMessage).not.toContain('Neon');
      return publicMessage.includes(OURS) ? [[code, publicMessage]] : [];
    });
    expect(Object.fromEntries(changed)).toEqual({
      upstream_auth_error: `ai gateway upstream denied the request. Contact ${OURS}`,
      upstream_model_unavailable: `ai gateway upstream model is not available. Contact ${OURS}`,
      upstream_error: `ai gateway upstream model error. Retry later, or contact ${OURS} if it persists`,
      upstream_invalid_response: `ai gateway upstream request failed. Contact ${OURS} if it persists`,
    });
  });

  it('is who was published, where the operator names nobody', () => {
    for (const code of CODES) {
      const error = new GatewayError(code);
      expect(namingSupport(error, null)).toBe(error);
    }
  });

  it('changes nothing that a provider said, and nothing else of an error', () => {
    const said = new GatewayError('upstream_error', { publicMessage: 'Contact Neon support' });
    expect(namingSupport(said, OURS)).toBe(said);
    const more = { internal: 'status 500', retryAfterSeconds: 3, headers: [['a', 'b'] as const], param: 'model' };
    expect(namingSupport(new GatewayError('upstream_error', more), OURS)).toMatchObject(more);
  });
});
